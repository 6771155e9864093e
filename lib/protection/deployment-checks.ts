import { type DeploymentLimit, type DeploymentType, deploymentLimit, MOST_SHIFT_MINUTES } from '../contract/protection';
import type { Finding, ProtectionSettings, ServiceFacts } from './findings';
import { protectionTime } from './protection-time';
import { leastMaximumPercent, roomFor } from './replacement-room';

const PROTECTION_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html';
const DEPLOYMENT_PAGE =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentconfiguration.html';
const EARLY_SUCCESS_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html';
const LINEAR_PAGE =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-linearconfiguration.html';

export function timeFindings(facts: ServiceFacts, settings: ProtectionSettings): Finding[] {
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
    `${limit.minutes} minutes for a ${typeText(type, limit)}, and ${taken}` +
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
  if (type !== 'ROLLING') return `${type} deployment`;
  return `ROLLING deployment ${isShort(limit) ? 'without' : 'with'} a bake time`;
}

function isShort({ minutes }: DeploymentLimit): boolean {
  return minutes === deploymentLimit('ROLLING', 0).minutes;
}

function longerWait(type: DeploymentType, limit: DeploymentLimit): string {
  if (type !== 'ROLLING') return limit.stageMinutes ? '' : ', or use the ECS deployment controller';
  const longer = isShort(limit) ? ", or give the service a 'bakeTime' (CloudFormation then waits 2160 minutes)" : '';
  return `${longer}, or let protected tasks drain: 'protectedTasks: ProtectedTasks.DRAIN_AFTER_DEPLOYMENT'`;
}

export function drainFindings(facts: ServiceFacts, settings: ProtectionSettings): Finding[] {
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

export function roomFindings({ deployment, maximumPercent, minimumHealthyPercent, desiredCount }: ServiceFacts): Finding[] {
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

export function codeDeployFindings(
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
