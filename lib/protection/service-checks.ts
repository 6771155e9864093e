import { LEAST_AGENT_VERSION, MOST_FARGATE_STOP_SECONDS } from '../contract/protection';
import { codeDeployFindings, drainFindings, roomFindings, timeFindings } from './deployment-checks';
import type { Finding, HostFacts, ProtectionSettings, ServiceFacts } from './findings';

const PROTECTION_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html';
const STOP_PAGE =
  'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout';
const FARGATE_SPOT_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html';
const TERMINATION_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html';
const DRAINING_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html';
const ENDPOINT_PAGE = 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html';

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
