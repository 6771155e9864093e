import {
  type DeploymentLimit,
  type DeploymentType,
  deploymentLimit,
  LEAST_AGENT_VERSION,
  MOST_FARGATE_STOP_SECONDS,
  MOST_PROTECTION_MINUTES,
  MOST_SHIFT_MINUTES,
} from '../contract/protection';

/** What decides how long a deployment of a service takes. `undefined`: only the deployment will know. */
export interface TimeFacts {
  readonly deployment: DeploymentType | undefined;
  readonly bakeMinutes: number | undefined;
  /** What the steps before the bake time take, in LINEAR and CANARY deployments. */
  readonly shiftMinutes: number | undefined;
  /** How long CodeDeploy keeps the old tasks once the traffic is on the new ones. */
  readonly terminationWaitMinutes: number | undefined;
  /** The service's early success criteria leave the clean-up of old tasks for later. */
  readonly deferred: boolean;
}

/** What the template says of a service, as far as it matters to protected tasks. `undefined`: only the deployment will know. */
export interface ServiceFacts extends TimeFacts {
  readonly maximumPercent: number | undefined;
  readonly minimumHealthyPercent: number | undefined;
  /** The least number of tasks that the service runs. */
  readonly desiredCount: number | undefined;
  readonly fargate: boolean;
  /** ECS Anywhere. */
  readonly external: boolean;
  /** The longest of the containers' stop timeouts. */
  readonly stopSeconds: number | undefined;
  /** Capacity that can be reclaimed, by its name. */
  readonly spot: readonly string[];
  readonly hosts: readonly HostFacts[];
  /** Whether the task role took the statement. */
  readonly granted: boolean;
}

/** What is known of the EC2 instances that tasks of a service run on. */
export interface HostFacts {
  readonly name: string;
  readonly terminationProtection: boolean | undefined;
  readonly draining: boolean | undefined;
  /** Whether image and user data bring an agent that serves the endpoint. */
  readonly agent: 'recent' | 'old' | 'unknown';
}

/** What the user of the construct said, or its defaults, in minutes. */
export interface ProtectionSettings {
  readonly maxMinutes: number;
  readonly defaultMinutes: number;
  readonly rolloutMinutes: number;
  readonly handBackSeconds: number;
  readonly drain: boolean;
}

export interface Finding {
  readonly level: 'error' | 'warning' | 'info';
  readonly id: string;
  readonly message: string;
}

const PROTECTION_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html';
const DEPLOYMENT_PAGE =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html';
const EARLY_SUCCESS_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html';
const LINEAR_PAGE =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-linearconfiguration.html';
const STOP_PAGE =
  'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout';
const FARGATE_SPOT_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html';
const TERMINATION_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html';
const DRAINING_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html';
const ENDPOINT_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html';

/** How much of a deployment's time is left to tasks that are protected when it begins. */
export interface ProtectionTime {
  /** The longest protection that still ends in time. Below 1: none does. */
  readonly longest: number;
  /** False where a fact that counts is known at deployment only; the longest protection is then that of the worst case. */
  readonly certain: boolean;
  readonly limit: DeploymentLimit;
  /** What else the deployment takes, in words. */
  readonly taken: string;
  readonly type: DeploymentType;
}

/**
 * Counts every wait of a deployment as if it began when the one before it had ended: what really overlaps is room to spare.
 */
export function protectionTime(facts: TimeFacts, rolloutMinutes: number): ProtectionTime {
  const type = facts.deployment ?? 'ROLLING';
  const staged = type === 'BLUE_GREEN' || type === 'LINEAR' || type === 'CANARY';
  // A bake time that is not known may be none, which is the short wait, or as long as ECS allows.
  const bake = facts.bakeMinutes ?? (staged ? 1440 : 0);
  const shift = facts.shiftMinutes ?? (staged ? MOST_SHIFT_MINUTES - bake : 0);
  const terminationWait = type === 'CODE_DEPLOY' ? (facts.terminationWaitMinutes ?? 0) : 0;
  const limit = deploymentLimit(type, bake);
  const left = limit.minutes - rolloutMinutes - bake - shift - terminationWait - 1;
  const drains = facts.deferred && type === 'ROLLING' && left >= 0;
  const taken = [
    `${rolloutMinutes} of them are 'rolloutTime'`,
    bake > 0 && `${bake} bake time`,
    shift > 0 && `${shift} traffic shift`,
    terminationWait > 0 && `${terminationWait} CodeDeploy's termination wait`,
  ].filter(Boolean);
  return {
    longest: drains ? MOST_PROTECTION_MINUTES : Math.min(left, (limit.stageMinutes ?? Number.POSITIVE_INFINITY) - 1),
    certain: facts.deployment !== undefined && facts.bakeMinutes !== undefined && facts.shiftMinutes !== undefined,
    limit,
    taken: taken.join(', '),
    type,
  };
}

