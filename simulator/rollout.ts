import type { RevisionRecord } from './definition-store';
import type { CleanUp, Deployment, ServiceDeployment, ServiceRecord, ServiceRevision, TaskSet } from './service-record';
import { isUnsettled } from './service-record';
import { clientException, invalidParameter } from './simulated-error';
import type { TaskRecord } from './task-record';
import { desiredStatus, isProtected } from './task-record';
import type { World } from './world';

/** "5 active deployments exist, unable to create new deployment." Seen in containers-roadmap #2836; the class is assumed. */
const MOST_DEPLOYMENTS = 5;

/** A stop with rollback is requested first and begins a little later. Assumed. */
const STOP_TAKES_MS = 5_000;

const EVENT_AGAIN_MS = 6 * 60 * 60_000;
const MOST_EVENTS = 100;

/** How long a task set goes on once its tasks were asked to stop. */
const TASK_SET_DRAIN_MS = 2 * 60_000;

const STOP_TIMEOUT_MS = 30_000;

/** Begins a rolling deployment of the revision: a new service revision, a service deployment, and a PRIMARY deployment. */
export function deploy(world: World, service: ServiceRecord, definition: RevisionRecord): ServiceDeployment {
  if (service.deployments.length >= MOST_DEPLOYMENTS) {
    throw invalidParameter('5 active deployments exist, unable to create new deployment.');
  }
  const sources = currentRevisions(service);
  for (const earlier of service.serviceDeployments.filter(isUnsettled)) {
    // A newer deployment takes over; that the older one reads STOPPED then is assumed.
    settle(world, earlier, 'STOPPED', 'A newer deployment replaced this one.');
  }
  const deployment = recordDeployment(world, service, recordRevision(world, service, definition), sources);
  service.definition = definition;
  roll(world, service, deployment, deployment.target, 'SUCCESSFUL');
  return deployment;
}

export function recordRevision(world: World, service: ServiceRecord, definition: RevisionRecord): ServiceRevision {
  const digits = String(10 ** 18 + world.random.below(2 ** 31) * 10 ** 9).padStart(19, '0');
  const revision = {
    arn: world.arn(
      `service-revision/${service.cluster.name}/${service.name}/${digits.slice(0, 16)}${service.serviceRevisions.length}`,
    ),
    definition,
    createdAt: world.now(),
  };
  service.serviceRevisions.push(revision);
  return revision;
}

export function recordDeployment(
  world: World,
  service: ServiceRecord,
  target: ServiceRevision,
  sources: readonly ServiceRevision[],
): ServiceDeployment {
  const now = world.now();
  const deployment: ServiceDeployment = {
    arn: world.arn(`service-deployment/${service.cluster.name}/${service.name}/${world.random.hex(20)}`),
    createdAt: now,
    sources,
    target,
    status: 'IN_PROGRESS',
    statusReason: undefined,
    startedAt: now,
    updatedAt: now,
    finishedAt: undefined,
    rollback: undefined,
  };
  service.serviceDeployments.push(deployment);
  return deployment;
}

/** The service revisions that have tasks, or are to have them. */
export function currentRevisions(service: ServiceRecord): readonly ServiceRevision[] {
  return [...new Set(service.deployments.filter(({ status }) => status !== 'INACTIVE').map(({ revision }) => revision))];
}

/** New tasks become healthy, then old ones drain, then the deployment has ended. @see deployment-type-ecs.html */
function roll(
  world: World,
  service: ServiceRecord,
  serviceDeployment: ServiceDeployment,
  revision: ServiceRevision,
  success: 'SUCCESSFUL' | 'ROLLBACK_SUCCESSFUL',
): void {
  const primary = addPrimary(world, service, revision);
  service.rollout += 1;
  const rollout = service.rollout;
  const isCurrent = () => service.rollout === rollout && service.status === 'ACTIVE';
  startTasks(world, service, primary, service.desiredCount);
  const finish = () => {
    finishRollout(world, service, primary);
    if (isUnsettled(serviceDeployment)) settle(world, serviceDeployment, success);
  };
  world.after(service.rolloutMs, () => {
    if (!isCurrent()) return;
    const whenDrained = () => {
      if (isCurrent()) finish();
    };
    service.cleanUp = { rollout, finish: () => world.after(service.drainMs, whenDrained) };
    if (service.sourceCleanup === 'DEFERRED') settle(world, serviceDeployment, success);
    scaleIn(world, service);
  });
}

