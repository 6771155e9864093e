import { type Input, optionalNumber, requiredText, seconds, someTexts } from './input';
import { isHeldUp, scaleIn } from './rollout';
import type { ClusterRecord, ServiceRecord } from './service-record';
import { invalidParameter } from './simulated-error';
import { findTask, serviceOf, taskArn } from './task-actions';
import { desiredStatus, isProtected, lastStatus, type TaskRecord } from './task-record';
import type { World } from './world';

const MOST_UPDATED = 10;
const MOST_READ = 100;
const DEFAULT_MINUTES = 120;
const MOST_MINUTES = 2880;
const MINUTE = 60_000;

interface Outcome {
  readonly protectedTasks: Input[];
  readonly failures: Input[];
}

/** @see API_GetTaskProtection */
export function getTaskProtection(world: World, input: Input): unknown {
  const cluster = world.cluster(requiredText(input, 'cluster'));
  return forEach(world, cluster, someTexts(input, 'tasks', MOST_READ), () => undefined);
}

/** Each call sets the time anew, to a later or an earlier end. A release is never refused (assumed). @see API_UpdateTaskProtection */
export function updateTaskProtection(world: World, input: Input): unknown {
  const cluster = world.cluster(requiredText(input, 'cluster'));
  const tasks = someTexts(input, 'tasks', MOST_UPDATED);
  const { protectionEnabled } = input;
  if (typeof protectionEnabled !== 'boolean') throw invalidParameter('protectionEnabled can not be blank.');
  const minutes = optionalNumber(input, 'expiresInMinutes') ?? DEFAULT_MINUTES;
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
    throw invalidParameter(`expiresInMinutes must be between 1 and ${MOST_MINUTES}.`);
  }
  return forEach(world, cluster, tasks, (task, service) => {
    if (protectionEnabled) return protect(world, task, service, minutes);
    task.protectedUntil = undefined;
    scaleIn(world, service);
    return undefined;
  });
}

/** A refusal leaves the end of an earlier protection as it was (assumed). */
function protect(world: World, task: TaskRecord, service: ServiceRecord, minutes: number): string | undefined {
  if (isBlocked(world, task, service)) return 'DEPLOYMENT_BLOCKED';
  task.protectedUntil = world.now() + minutes * MINUTE;
  world.after(minutes * MINUTE, () => scaleIn(world, service));
  return undefined;
}

function isBlocked(world: World, task: TaskRecord, service: ServiceRecord): boolean {
  if (world.options.deploymentBlocked === 'steady-state') return isHeldUp(world, service);
  const now = world.now();
  const others = [...service.cluster.tasks.values()].filter(
    (other) =>
      other !== task &&
      other.serviceName === service.name &&
      desiredStatus(other, now) === 'RUNNING' &&
      isProtected(other, now),
  );
  return others.length + 1 > service.desiredCount;
}

/** Does it with each task that can be protected, and tells how each stands afterwards. */
function forEach(
  world: World,
  cluster: ClusterRecord,
  identifiers: readonly string[],
  act: (task: TaskRecord, service: ServiceRecord) => string | undefined,
): Outcome {
  const outcome: Outcome = { protectedTasks: [], failures: [] };
  for (const identifier of identifiers) {
    const task = findTask(world, cluster, identifier);
    const service = task && serviceOf(cluster, task);
    const reason = reasonAgainst(world, task, service) ?? (task && service && act(task, service));
    if (task && reason === undefined) outcome.protectedTasks.push(describe(task, world.now()));
    else outcome.failures.push({ arn: task?.arn ?? taskArn(world, cluster, identifier), reason });
  }
  return outcome;
}

/** That a task which has stopped is missing is assumed. */
function reasonAgainst(world: World, task: TaskRecord | undefined, service: ServiceRecord | undefined): string | undefined {
  if (!task || lastStatus(task, world.now()) === 'STOPPED') return 'MISSING';
  return service ? undefined : 'TASK_NOT_VALID';
}

function describe(task: TaskRecord, now: number): Input {
  const isOn = isProtected(task, now);
  return {
    taskArn: task.arn,
    protectionEnabled: isOn,
    ...(isOn ? { expirationDate: seconds(task.protectedUntil) } : {}),
  };
}
