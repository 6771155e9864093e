import type { Environment } from '../lib/contract/arn';
import { TokenBuckets } from './buckets';
import { type CallCount, CallLog } from './call-log';
import { createCluster, describeClusters, ensureCluster, listClusters } from './cluster-actions';
import {
  deleteTaskDefinitions,
  deregister,
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  readDefinition,
  registerTaskDefinition,
} from './definition-actions';
import type { Input, Tag } from './input';
import { Pager, type TokenKind } from './pager';
import { Random } from './random';
import { referrers } from './references';
import { fail } from './rollout';
import { type SeededService, type SeededTask, seedService, seedTask } from './seeding';
import { createService, deleteService, describeServices, listServices, updateService } from './service-actions';
import {
  describeServiceDeployments,
  describeServiceRevisions,
  listServiceDeployments,
  stopServiceDeployment,
} from './service-deployment-actions';
import type { ServiceRecord } from './service-record';
import { clientException, SimulatedError } from './simulated-error';
import { listTagsForResource, tagResource, untagResource } from './tag-actions';
import { describeTasks, listTasks, runTask, stopTask } from './task-actions';
import { getTaskProtection, updateTaskProtection } from './task-protection-actions';
import { isProtected } from './task-record';
import { createTaskSet, deleteTaskSet, describeTaskSets, updateServicePrimaryTaskSet } from './task-set-actions';
import { type DeploymentBlocked, World } from './world';

/** Every action that the simulator answers, by its name on the wire. */
const ACTIONS: Readonly<Record<string, (world: World, input: Input) => unknown>> = {
  RegisterTaskDefinition: registerTaskDefinition,
  DeregisterTaskDefinition: deregisterTaskDefinition,
  DeleteTaskDefinitions: deleteTaskDefinitions,
  DescribeTaskDefinition: describeTaskDefinition,
  ListTaskDefinitions: listTaskDefinitions,
  ListTaskDefinitionFamilies: listTaskDefinitionFamilies,
  CreateCluster: createCluster,
  ListClusters: listClusters,
  DescribeClusters: describeClusters,
  CreateService: createService,
  UpdateService: updateService,
  DeleteService: deleteService,
  ListServices: listServices,
  DescribeServices: describeServices,
  ListServiceDeployments: listServiceDeployments,
  DescribeServiceDeployments: describeServiceDeployments,
  DescribeServiceRevisions: describeServiceRevisions,
  StopServiceDeployment: stopServiceDeployment,
  CreateTaskSet: createTaskSet,
  DeleteTaskSet: deleteTaskSet,
  DescribeTaskSets: describeTaskSets,
  UpdateServicePrimaryTaskSet: updateServicePrimaryTaskSet,
  RunTask: runTask,
  StopTask: stopTask,
  ListTasks: listTasks,
  DescribeTasks: describeTasks,
  GetTaskProtection: getTaskProtection,
  UpdateTaskProtection: updateTaskProtection,
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: listTagsForResource,
};

/** A call on its way to the simulator, as a test may intercept it. */
export interface InterceptedCall {
  readonly action: string;
  readonly input: Input;
  /** The how-manieth call of its action this is, from 1. */
  readonly attempt: number;
}

/** Answers in the simulator's place: may throw, change or withhold the answer, or call twice. */
export type Intercept = (call: InterceptedCall, answer: () => Promise<unknown>) => Promise<unknown>;

export interface EcsSimulatorOptions {
  readonly clock: { now(): number };
  readonly environment: Environment;
  /** @default 1 */
  readonly seed?: number;
  /** @default 'offset', the less forgiving kind */
  readonly tokens?: TokenKind;
  /** @default true */
  readonly throttling?: boolean;
  /** How many minutes a deregistered revision is still accepted, 0 to 10. @default random for each deregistration */
  readonly deregistrationLagMinutes?: number | (() => number);
  /** How likely a page is empty and yet has a token, 0 to below 1. @default 0 */
  readonly emptyPages?: number;
  /** Whether pages hold fewer items than asked for. @default false */
  readonly varyPageSizes?: boolean;
  /** Who registers. @default a role named deployer */
  readonly registeredBy?: string;
  /** Which of the two rules that AWS gives for a refusal holds. @default 'steady-state' */
  readonly deploymentBlocked?: DeploymentBlocked;
  readonly intercept?: Intercept;
}

/** A revision put into the world without a call. */
export interface SeededRevision {
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  readonly tags?: readonly Tag[];
  readonly registeredBy?: string;
  /** Makes the revision INACTIVE. */
  readonly deregisteredAt?: number;
}

/**
 * Amazon ECS, as far as revisions are concerned, on any clock and from any seed. Nothing runs between calls.
 *
 * @example
 * const ecs = new EcsSimulator({ clock, environment: { partition: 'aws', account: '111122223333', region: 'eu-west-1' } });
 * await ecs.call('ListTaskDefinitions', { status: 'ACTIVE' });
 */
