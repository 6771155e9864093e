import type { RevisionRecord } from './definition-store';
import type { Input, Tag } from './input';

const SECOND = 1000;
const PENDING_AFTER = 8 * SECOND;
const RUNNING_AFTER = 30 * SECOND;
const DEPROVISIONING_FOR = 5 * SECOND;

/** A stopped task shows for at least an hour. @see API_DescribeTasks */
const SHOWN_AFTER_STOP = 60 * 60 * SECOND;

/** A task; where it stands in its life follows from the clock alone. @see task-lifecycle-explanation.html */
export interface TaskRecord {
  readonly arn: string;
  readonly definition: RevisionRecord;
  readonly createdAt: number;
  /** `service:NAME` or `family:NAME`. */
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly serviceName: string | undefined;
  readonly overrides: Input;
  /** How long the containers take to stop once asked. */
  readonly stopsWithin: number;
  /** When it was, or will be, asked to stop. */
  stopAt: number | undefined;
  stoppedReason: string | undefined;
  /** Until when scale-in and deployments leave it alone. */
  protectedUntil: number | undefined;
  tags: readonly Tag[] | undefined;
}

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

export function desiredStatus(task: TaskRecord, now: number): 'RUNNING' | 'STOPPED' {
  return task.stopAt !== undefined && now >= task.stopAt ? 'STOPPED' : 'RUNNING';
}

/** A task that was asked to stop lingers: its desired status is STOPPED while it still runs. */
export function lastStatus(task: TaskRecord, now: number): TaskStatus {
  const stopped = stoppedAt(task);
  if (task.stopAt !== undefined && stopped !== undefined && now >= task.stopAt) {
    if (now >= stopped) return 'STOPPED';
    return now >= stopped - DEPROVISIONING_FOR ? 'DEPROVISIONING' : 'STOPPING';
  }
  const age = now - task.createdAt;
  if (age < PENDING_AFTER) return 'PROVISIONING';
  return age < RUNNING_AFTER ? 'PENDING' : 'RUNNING';
}

export function isProtected(task: TaskRecord, now: number): boolean {
  return task.protectedUntil !== undefined && now < task.protectedUntil;
}

export function startedAt(task: TaskRecord): number {
  return task.createdAt + RUNNING_AFTER;
}

export function stoppedAt(task: TaskRecord): number | undefined {
  return task.stopAt === undefined ? undefined : task.stopAt + task.stopsWithin + DEPROVISIONING_FOR;
}

export function isShown(task: TaskRecord, now: number): boolean {
  const stopped = stoppedAt(task);
  return stopped === undefined || now < stopped + SHOWN_AFTER_STOP;
}