/** The least `maximumPercent` under which `replacements` tasks start beside `desiredCount` protected ones. */
export function leastMaximumPercent(desiredCount: number, replacements: number): number {
  const percent = Math.ceil(((desiredCount + replacements) * 100) / desiredCount);
  return roomFor(desiredCount, percent) >= replacements ? percent : percent + 1;
}

/** How many tasks ECS may start beside `desiredCount` tasks that it may not stop. */
export function roomFor(desiredCount: number, maximumPercent: number): number {
  return Math.floor((desiredCount * maximumPercent) / 100) - desiredCount;
}

/** Everything that protection of this service would run into, as far as the template tells. */
export function checkService(facts: ServiceFacts, settings: ProtectionSettings): Finding[] {
  return [
    ...timeFindings(facts, settings),
    ...drainFindings(facts, settings),
    ...roomFindings(facts),
    ...codeDeployFindings(facts, settings),
    ...handBackFindings(facts, settings),
    ...grantFindings(facts),
    ...capacityFindings(facts),
    ...facts.hosts.flatMap(hostFindings),
  ];
}

function timeFindings(facts: ServiceFacts, settings: ProtectionSettings): Finding[] {
  const { longest, certain, limit, taken, type } = protectionTime(facts, settings.rolloutMinutes);
  const findings: Finding[] = [];
  const shift = (facts.shiftMinutes ?? 0) + (facts.bakeMinutes ?? 0);
  if ((type === 'LINEAR' || type === 'CANARY') && shift > MOST_SHIFT_MINUTES) {
    findings.push({
      level: 'error',
      id: 'shiftTooLong',
      message:
        `the steps and the bake time of a ${type} deployment must take at most ${MOST_SHIFT_MINUTES} minutes, got: ${shift}. ` +
        `CloudFormation rejects the template (${LINEAR_PAGE}). Bake for less time, or take fewer steps`,
    });
  }
  const wait =
    `${certain ? 'CloudFormation waits' : 'The deployment type is known at deployment only; CloudFormation may wait no longer than'} ` +
    `${limit.minutes} minutes for a ${typeText(type, limit)} deployment, and ${taken}` +
    (limit.stageMinutes ? `; one stage takes at most ${limit.stageMinutes}` : '') +
    ` (${limit.source})`;
  const level = certain ? 'error' : 'warning';
  if (longest < 1) {
    findings.push({
      level,
      id: certain ? 'noTimeForProtection' : 'deploymentTimeUnknown',
      message:
        `'rolloutTime' must leave time for protected tasks, got: ${settings.rolloutMinutes} minutes. ${wait}. ` +
        `Lower 'rolloutTime' or the waits${longerWait(type, limit)}`,
    });
  } else if (settings.maxMinutes > longest) {
    findings.push({
      level,
      id: certain ? 'protectionOutlivesDeployment' : 'deploymentTimeUnknown',
      message:
        `'maxProtection' must be at most ${longest} minutes, got: ${settings.maxMinutes}. ${wait}. ` +
        `Lower 'maxProtection'${longerWait(type, limit)}`,
    });
  }
  if (settings.defaultMinutes > settings.maxMinutes) {
    findings.push({
      level: 'error',
      id: 'defaultAboveMaximum',
      message:
        `'defaultProtection' must be at most 'maxProtection', here ${settings.maxMinutes} minutes, got: ${settings.defaultMinutes}. ` +
        `The client asks for no more than the maximum (${PROTECTION_PAGE}). Lower it, or leave it out`,
    });
  }
  return findings;
}

function typeText(type: DeploymentType, limit: DeploymentLimit): string {
  if (type !== 'ROLLING') return type;
  return limit.minutes === deploymentLimit('ROLLING', 0).minutes
    ? 'ROLLING, without a bake time,'
    : 'ROLLING, with a bake time,';
}

