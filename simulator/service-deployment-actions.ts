import { type Input, optionalNumber, optionalRecord, optionalText, requiredText, seconds, someTexts, texts } from './input';
import { stop } from './rollout';
import { isInHistory, type ServiceDeployment, type ServiceRecord, type ServiceRevision } from './service-record';
import { SimulatedError } from './simulated-error';
import type { World } from './world';

const MOST_DESCRIBED = 20;

/** The newest first (assumed), twenty a page unless asked otherwise, 90 days back. @see API_ListServiceDeployments */
export function listServiceDeployments(world: World, input: Input): unknown {
  const service = serviceOf(world, input);
  if (service.controller !== 'ECS') {
    // The error is among the possible ones of the action; that these controllers earn it is assumed.
    throw new SimulatedError('UnsupportedFeatureException', 'Service deployments need the ECS deployment controller.');
  }
  const shown = matching(world, service, input).toReversed();
  const places = new Map(shown.map((deployment, place) => [deployment.arn, place]));
  const { items, nextToken } = world.options.pager.page<ServiceDeployment>(input, {
    defaultSize: 20,
    keyOf: ({ arn }) => arn,
    from: ({ skip, after }) => shown.slice(after === undefined ? skip : (places.get(after) ?? -1) + 1),
  });
  return { serviceDeployments: items.map((deployment) => brief(service, deployment)), nextToken };
}

function serviceOf(world: World, input: Input): ServiceRecord {
  const identifier = requiredText(input, 'service');
  const [, clusterInArn] = /:service\/([^/]+)\//.exec(identifier) ?? [];
  return world.service(world.cluster(optionalText(input, 'cluster') ?? clusterInArn), identifier);
}

function matching(world: World, service: ServiceRecord, input: Input): readonly ServiceDeployment[] {
  const statuses = texts(input, 'status');
  const created = optionalRecord(input, 'createdAt') ?? {};
  const after = (optionalNumber(created, 'after') ?? 0) * 1000;
  const before = (optionalNumber(created, 'before') ?? Number.POSITIVE_INFINITY) * 1000;
  return service.serviceDeployments
    .filter((deployment) => isInHistory(deployment, world.now()))
    .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
    .filter(({ createdAt }) => createdAt >= after && createdAt <= before);
}

/** Without source revisions and task definitions: those need a describe. @see API_ServiceDeploymentBrief */
function brief(service: ServiceRecord, deployment: ServiceDeployment): Input {
  return {
    ...times(deployment),
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    targetServiceRevisionArn: deployment.target.arn,
    status: deployment.status,
    ...(deployment.statusReason ? { statusReason: deployment.statusReason } : {}),
  };
}

/** @see API_DescribeServiceDeployments */
export function describeServiceDeployments(world: World, input: Input): unknown {
  return describeAll(someTexts(input, 'serviceDeploymentArns', MOST_DESCRIBED), 'serviceDeployments', (arn) => {
    const service = ownerOf(world, arn);
    const found = service?.serviceDeployments.find((deployment) => deployment.arn === arn);
    return service && found && describeDeployment(service, found);
  });
}

function describeDeployment(service: ServiceRecord, deployment: ServiceDeployment): Input {
  const { rollback } = deployment;
  return {
    ...times(deployment),
    updatedAt: seconds(deployment.updatedAt),
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    sourceServiceRevisions: deployment.sources.map(({ arn }) => ({ arn })),
    targetServiceRevision: { arn: deployment.target.arn },
    status: deployment.status,
    ...(deployment.statusReason ? { statusReason: deployment.statusReason } : {}),
    deploymentConfiguration: {
      deploymentCircuitBreaker: service.circuitBreaker,
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    ...(rollback
      ? {
          rollback: {
            reason: rollback.reason,
            startedAt: seconds(rollback.startedAt),
            serviceRevisionArn: rollback.revision.arn,
          },
        }
      : {}),
    deploymentCircuitBreaker: { status: breakerStatus(service, deployment), failureCount: 0, threshold: 3 },
  };
}

function breakerStatus({ circuitBreaker }: ServiceRecord, { status, rollback }: ServiceDeployment): string {
  if (!circuitBreaker.enable) return 'DISABLED';
  if (rollback) return 'TRIGGERED';
  return status === 'IN_PROGRESS' ? 'MONITORING' : 'MONITORING_COMPLETE';
}

/** @see API_DescribeServiceRevisions */
export function describeServiceRevisions(world: World, input: Input): unknown {
  return describeAll(someTexts(input, 'serviceRevisionArns', MOST_DESCRIBED), 'serviceRevisions', (arn) => {
    const service = ownerOf(world, arn);
    const found = service?.serviceRevisions.find((revision) => revision.arn === arn);
    return service && found && describeRevision(world, service, found);
  });
}

function describeRevision(world: World, service: ServiceRecord, revision: ServiceRevision): Input {
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    taskDefinition: world.definitionArn(revision.definition),
    createdAt: seconds(revision.createdAt),
  };
}

/** @see API_StopServiceDeployment */
export function stopServiceDeployment(world: World, input: Input): unknown {
  const arn = requiredText(input, 'serviceDeploymentArn');
  const service = ownerOf(world, arn);
  const deployment = service?.serviceDeployments.find((item) => item.arn === arn);
  if (service && deployment) {
    stop(world, service, deployment, optionalText(input, 'stopType') ?? 'ROLLBACK');
    return { serviceDeploymentArn: arn };
  }
  throw new SimulatedError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
}

function times({ createdAt, startedAt, finishedAt }: ServiceDeployment): Input {
  return {
    createdAt: seconds(createdAt),
    ...(startedAt === undefined ? {} : { startedAt: seconds(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: seconds(finishedAt) }),
  };
}

/** The service in whose history an ARN of a service deployment or service revision lies. */
function ownerOf(world: World, arn: string): ServiceRecord | undefined {
  const [, cluster, service] = /:service-(?:deployment|revision)\/([^/]+)\/([^/]+)\//.exec(arn) ?? [];
  return cluster && service ? world.findCluster(cluster)?.services.get(service) : undefined;
}

function describeAll(arns: readonly string[], member: string, describe: (arn: string) => Input | undefined): Input {
  const found: Input[] = [];
  const failures: Input[] = [];
  for (const arn of arns) {
    const item = describe(arn);
    if (item) found.push(item);
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { [member]: found, failures };
}