export function addPrimary(world: World, service: ServiceRecord, revision: ServiceRevision): Deployment {
  for (const older of service.deployments) older.status = 'ACTIVE';
  const primary: Deployment = {
    id: `ecs-svc/${String(10 ** 15 + world.random.below(2 ** 31))}${service.rollout}`,
    revision,
    createdAt: world.now(),
    updatedAt: world.now(),
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: 'ECS deployment in progress.',
  };
  service.deployments = [primary, ...service.deployments];
  return primary;
}

export function finishRollout(world: World, service: ServiceRecord, primary: Deployment): void {
  service.deployments = [primary];
  primary.updatedAt = world.now();
  primary.rolloutState = 'COMPLETED';
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
}

function settle(world: World, deployment: ServiceDeployment, status: ServiceDeployment['status'], reason?: string): void {
  deployment.status = status;
  deployment.statusReason = reason;
  deployment.finishedAt = world.now();
  deployment.updatedAt = world.now();
}

/** What the circuit breaker, or an alarm, does to the deployment under way. @see deployment-circuit-breaker.html */
export function fail(world: World, service: ServiceRecord): void {
  const deployment = service.serviceDeployments.find(isUnsettled);
  if (!deployment) throw clientException('the service has no deployment under way');
  const primary = service.deployments[0];
  if (primary) {
    primary.rolloutState = 'FAILED';
    primary.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.';
  }
  if (service.circuitBreaker.enable && service.circuitBreaker.rollback) {
    rollBack(world, service, deployment, 'Service deployment rolled back because the circuit breaker threshold was exceeded.');
    return;
  }
  service.rollout += 1;
  // Without rollback the deployment just ends; new tasks are no longer launched.
  settle(world, deployment, 'STOPPED', 'The circuit breaker threshold was exceeded.');
}

/** @see API_StopServiceDeployment */
export function stop(world: World, service: ServiceRecord, deployment: ServiceDeployment, stopType: string): void {
  if (!isUnsettled(deployment)) throw invalidParameter('The service deployment can not be stopped in its current state.');
  if (stopType === 'ABORT') {
    service.rollout += 1;
    settle(world, deployment, 'STOPPED', 'Service deployment was stopped.');
    return;
  }
  deployment.status = 'ROLLBACK_REQUESTED';
  deployment.updatedAt = world.now();
  world.after(STOP_TAKES_MS, () => {
    if (deployment.status === 'ROLLBACK_REQUESTED') rollBack(world, service, deployment, 'Service deployment was stopped.');
  });
}

/**
 * Goes back to the service revision of the most recent successful deployment; no new one is made. @see service-revision.html
 * That an INACTIVE task definition, or no successful deployment at all, ends it as ROLLBACK_FAILED is assumed.
 */
function rollBack(world: World, service: ServiceRecord, deployment: ServiceDeployment, reason: string): void {
  const last = service.serviceDeployments.findLast(({ status }) => status === 'SUCCESSFUL');
  service.rollout += 1;
  if (!last) {
    settle(world, deployment, 'ROLLBACK_FAILED', 'There is no completed deployment to roll back to.');
    return;
  }
  deployment.rollback = { reason, startedAt: world.now(), revision: last.target };
  if (!world.isUsable(last.target.definition)) {
    settle(world, deployment, 'ROLLBACK_FAILED', 'TaskDefinition is inactive');
    return;
  }
  deployment.status = 'ROLLBACK_IN_PROGRESS';
  deployment.updatedAt = world.now();
  service.definition = last.target.definition;
  roll(world, service, deployment, last.target, 'ROLLBACK_SUCCESSFUL');
}

/** Brings the tasks of the PRIMARY deployment to the desired count. */
export function scale(world: World, service: ServiceRecord, desiredCount: number): void {
  service.desiredCount = desiredCount;
  const primary = service.deployments[0];
  if (!primary) return;
  const running = tasksOf(world, service, primary.id);
  startTasks(world, service, primary, desiredCount - running.length);
  scaleIn(world, service);
}

/**
 * Stops the tasks that are too many, as far as they may be stopped: protected ones go on until they end, are released or
 * lapse, and then it is tried again. @see task-scale-in-protection.html
 */