function longerWait(type: DeploymentType, limit: DeploymentLimit): string {
  if (type !== 'ROLLING') return limit.stageMinutes ? '' : ', or use the ECS deployment controller';
  const longer =
    limit.minutes === deploymentLimit('ROLLING', 0).minutes
      ? ", or give the service a 'bakeTime' (CloudFormation then waits 2160 minutes)"
      : '';
  return `${longer}, or let protected tasks drain: 'protectedTasks: ProtectedTasks.DRAIN_AFTER_DEPLOYMENT'`;
}

function drainFindings(facts: ServiceFacts, settings: ProtectionSettings): Finding[] {
  if (settings.drain && facts.deployment !== 'ROLLING') {
    return [
      {
        level: 'error',
        id: 'drainNotOffered',
        message:
          "'protectedTasks' must be ProtectedTasks.BLOCK_DEPLOYMENT here, got: DRAIN_AFTER_DEPLOYMENT on a service whose deployment is " +
          `${facts.deployment ?? 'known at deployment only'}. ECS takes early success criteria in rolling deployments of its own ` +
          `controller only (${EARLY_SUCCESS_PAGE}). Leave 'protectedTasks' out, or make the service's deployments rolling`,
      },
    ];
  }
  if (settings.drain && !facts.deferred) {
    return [
      {
        level: 'error',
        id: 'drainOverridden',
        message:
          "'protectedTasks' is DRAIN_AFTER_DEPLOYMENT, but the service no longer says so, got: early success criteria that were changed " +
          `afterwards. Without DEFERRED clean-up the deployment waits for protected tasks (${EARLY_SUCCESS_PAGE}). ` +
          "Leave the service's early success criteria to this construct",
      },
    ];
  }
  if (!settings.drain && facts.deferred) {
    return [
      {
        level: 'warning',
        id: 'drainsAnyway',
        message:
          "'protectedTasks' is BLOCK_DEPLOYMENT, but the service's own early success criteria defer the clean-up, got: DEFERRED. " +
          `Deployments will not wait for protected tasks (${EARLY_SUCCESS_PAGE}). ` +
          "Say 'protectedTasks: ProtectedTasks.DRAIN_AFTER_DEPLOYMENT', or take the criteria away",
      },
    ];
  }
  return [];
}

function roomFindings({ deployment, maximumPercent, minimumHealthyPercent, desiredCount }: ServiceFacts): Finding[] {
  // Other deployments start the new tasks as a set of their own.
  if (deployment !== 'ROLLING' || maximumPercent === undefined) return [];
  const counted = desiredCount !== undefined && desiredCount > 0;
  const room = counted ? roomFor(desiredCount, maximumPercent) : maximumPercent > 100 ? 1 : 0;
  if (room >= 1) return [];
  const of = counted ? ` of ${desiredCount} tasks` : '';
  const findings: Finding[] = [
    {
      level: 'warning',
      id: 'noRoomForReplacements',
      message:
        `'maxHealthyPercent' of the service should leave room for a task beside those that are protected, got: ${maximumPercent} %${of}. ` +
        `While all tasks are protected, a deployment starts none and waits until protections end (${PROTECTION_PAGE}). ` +
        `Set it to ${counted ? leastMaximumPercent(desiredCount, 1) : 200} or more (TaskScaleInProtection.maximumPercentFor)`,
    },
  ];
  const healthy =
    minimumHealthyPercent === undefined ? 0 : Math.ceil(((counted ? desiredCount : 1) * minimumHealthyPercent) / 100);
  if (healthy >= (counted ? desiredCount : 1) && (counted || (minimumHealthyPercent ?? 0) >= 100)) {
    findings.push({
      level: 'warning',
      id: 'deploymentCannotMove',
      message:
        `'minHealthyPercent' of the service should let a task stop where none may start, got: ${minimumHealthyPercent} %${of}, ` +
        `with 'maxHealthyPercent' ${maximumPercent} %. A deployment can neither start nor stop a task, protected or not ` +
        `(${DEPLOYMENT_PAGE}). Raise 'maxHealthyPercent'`,
    });
  }
  return findings;
}

