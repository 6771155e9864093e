import type { RevisionRecord } from './definition-store';
import { type Input, optionalNumber, optionalRecord, optionalText, requiredText, seconds, texts } from './input';
import { scaleIn, startTask, tasksOf } from './rollout';
import type { ServiceRecord, TaskSet } from './service-record';
import { invalidParameter, SimulatedError } from './simulated-error';
import { lastStatus } from './task-record';
import type { World } from './world';

/** "5 active deployments exist" is also what services with task sets answer; five sets are assumed as the limit. */
const MOST_TASK_SETS = 5;

/** Used by external controllers, and by CodeDeploy itself. @see API_CreateTaskSet */
export function createTaskSet(world: World, input: Input): unknown {
  const service = serviceOf(world, input);
  if (service.controller === 'ECS') throw invalidParameter('The service does not use an EXTERNAL deployment controller.');
  if (service.taskSets.length >= MOST_TASK_SETS)
    throw invalidParameter('5 active deployments exist, unable to create new deployment.');
  const definition = world.usable(requiredText(input, 'taskDefinition'));
  const scale = optionalRecord(input, 'scale');
  const taskSet = addTaskSet(world, service, definition, {
    status: 'ACTIVE',
    externalId: optionalText(input, 'externalId'),
    scale: (scale && optionalNumber(scale, 'value')) ?? 0,
  });
  return { taskSet: describeTaskSet(world, service, taskSet) };
}

export function addTaskSet(
  world: World,
  service: ServiceRecord,
  definition: RevisionRecord,
  { status, externalId, scale = 100 }: { status: TaskSet['status']; externalId?: string; scale?: number },
): TaskSet {
  const id = `ecs-svc/${world.random.below(2 ** 31)}${service.taskSets.length}`;
  const taskSet: TaskSet = {
    id,
    arn: world.arn(`task-set/${service.cluster.name}/${service.name}/${id}`),
    definition,
    createdAt: world.now(),
    externalId,
    scale,
    status,
  };
  service.taskSets.push(taskSet);
  for (let started = 0; started < desired(service, taskSet); started += 1) {
    startTask(world, service.cluster, definition, { startedBy: id, serviceName: service.name });
  }
  return taskSet;
}

/** @see API_UpdateServicePrimaryTaskSet */
export function updateServicePrimaryTaskSet(world: World, input: Input): unknown {
  const service = serviceOf(world, input);
  const chosen = taskSetOf(service, requiredText(input, 'primaryTaskSet'));
  for (const taskSet of service.taskSets) if (taskSet.status === 'PRIMARY') taskSet.status = 'ACTIVE';
  chosen.status = 'PRIMARY';
  service.definition = chosen.definition;
  return { taskSet: describeTaskSet(world, service, chosen) };
}

/** @see API_DeleteTaskSet */
export function deleteTaskSet(world: World, input: Input): unknown {
  const service = serviceOf(world, input);
  const taskSet = taskSetOf(service, requiredText(input, 'taskSet'));
  if (desired(service, taskSet) > 0 && input.force !== true) throw invalidParameter('The task set is scaled above 0.');
  taskSet.status = 'DRAINING';
  scaleIn(world, service);
  return { taskSet: describeTaskSet(world, service, taskSet) };
}

/** @see API_DescribeTaskSets */
export function describeTaskSets(world: World, input: Input): unknown {
  const service = serviceOf(world, input);
  const asked = texts(input, 'taskSets');
  if (asked.length === 0)
    return { taskSets: service.taskSets.map((taskSet) => describeTaskSet(world, service, taskSet)), failures: [] };
  const found = asked.map((identifier) => findTaskSet(service, identifier));
  return {
    taskSets: found.flatMap((taskSet) => (taskSet ? [describeTaskSet(world, service, taskSet)] : [])),
    failures: asked.filter((_, index) => !found[index]).map((arn) => ({ arn, reason: 'MISSING' })),
  };
}

export function describeTaskSet(world: World, service: ServiceRecord, taskSet: TaskSet): Input {
  const tasks = tasksOf(world, service, taskSet.id);
  const runningCount = tasks.filter((task) => lastStatus(task, world.now()) === 'RUNNING').length;
  return {
    id: taskSet.id,
    taskSetArn: taskSet.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    ...(taskSet.externalId ? { externalId: taskSet.externalId } : {}),
    startedBy: service.controller === 'CODE_DEPLOY' ? 'CODE_DEPLOY' : 'EXTERNAL',
    status: taskSet.status,
    taskDefinition: world.definitionArn(taskSet.definition),
    computedDesiredCount: desired(service, taskSet),
    runningCount,
    pendingCount: tasks.length - runningCount,
    createdAt: seconds(taskSet.createdAt),
    updatedAt: seconds(taskSet.createdAt),
    scale: { value: taskSet.scale, unit: 'PERCENT' },
    stabilityStatus: runningCount === tasks.length ? 'STEADY_STATE' : 'STABILIZING',
  };
}

function desired(service: ServiceRecord, taskSet: TaskSet): number {
  return taskSet.status === 'DRAINING' ? 0 : Math.ceil((service.desiredCount * taskSet.scale) / 100);
}

function serviceOf(world: World, input: Input): ServiceRecord {
  return world.service(world.cluster(requiredText(input, 'cluster')), requiredText(input, 'service'));
}

function taskSetOf(service: ServiceRecord, identifier: string): TaskSet {
  const taskSet = findTaskSet(service, identifier);
  if (!taskSet) throw new SimulatedError('TaskSetNotFoundException', 'The specified task set was not found.');
  return taskSet;
}

function findTaskSet(service: ServiceRecord, identifier: string): TaskSet | undefined {
  return service.taskSets.find(({ id, arn }) => id === identifier || arn === identifier);
}
