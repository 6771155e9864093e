import type { RevisionRecord } from './definition-store';
import {
  type Input,
  optionalNumber,
  optionalRecord,
  optionalText,
  requiredText,
  seconds,
  someTexts,
  tagsOf,
  texts,
} from './input';
import { listed } from './pager';
import { currentRevisions, deploy, scale, tasksOf } from './rollout';
import {
  type CircuitBreaker,
  type ClusterRecord,
  type Deployment,
  type DeploymentController,
  isUnsettled,
  type ServiceRecord,
} from './service-record';
import { invalidParameter, SimulatedError } from './simulated-error';
import { desiredStatus, lastStatus, stoppedAt } from './task-record';
import { addTaskSet, describeTaskSet } from './task-set-actions';
import type { World } from './world';

/** How long a rolling deployment takes, unless a test says otherwise. */
const ROLLOUT_MS = 4 * 60_000;
const DRAIN_MS = 2 * 60_000;

/** @see API_CreateService */
export function createService(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const name = requiredText(input, 'serviceName');
  const known = cluster.services.get(name);
  if (known && known.status !== 'INACTIVE') throw invalidParameter('Creation of service was not idempotent.');
  const identifier = optionalText(input, 'taskDefinition');
  const service = newService(world, cluster, name, input);
  if (service.controller !== 'EXTERNAL' && !identifier) throw invalidParameter('TaskDefinition can not be blank.');
  const definition = identifier ? world.usable(identifier) : undefined;
  cluster.services.set(name, service);
  if (definition) begin(world, service, definition);
  return { service: describe(world, service) };
}

export function newService(world: World, cluster: ClusterRecord, name: string, input: Input): ServiceRecord {
  const isDaemon = optionalText(input, 'schedulingStrategy') === 'DAEMON';
  return {
    arn: world.arn(`service/${cluster.name}/${name}`),
    name,
    cluster,
    controller: controllerOf(input),
    schedulingStrategy: isDaemon ? 'DAEMON' : 'REPLICA',
    resourceManagementType: 'CUSTOMER',
    createdAt: world.now(),
    status: 'ACTIVE',
    desiredCount: optionalNumber(input, 'desiredCount') ?? (isDaemon ? 1 : 0),
    definition: undefined,
    circuitBreaker: circuitBreakerOf(input) ?? { enable: false, rollback: false },
    sourceCleanup: 'BLOCKING',
    rolloutMs: ROLLOUT_MS,
    drainMs: DRAIN_MS,
    deployments: [],
    serviceDeployments: [],
    serviceRevisions: [],
    taskSets: [],
    events: [],
    tags: tagsOf(input),
    rollout: 0,
    cleanUp: undefined,
  };
}

// A CODE_DEPLOY service starts with a PRIMARY task set; an EXTERNAL one has none until somebody creates it. @see API_TaskSet
function begin(world: World, service: ServiceRecord, definition: RevisionRecord): void {
  service.definition = definition;
  if (service.controller === 'ECS') deploy(world, service, definition);
  if (service.controller === 'CODE_DEPLOY') addTaskSet(world, service, definition, { status: 'PRIMARY' });
}

function controllerOf(input: Input): DeploymentController {
  const controller = optionalRecord(input, 'deploymentController');
  const type = controller && optionalText(controller, 'type');
  return type === 'CODE_DEPLOY' || type === 'EXTERNAL' ? type : 'ECS';
}

function circuitBreakerOf(input: Input): CircuitBreaker | undefined {
  const configuration = optionalRecord(input, 'deploymentConfiguration');
  const breaker = configuration && optionalRecord(configuration, 'deploymentCircuitBreaker');
  return breaker && { enable: breaker.enable === true, rollback: breaker.rollback === true };
}

/** Without `taskDefinition` the service stays on the revision it has. @see API_UpdateService */
export function updateService(world: World, input: Input): unknown {
  const service = world.service(world.cluster(optionalText(input, 'cluster')), requiredText(input, 'service'));
  if (service.status !== 'ACTIVE') throw new SimulatedError('ServiceNotActiveException', 'Service was not ACTIVE.');
  const definition = definitionForUpdate(world, service, input);
  service.circuitBreaker = circuitBreakerOf(input) ?? service.circuitBreaker;
  const desiredCount = optionalNumber(input, 'desiredCount');
  if (definition) {
    service.desiredCount = desiredCount ?? service.desiredCount;
    deploy(world, service, definition);
  } else if (desiredCount !== undefined) {
    scale(world, service, desiredCount);
  }
  return { service: describe(world, service) };
}

/** The revision to deploy; nothing when the update asks for no deployment. */
function definitionForUpdate(world: World, service: ServiceRecord, input: Input): RevisionRecord | undefined {
  const identifier = optionalText(input, 'taskDefinition');
  if (service.controller !== 'ECS') {
    if (identifier) {
      throw invalidParameter(
        `Unable to update task definition on services with a ${service.controller} deployment controller.`,
      );
    }
    return undefined;
  }
  // Of a forced deployment of an INACTIVE revision AWS documents nothing; refused like any other new use (assumed).
  const asked =
    identifier ?? (input.forceNewDeployment === true && service.definition ? arnOf(world, service.definition) : undefined);
  if (!asked) return undefined;
  const definition = world.usable(asked);
  return definition !== service.definition || input.forceNewDeployment === true ? definition : undefined;
}

