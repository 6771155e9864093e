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
import { scaleIn, startTask } from './rollout';
import type { ClusterRecord, ServiceRecord } from './service-record';
import { invalidParameter } from './simulated-error';
import { desiredStatus, isShown, lastStatus, startedAt, stoppedAt, type TaskRecord } from './task-record';
import type { World } from './world';

/** A bare family runs its newest ACTIVE revision. @see API_RunTask */
export function runTask(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const definition = world.usable(requiredText(input, 'taskDefinition'), invalidParameter);
  const count = optionalNumber(input, 'count') ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > 10) throw invalidParameter('count must be between 1 and 10.');
  const tasks = Array.from({ length: count }, () =>
    startTask(world, cluster, definition, {
      startedBy: optionalText(input, 'startedBy'),
      group: optionalText(input, 'group'),
      overrides: optionalRecord(input, 'overrides') ?? {},
      tags: tagsOf(input),
    }),
  );
  return { tasks: tasks.map((task) => describe(world, cluster, task)), failures: [] };
}

/** Asks the task to stop; it goes on for as long as its containers need. @see API_StopTask */
export function stopTask(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const task = findTask(world, cluster, requiredText(input, 'task'));
  if (!task) throw invalidParameter('The referenced task was not found.');
  if (desiredStatus(task, world.now()) === 'RUNNING') {
    task.stopAt = world.now();
    task.stoppedReason = optionalText(input, 'reason');
    const service = serviceOf(cluster, task);
    if (service) scaleIn(world, service);
  }
  return { task: describe(world, cluster, task) };
}

/** Lists what shall run, also while it does not run yet; a stopping task is found under STOPPED only. @see API_ListTasks */
export function listTasks(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const wanted = optionalText(input, 'desiredStatus') ?? 'RUNNING';
  const serviceName = optionalText(input, 'serviceName');
  if (serviceName) world.service(cluster, serviceName);
  const family = optionalText(input, 'family');
  const startedBy = optionalText(input, 'startedBy');
  const now = world.now();
  const arns = shownTasks(cluster, now)
    .filter((task) => desiredStatus(task, now) === wanted)
    .filter((task) => !family || task.definition.family === family)
    .filter((task) => !serviceName || task.serviceName === serviceName.split('/').at(-1))
    .filter((task) => !startedBy || task.startedBy === startedBy)
    .map(({ arn }) => arn)
    .sort();
  const { items, nextToken } = world.options.pager.page(
    input,
    listed(arns, (arn) => arn, 100),
  );
  return { taskArns: items, nextToken };
}

/** @see API_DescribeTasks */
export function describeTasks(world: World, input: Input): unknown {
  const cluster = world.cluster(optionalText(input, 'cluster'));
  const withTags = texts(input, 'include').includes('TAGS');
  const tasks: unknown[] = [];
  const failures: unknown[] = [];
  for (const identifier of someTexts(input, 'tasks', 100)) {
    const task = findTask(world, cluster, identifier);
    if (task) tasks.push({ ...describe(world, cluster, task), ...(withTags ? { tags: task.tags ?? [] } : {}) });
    else failures.push({ arn: taskArn(world, cluster, identifier), reason: 'MISSING' });
  }
  return { tasks, failures };
}

/** The ARN that is meant, whether or not there is such a task. */
export function taskArn(world: World, cluster: ClusterRecord, identifier: string): string {
  return identifier.includes(':') ? identifier : world.arn(`task/${cluster.name}/${identifier}`);
}

/** Also forgets the tasks that are shown no longer. */
function shownTasks(cluster: ClusterRecord, now: number): readonly TaskRecord[] {
  for (const task of cluster.tasks.values()) if (!isShown(task, now)) cluster.tasks.delete(task.arn);
  return [...cluster.tasks.values()];
}

export function findTask(world: World, cluster: ClusterRecord, identifier: string): TaskRecord | undefined {
  const task = cluster.tasks.get(identifier) ?? cluster.tasks.get(taskArn(world, cluster, identifier));
  return task && isShown(task, world.now()) ? task : undefined;
}

/** The service that a task is part of; a standalone task has none. */
export function serviceOf(cluster: ClusterRecord, { serviceName }: TaskRecord): ServiceRecord | undefined {
  return serviceName === undefined ? undefined : cluster.services.get(serviceName);
}

function describe(world: World, cluster: ClusterRecord, task: TaskRecord): Input {
  const now = world.now();
  const status = lastStatus(task, now);
  const desired = desiredStatus(task, now);
  return {
    taskArn: task.arn,
    clusterArn: cluster.arn,
    taskDefinitionArn: world.definitionArn(task.definition),
    group: task.group,
    ...(task.startedBy ? { startedBy: task.startedBy } : {}),
    lastStatus: status,
    desiredStatus: desired,
    createdAt: seconds(task.createdAt),
    ...(now >= startedAt(task) ? { startedAt: seconds(startedAt(task)) } : {}),
    ...(desired === 'STOPPED' ? { stoppingAt: seconds(task.stopAt), stoppedReason: task.stoppedReason ?? '' } : {}),
    ...(status === 'STOPPED' ? { stoppedAt: seconds(stoppedAt(task)) } : {}),
    overrides: task.overrides,
    version: 1,
  };
}