function codeDeployFindings(
  { deployment, terminationWaitMinutes }: ServiceFacts,
  { maxMinutes }: ProtectionSettings,
): Finding[] {
  if (deployment !== 'CODE_DEPLOY' || (terminationWaitMinutes ?? -1) >= maxMinutes) return [];
  return [
    {
      level: 'warning',
      id: 'codeDeployTermination',
      message:
        `'terminationWaitTime' of the CodeDeploy deployment group should be at least 'maxProtection', ${maxMinutes} minutes, got: ` +
        `${terminationWaitMinutes === undefined ? 'none that this app tells' : `${terminationWaitMinutes} minutes`}. ` +
        'How long CodeDeploy waits for old tasks that are protected when it wants to end them is not documented; it or CloudFormation may ' +
        `give up first (${PROTECTION_PAGE}). Raise it, lower 'maxProtection', or use blue/green deployments of ECS itself`,
    },
  ];
}

function handBackFindings({ fargate, stopSeconds }: ServiceFacts, { handBackSeconds }: ProtectionSettings): Finding[] {
  if (fargate && handBackSeconds > MOST_FARGATE_STOP_SECONDS) {
    return [
      {
        level: 'error',
        id: 'handBackTooLong',
        message:
          `'handBackTime' must be at most ${MOST_FARGATE_STOP_SECONDS} seconds on Fargate, got: ${handBackSeconds}. Fargate gives a container ` +
          `no longer between SIGTERM and SIGKILL (${STOP_PAGE}). Hand work back in smaller pieces, or lower 'handBackTime'`,
      },
    ];
  }
  if (stopSeconds === undefined || stopSeconds >= handBackSeconds) return [];
  return [
    {
      level: 'warning',
      id: 'stopTimeoutTooShort',
      message:
        `'stopTimeout' of the containers should be at least 'handBackTime', ${handBackSeconds} seconds, got: ${stopSeconds} at the longest. ` +
        `A task whose protection has ended is killed before it has handed its work back (${STOP_PAGE}). ` +
        "Raise 'stopTimeout' of the container that does the work",
    },
  ];
}

function grantFindings({ granted }: ServiceFacts): Finding[] {
  if (granted) return [];
  return [
    {
      level: 'warning',
      id: 'grantNotRendered',
      message:
        "'taskRole' of the task definition should take policies, got: a role that this app cannot change. Without ecs:GetTaskProtection and " +
        `ecs:UpdateTaskProtection the agent refuses every request of the task (${PROTECTION_PAGE}). Add both where the role is made, ` +
        'on task/<cluster>/*, and acknowledge this warning',
    },
  ];
}

function capacityFindings({ spot, external }: ServiceFacts): Finding[] {
  const findings: Finding[] = spot.map((name) => ({
    level: 'warning',
    id: 'spotCapacity',
    message:
      `'capacityProviderStrategies' should not lead protected tasks to Spot capacity, got: ${name}. A reclaimed task is stopped two minutes ` +
      `after the warning, protected or not (${FARGATE_SPOT_PAGE}). Use on-demand capacity, or make work that two minutes can hand back`,
  }));
  if (external) {
    findings.push({
      level: 'warning',
      id: 'externalInstances',
      message:
        "'service' should run on Fargate or EC2, got: a service on external instances. AWS does not say whether task protection works on " +
        `ECS Anywhere (${ENDPOINT_PAGE}). Try it there first, and acknowledge this warning`,
    });
  }
  return findings;
}

function hostFindings({ name, terminationProtection, draining, agent }: HostFacts): Finding[] {
  const findings: Finding[] = [];
  if (terminationProtection === false) {
    findings.push({
      level: 'warning',
      id: 'hostTermination',
      message:
        `'enableManagedTerminationProtection' of ${name} should be true, got: false. Auto Scaling then ends instances that protected tasks ` +
        `run on (${TERMINATION_PAGE}). Turn it on`,
    });
  }
  if (draining === false) {
    findings.push({
      level: 'warning',
      id: 'hostDraining',
      message:
        `'enableManagedDraining' of ${name} should be true, got: false. An instance that is replaced takes its tasks along at once, ` +
        `protected or not (${DRAINING_PAGE}). Turn it on`,
    });
  }
  if (agent !== 'recent') {
    findings.push({
      level: agent === 'old' ? 'warning' : 'info',
      id: agent === 'old' ? 'agentTooOld' : 'agentUnknown',
      message:
        `the ECS agent on ${name} must be ${LEAST_AGENT_VERSION} or later, got: ` +
        `${agent === 'old' ? 'an image or user data with an older one' : 'an image that does not tell'}. Older agents do not serve the ` +
        `endpoint by which a task protects itself (${PROTECTION_PAGE}). Use the recommended Amazon ECS-optimized AMI`,
    });
  }
  return findings;
}
