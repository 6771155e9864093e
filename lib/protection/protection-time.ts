import {
  type DeploymentLimit,
  type DeploymentType,
  deploymentLimit,
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