export function scaleIn(world: World, service: ServiceRecord): void {
  for (const taskSet of service.taskSets) if (taskSet.status === 'DRAINING') drain(world, service, taskSet);
  const primary = service.deployments[0];
  if (!primary || service.status !== 'ACTIVE') return;
  stopUnprotected(world, service, primary, tasksOf(world, service, primary.id).length - service.desiredCount);
  const cleanUp = cleanUpOf(service);
  if (!cleanUp) return;
  for (const old of service.deployments.slice(1)) empty(world, service, old);
  if (oldTasks(world, service).length > 0) return;
  service.cleanUp = undefined;
  cleanUp.finish();
}

/** An older deployment is shown for as long as it has tasks that are not to stop, and until the others have drained. */
function empty(world: World, service: ServiceRecord, old: Deployment): void {
  stopUnprotected(world, service, old, Number.POSITIVE_INFINITY);
  if (tasksOf(world, service, old.id).length > 0) return;
  world.after(service.drainMs, () => {
    service.deployments = service.deployments.filter((other) => other !== old);
  });
}

function drain(world: World, service: ServiceRecord, taskSet: TaskSet): void {
  stopUnprotected(world, service, taskSet, Number.POSITIVE_INFINITY);
  if (tasksOf(world, service, taskSet.id).length > 0) return;
  world.after(TASK_SET_DRAIN_MS, () => {
    service.taskSets = service.taskSets.filter((other) => other !== taskSet);
  });
}

/** Whether a rollout waits for nothing but protected tasks of older deployments. */
export function isHeldUp(world: World, service: ServiceRecord): boolean {
  return cleanUpOf(service) !== undefined && oldTasks(world, service).some((task) => isProtected(task, world.now()));
}

function cleanUpOf({ cleanUp, rollout }: ServiceRecord): CleanUp | undefined {
  return cleanUp?.rollout === rollout ? cleanUp : undefined;
}

function oldTasks(world: World, service: ServiceRecord): readonly TaskRecord[] {
  return service.deployments.slice(1).flatMap(({ id }) => tasksOf(world, service, id));
}

/** The newest first. */
function stopUnprotected(world: World, service: ServiceRecord, { id }: { id: string }, most: number): void {
  if (most <= 0) return;
  const now = world.now();
  const tasks = tasksOf(world, service, id);
  const free = tasks.filter((task) => !isProtected(task, now));
  for (const task of free.slice(-most)) task.stopAt = now;
  const held = Math.min(most, tasks.length) - free.length;
  if (held > 0) {
    tell(
      world,
      service,
      `(service ${service.name}, taskSet ${id}) was unable to scale in due to (reason ${held} tasks under protection)`,
    );
  }
}

/** The newest first; not again what was told in the last six hours. */
function tell(world: World, service: ServiceRecord, message: string): void {
  const now = world.now();
  if (service.events.some((event) => event.message === message && now - event.createdAt < EVENT_AGAIN_MS)) return;
  service.events = [{ id: world.random.hex(32), createdAt: now, message }, ...service.events].slice(0, MOST_EVENTS);
}

export function startTasks(
  world: World,
  service: ServiceRecord,
  by: { id: string; revision: ServiceRevision },
  count: number,
): void {
  for (let started = 0; started < count; started += 1) {
    startTask(world, service.cluster, by.revision.definition, { startedBy: by.id, serviceName: service.name });
  }
}

export function tasksOf(world: World, service: ServiceRecord, startedBy: string): readonly TaskRecord[] {
  const now = world.now();
  return [...service.cluster.tasks.values()].filter(
    (task) => task.startedBy === startedBy && desiredStatus(task, now) === 'RUNNING',
  );
}

export function startTask(
  world: World,
  cluster: ServiceRecord['cluster'],
  definition: RevisionRecord,
  options: Partial<Pick<TaskRecord, 'startedBy' | 'serviceName' | 'group' | 'overrides' | 'tags'>>,
): TaskRecord {
  const task: TaskRecord = {
    arn: world.arn(`task/${cluster.name}/${world.random.hex(32)}`),
    definition,
    createdAt: world.now(),
    group: options.group ?? (options.serviceName ? `service:${options.serviceName}` : `family:${definition.family}`),
    startedBy: options.startedBy,
    serviceName: options.serviceName,
    overrides: options.overrides ?? {},
    stopsWithin: STOP_TIMEOUT_MS,
    stopAt: undefined,
    stoppedReason: undefined,
    protectedUntil: undefined,
    tags: options.tags,
  };
  cluster.tasks.set(task.arn, task);
  return task;
}
