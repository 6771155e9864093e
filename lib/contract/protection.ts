/**
 * How long ECS keeps a task protected, in minutes: at the least, at the most, and when a request does not say.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
 */
export const LEAST_PROTECTION_MINUTES = 1;
export const MOST_PROTECTION_MINUTES = 2880;
export const DEFAULT_PROTECTION_MINUTES = 120;

/** What a task asks for that does not say how long its work takes, in minutes. Ours: enough for most jobs, and soon over. */
export const DEFAULT_JOB_MINUTES = 30;

/** How long a deployment itself may take before the last old task has heard of it, in minutes. Ours. */
export const DEFAULT_ROLLOUT_MINUTES = 45;

/** Names of the environment variables that the construct gives to containers and the client in them reads. */
export const PROTECTION_ENV = {
  /** What the client asks for when a job does not say how long it takes, in minutes. */
  defaultMinutes: 'CARETAKER_PROTECTION_MINUTES',
  /** The most that it asks for, whatever a job says, in minutes. */
  maximumMinutes: 'CARETAKER_PROTECTION_MAX_MINUTES',
} as const;

/**
 * The first agent that serves the task protection endpoint.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
 */
export const LEAST_AGENT_VERSION = '1.65.0';

/** The day that agent came out: an Amazon ECS-optimized AMI of an earlier day holds an older one. */
export const LEAST_AGENT_DAY = '20221019';

/** What decides how long CloudFormation waits: the deployment controller, and for ECS's own the strategy. */
export type DeploymentType = 'ROLLING' | 'BLUE_GREEN' | 'LINEAR' | 'CANARY' | 'CODE_DEPLOY' | 'EXTERNAL';

/** The most minutes that a deployment of a service may take before CloudFormation or ECS ends it. */
export interface DeploymentLimit {
  readonly minutes: number;
  /** The most minutes of one lifecycle stage, the clean-up of the old tasks among them, where there are stages. */
  readonly stageMinutes?: number;
  /** The AWS page that says so. */
  readonly source: string;
}

const DEPLOYMENT_CONFIGURATION =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html';
const TASK_PROTECTION = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html';
const BLUE_GREEN_STAGES = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html';

const SHORT: DeploymentLimit = { minutes: 180, source: TASK_PROTECTION };
const BAKED: DeploymentLimit = { minutes: 2160, source: DEPLOYMENT_CONFIGURATION };
const STAGED: DeploymentLimit = { minutes: 2160, stageMinutes: 1440, source: BLUE_GREEN_STAGES };

/**
 * How long CloudFormation waits for a deployment of this type.
 *
 * A bake time of zero counts as none: whether it lengthens the wait is not documented.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html
 */
export function deploymentLimit(type: DeploymentType, bakeMinutes: number): DeploymentLimit {
  if (type === 'CODE_DEPLOY' || type === 'EXTERNAL') return SHORT;
  if (type === 'ROLLING') return bakeMinutes > 0 ? BAKED : SHORT;
  return STAGED;
}

/**
 * The bake time of a strategy that does not say its own, in minutes.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html
 */
export function defaultBakeMinutes(type: DeploymentType): number {
  return type === 'BLUE_GREEN' || type === 'LINEAR' || type === 'CANARY' ? 15 : 0;
}

/**
 * How long a container is given between SIGTERM and SIGKILL, in seconds, when it does not say, and on Fargate at the most.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
 */
export const DEFAULT_STOP_SECONDS = 30;
export const MOST_FARGATE_STOP_SECONDS = 120;

/**
 * The most that baking and the steps before it may add up to in a template, in minutes.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-linearconfiguration.html
 */
export const MOST_SHIFT_MINUTES = 33 * 60;