/** @see API_DeleteService */
export function deleteService(world: World, input: Input): unknown {
  const service = world.service(world.cluster(optionalText(input, 'cluster')), requiredText(input, 'service'));
  const isScaled = service.desiredCount > 0 && service.schedulingStrategy === 'REPLICA';
  if (isScaled && input.force !== true) throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  service.status = 'DRAINING';
  service.desiredCount = 0;
  service.rollout += 1;
  let gone = world.now();
  for (const task of service.cluster.tasks.values()) {
    if (task.serviceName !== service.name) continue;
    if (desiredStatus(task, world.now()) === 'RUNNING') task.stopAt = world.now();
    gone = Math.max(gone, stoppedAt(task) ?? gone);
  }
  world.after(gone - world.now(), () => {
    service.status = 'INACTIVE';
    service.deployments = [];
    service.taskSets = [];
  });
  return { service: describe(world, service) };
}

/** Ten a page unless asked otherwise; services under deletion are not listed. @see API_ListServices */
export function listServices(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const strategy = optionalText(input, 'schedulingStrategy');
  const managedBy = optionalText(input, 'resourceManagementType');
  const arns = [...cluster.services.values()]
    .filter(({ status }) => status === 'ACTIVE')
    .filter((service) => !strategy || service.schedulingStrategy === strategy)
    .filter((service) => !managedBy || service.resourceManagementType === managedBy)
    .map(({ arn }) => arn)
    .sort();
  const { items, nextToken } = world.options.pager.page(
    input,
    listed(arns, (arn) => arn, 10),
  );
  return { serviceArns: items, nextToken };
}

/** At most ten; unknown ones come back under `failures`. @see API_DescribeServices */
export function describeServices(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const withTags = texts(input, 'include').includes('TAGS');
  const services: unknown[] = [];
  const failures: unknown[] = [];
  for (const identifier of someTexts(input, 'services', 10)) {
    const service = world.findService(cluster, identifier);
    if (service) services.push({ ...describe(world, service), ...(withTags ? { tags: service.tags ?? [] } : {}) });
    else failures.push({ arn: world.arn(`service/${cluster.name}/${identifier.split('/').at(-1)}`), reason: 'MISSING' });
  }
  return { services, failures };
}

function describe(world: World, service: ServiceRecord): Input {
  const own = tasksNow(world, service);
  const isEcs = service.controller === 'ECS';
  const underWay = service.serviceDeployments.find(isUnsettled);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    ...own,
    ...(service.definition ? { taskDefinition: arnOf(world, service.definition) } : {}),
    deploymentController: { type: service.controller },
    deploymentConfiguration: {
      deploymentCircuitBreaker: service.circuitBreaker,
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    schedulingStrategy: service.schedulingStrategy,
    resourceManagementType: service.resourceManagementType,
    createdAt: seconds(service.createdAt),
    events: service.events.map((event) => ({ ...event, createdAt: seconds(event.createdAt) })),
    // An empty list for CODE_DEPLOY, whose deployments are task sets. @see API_Service
    deployments: isEcs ? service.deployments.map((deployment) => describeDeployment(world, service, deployment)) : [],
    ...(isEcs ? {} : { taskSets: service.taskSets.map((taskSet) => describeTaskSet(world, service, taskSet)) }),
    ...(underWay ? { currentServiceDeployment: underWay.arn } : {}),
    ...(isEcs ? { currentServiceRevisions: describeCurrent(world, service) } : {}),
  };
}

function tasksNow(world: World, service: ServiceRecord): { runningCount: number; pendingCount: number } {
  const now = world.now();
  const states = [...service.cluster.tasks.values()]
    .filter((task) => task.serviceName === service.name && desiredStatus(task, now) === 'RUNNING')
    .map((task) => lastStatus(task, now));
  const runningCount = states.filter((status) => status === 'RUNNING').length;
  return { runningCount, pendingCount: states.length - runningCount };
}

function describeDeployment(world: World, service: ServiceRecord, deployment: Deployment): Input {
  const now = world.now();
  const tasks = tasksOf(world, service, deployment.id);
  const runningCount = tasks.filter((task) => lastStatus(task, now) === 'RUNNING').length;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: arnOf(world, deployment.revision.definition),
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : tasks.length,
    runningCount,
    pendingCount: tasks.length - runningCount,
    failedTasks: deployment.rolloutState === 'FAILED' ? 3 : 0,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

function describeCurrent(world: World, service: ServiceRecord): unknown[] {
  return currentRevisions(service).map((revision) => {
    const owners = service.deployments.filter((deployment) => deployment.revision === revision);
    const tasks = owners.flatMap(({ id }) => tasksOf(world, service, id));
    const running = tasks.filter((task) => lastStatus(task, world.now()) === 'RUNNING').length;
    return {
      arn: revision.arn,
      requestedTaskCount: tasks.length,
      runningTaskCount: running,
      pendingTaskCount: tasks.length - running,
    };
  });
}

function arnOf(world: World, definition: RevisionRecord): string {
  return world.definitionArn(definition);
}