export class EcsSimulator {
  readonly log = new CallLog();
  readonly environment: Environment;
  /** Replaceable at any time; `undefined` lets every call through. */
  intercept: Intercept | undefined;
  private readonly world: World;
  private readonly buckets: TokenBuckets | undefined;

  constructor(options: EcsSimulatorOptions) {
    const {
      clock,
      environment,
      deregistrationLagMinutes: lag,
      tokens = 'offset',
      emptyPages = 0,
      varyPageSizes = false,
    } = options;
    const random = new Random(options.seed ?? 1);
    this.environment = environment;
    this.intercept = options.intercept;
    this.buckets = options.throttling === false ? undefined : new TokenBuckets(() => clock.now());
    this.world = new World({
      environment,
      now: () => clock.now(),
      random,
      pager: new Pager({ tokens, emptyPages, varyPageSizes }, random),
      log: this.log,
      deregistrationLagMinutes: typeof lag === 'function' ? lag : () => lag ?? random.next() * 10,
      deploymentBlocked: options.deploymentBlocked ?? 'steady-state',
      registeredBy: options.registeredBy ?? `arn:${environment.partition}:iam::${environment.account}:role/deployer`,
    });
  }

  /**
   * Answers one call as the wire would carry it: ECS's member names, timestamps in seconds.
   *
   * @throws SimulatedError as ECS refuses
   */
  async call(action: string, input: object): Promise<unknown> {
    const given = input as Input;
    const attempt = this.log.count(action, given);
    const answer = async () => this.answer(action, given);
    return this.intercept ? this.intercept({ action, input: given, attempt }, answer) : answer();
  }

  /** Does what a call does, at once: without buckets, interception or a count. For building worlds. */
  perform(action: string, input: object): unknown {
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new SimulatedError('UnknownOperationException', `The simulator knows no action ${action}.`);
    this.world.catchUp();
    return act(this.world, input as Input);
  }

  /** Calls and throttles by action. */
  stat(): Readonly<Record<string, Readonly<CallCount>>> {
    return Object.fromEntries(this.log.counts);
  }

  seedCluster(name: string): string {
    return ensureCluster(this.world, name).arn;
  }

  /** Puts revisions of one content into the world, oldest first; a million of them is no trouble. Returns the last number. */
  seedFamily(definition: object, revisions: Iterable<SeededRevision>): number {
    const { family, content } = readDefinition(definition as Input);
    let last = 0;
    for (const { registeredAt, registeredBy = this.world.options.registeredBy, tags, deregisteredAt } of revisions) {
      const record = this.world.definitions.register(family, content, registeredAt, registeredBy, tags);
      if (deregisteredAt !== undefined) this.world.asOf(deregisteredAt, () => deregister(this.world, record));
      last = record.revision;
    }
    return last;
  }

  /** Puts a settled service with its history into the world. Returns its ARN. */
  seedService(service: SeededService): string {
    this.world.catchUp();
    return seedService(this.world, service).arn;
  }

  /** Puts a task into the world that may have started, or stopped, in the past. Returns its ARN. */
  seedTask(task: SeededTask): string {
    this.world.catchUp();
    return seedTask(this.world, task).arn;
  }

  /** The time of the clock, in milliseconds since the epoch. */
  now(): number {
    return this.world.now();
  }

  /** Does something with the control methods as though it were that instant of the past. */
  asOf<T>(instant: number, act: () => T): T {
    return this.world.asOf(instant, act);
  }

  /** Lets the deployment under way fail, as the circuit breaker or an alarm would. */
  failDeployment(serviceArn: string): void {
    this.world.catchUp();
    fail(this.world, this.serviceOf(serviceArn));
  }

  /** Who needs the revision now, from the simulator's own state: what the oracle would say. */
  referencedBy(revision: string): readonly string[] {
    this.world.catchUp();
    const record = this.world.definitions.resolve(revision);
    return record ? referrers(this.world, record) : [];
  }

  /** Until when the task is protected, in milliseconds since the epoch, from the simulator's own state. */
  protectedUntil(taskArn: string): number | undefined {
    this.world.catchUp();
    for (const { tasks } of this.world.clusters.values()) {
      const task = tasks.get(taskArn);
      if (task && isProtected(task, this.world.now())) return task.protectedUntil;
    }
    return undefined;
  }

  /** How many revisions have the status now. */
  countRevisions(status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS'): number {
    this.world.catchUp();
    return this.world.definitions.count(status);
  }

  private answer(action: string, input: Input): unknown {
    try {
      this.buckets?.take(action);
    } catch (error) {
      this.log.countThrottle(action);
      throw error;
    }
    return this.perform(action, input);
  }

  private serviceOf(arn: string): ServiceRecord {
    for (const service of this.world.services()) if (service.arn === arn) return service;
    throw clientException(`there is no service ${arn}`);
  }
}
