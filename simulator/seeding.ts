import { ensureCluster } from './cluster-actions';
import type { RevisionRecord } from './definition-store';
import type { Input, Tag } from './input';
import { addPrimary, finishRollout, recordDeployment, recordRevision, startTask, startTasks } from './rollout';
import { newService } from './service-actions';
import type { CircuitBreaker, DeploymentController, ServiceRecord } from './service-record';
import { clientException } from './simulated-error';
import type { TaskRecord } from './task-record';
import { addTaskSet } from './task-set-actions';
import type { World } from './world';

/** A service that has been there for a while. Revisions are `family:revision` or ARNs, and may be INACTIVE. */
export interface SeededService {
  readonly cluster: string;
  readonly name: string;
  /** What it runs now; with CODE_DEPLOY and EXTERNAL that is the PRIMARY task set. */
  readonly taskDefinition: string;
  /** What earlier successful deployments ran, oldest first. */
  readonly history?: readonly string[];
  /** When the last deployment began, in milliseconds since the epoch. @default a day ago */
  readonly deployedAt?: number;
  /** Time between deployments of the history. @default a day */
  readonly deployedEveryMs?: number;
  /** @default 1 */
  readonly desiredCount?: number;
  readonly controller?: DeploymentController;
  readonly schedulingStrategy?: 'REPLICA' | 'DAEMON';
  readonly circuitBreaker?: CircuitBreaker;
  /** ECS: an Express service. */
  readonly resourceManagementType?: 'CUSTOMER' | 'ECS';
  /** DEFERRED: its deployments are successful before the old tasks are gone. */
  readonly sourceCleanup?: 'BLOCKING' | 'DEFERRED';
  /** How long its next deployments take until the new tasks are healthy. @default 4 minutes */
  readonly rolloutMs?: number;
  /** How long old tasks drain after that. @default 2 minutes */
  readonly drainMs?: number;
  /** Texts of its events. */
  readonly events?: readonly string[];
  readonly tags?: readonly Tag[];
}

export interface SeededTask {
  readonly cluster: string;
  readonly taskDefinition: string;
  /** Milliseconds since the epoch. @default an hour ago */
  readonly createdAt?: number;
  /** When it was, or will be, asked to stop. */
  readonly stopAt?: number;
  readonly stoppedReason?: string;
  readonly group?: string;
  readonly startedBy?: string;
  readonly overrides?: object;
  readonly tags?: readonly Tag[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long each deployment of a seeded history took. */
const DEPLOYMENT_TOOK = HOUR / 10;

export function seedService(world: World, seeded: SeededService): ServiceRecord {
  const { history = [], deployedAt = world.now() - DAY, deployedEveryMs = DAY } = seeded;
  const firstAt = deployedAt - history.length * deployedEveryMs;
  const service = world.asOf(firstAt, () => emptyService(world, seeded));
  service.cluster.services.set(service.name, service);
  service.definition = revision(world, seeded.taskDefinition);
  for (const [place, identifier] of [...history, seeded.taskDefinition].entries()) {
    const isLast = place === history.length;
    world.asOf(firstAt + place * deployedEveryMs, () => seedDeployment(world, service, revision(world, identifier), isLast));
  }
  return service;
}

function emptyService(world: World, seeded: SeededService): ServiceRecord {
  const { controller = 'ECS', desiredCount = 1, schedulingStrategy = 'REPLICA', tags } = seeded;
  const input = { deploymentController: { type: controller }, desiredCount, schedulingStrategy, tags };
  const service = newService(world, ensureCluster(world, seeded.cluster), seeded.name, input);
  return {
    ...service,
    circuitBreaker: seeded.circuitBreaker ?? service.circuitBreaker,
    resourceManagementType: seeded.resourceManagementType ?? 'CUSTOMER',
    sourceCleanup: seeded.sourceCleanup ?? 'BLOCKING',
    rolloutMs: seeded.rolloutMs ?? service.rolloutMs,
    drainMs: seeded.drainMs ?? service.drainMs,
    events: (seeded.events ?? []).map((message) => ({ id: world.random.hex(32), createdAt: world.now(), message })),
  };
}

function seedDeployment(world: World, service: ServiceRecord, definition: RevisionRecord, isLast: boolean): void {
  if (service.controller !== 'ECS') {
    if (isLast) addTaskSet(world, service, definition, { status: 'PRIMARY' });
    return;
  }
  const source = service.serviceRevisions.at(-1);
  const target = recordRevision(world, service, definition);
  const deployment = recordDeployment(world, service, target, source ? [source] : []);
  const end = world.now() + DEPLOYMENT_TOOK;
  Object.assign(deployment, { status: 'SUCCESSFUL', finishedAt: end, updatedAt: end });
  if (!isLast) return;
  const primary = addPrimary(world, service, target);
  finishRollout(world, service, primary);
  startTasks(world, service, primary, service.desiredCount);
}

export function seedTask(world: World, seeded: SeededTask): TaskRecord {
  const { createdAt = world.now() - HOUR, stopAt, stoppedReason, group, startedBy, overrides, tags } = seeded;
  const cluster = ensureCluster(world, seeded.cluster);
  const definition = revision(world, seeded.taskDefinition);
  const task = world.asOf(createdAt, () =>
    startTask(world, cluster, definition, { group, startedBy, overrides: overrides as Input, tags }),
  );
  return Object.assign(task, { stopAt, stoppedReason });
}

function revision(world: World, identifier: string): RevisionRecord {
  const record = world.definitions.resolve(identifier);
  if (!record) throw clientException(`there is no revision ${identifier}`);
  return record;
}
