import type { EcsSimulator } from '../ecs-simulator';
import { SimulatedError } from '../simulated-error';
import type { CustomResourceRequests, RequestingStack, ResourceRequest } from './custom-resource-requests';
import type { Journal } from './journal';
import { type DeployOptions, Operation, type OperationOptions, type StackFault } from './operation';
import { kindOf, ResourceFailure, type ResourceWork, type StackClock } from './resource-kinds';
import { type ResourceStatus, SETTLED, type StackStatus, UPDATABLE } from './statuses';
import {
  dependenciesOf,
  inOrder,
  type Properties,
  resolve,
  resolvedProperties,
  type StackTemplate,
  sameValue,
  type TemplateResource,
} from './template';

/** What AWS leaves open, and is therefore tried both ways. */
export interface Assumptions {
  /** In which order a rollback goes through the resources. @default 'reverse' */
  readonly rollbackOrder?: 'reverse' | 'forward';
  /** Whose UpdateReplacePolicy decides when one update both changes the policy and replaces the resource. @default 'new' */
  readonly updateReplacePolicyOf?: 'old' | 'new';
  /** Whether UpdateReplacePolicy Retain also keeps what a rolled back update has made as a replacement. @default false */
  readonly retainKeepsRolledBack?: boolean;
}

/** The account and Region a stack lives in, as its stack sees it. */
export interface StackSurroundings {
  readonly ecs: EcsSimulator;
  readonly clock: StackClock;
  readonly journal: Journal;
  readonly requests: CustomResourceRequests;
  readonly assumptions: Assumptions;
  readonly pseudo: Readonly<Record<string, string>>;
  hex(digits: number): string;
  /** Makes a nested stack. */
  nest(name: string, parent: SimulatedStack): SimulatedStack;
  nested(id: string): SimulatedStack;
}

/** What a resource is, or is to be. */
interface ResourceFacts {
  readonly logicalId: string;
  readonly type: string;
  /** `undefined` as long as nothing has been made. */
  readonly physicalId: string | undefined;
  /** With every reference resolved. */
  readonly properties: Properties;
  readonly definition: TemplateResource;
}

/** A resource as the stack records it. */
export interface StackResource extends ResourceFacts {
  readonly status: ResourceStatus;
  readonly reason: string | undefined;
  readonly at: number;
}

/** A resource of a stack that has been there for a while. */
export interface SeededResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  /** What the update under way has replaced, and its rollback goes back to. */
  readonly before?: string;
}

export interface SeededStack {
  readonly status: StackStatus;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly resources: readonly SeededResource[];
}

/** Something physical that has no place in the stack any more, and goes in the clean-up unless its policy keeps it. */
interface Spare {
  readonly resource: StackResource;
  readonly why: 'replaced' | 'removed' | 'rolled-back';
}

const STEP_MS = 5_000;
const CLEAN_UP_ATTEMPTS = 3;
/** A nested stack in one of these has something to roll back. */
const CHANGED: readonly (StackStatus | undefined)[] = [
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_FAILED',
];
const NESTED = 'AWS::CloudFormation::Stack';

/** One stack. Its operations run to their end, one at a time; what is to go wrong on the way is said beforehand. */
export class SimulatedStack implements RequestingStack {
  readonly id: string;
  createdAt: number;
  status: StackStatus | undefined;
  statusReason: string | undefined;
  updatedAt: number | undefined;
  deletedAt: number | undefined;
  private live = new Map<string, StackResource>();
  /** What a rollback goes back to. */
  private stable = new Map<string, StackResource>();
  private outputs: Readonly<Record<string, unknown>> = {};
  private parameters: Properties = {};
  private spares: Spare[] = [];
  private gone: StackResource[] = [];
  /** The order in which resources were worked on since the stack was last stable. */
  private touched: string[] = [];
  private toRollBack: string[] = [];
  private cancelled = false;
  private everComplete = false;
  /** A nested stack is done, and waits for its parent before it cleans up. */
  private cleanUpWaits = false;

  constructor(
    readonly name: string,
    private readonly around: StackSurroundings,
    readonly parent?: SimulatedStack,
  ) {
    const hex = around.hex(32);
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    const { 'AWS::Partition': partition, 'AWS::Region': region, 'AWS::AccountId': account } = around.pseudo;
    this.id = `arn:${partition}:cloudformation:${region}:${account}:stack/${name}/${uuid}`;
    this.createdAt = around.clock.now();
  }

  get root(): SimulatedStack {
    return this.parent?.root ?? this;
  }

  /** Of a deleted stack, what it had. @see API_DescribeStackResources */
  get resources(): readonly StackResource[] {
    return this.status === 'DELETE_COMPLETE' ? this.gone : [...this.live.values()];
  }

  resource(logicalId: string): StackResource | undefined {
    return this.live.get(logicalId);
  }

  output(name: string): unknown {
    return resolve(this.outputs[name], this.resolver);
  }

  /** Puts the stack as it stands into the world, without an operation. */
  seed({ status, createdAt, updatedAt, resources }: SeededStack): void {
    Object.assign(this, { status, createdAt, updatedAt, everComplete: true });
    for (const { logicalId, type, physicalId, before = physicalId } of resources) {
      const facts = { logicalId, type, properties: {}, definition: { logicalId, type }, reason: undefined };
      const now = { ...facts, physicalId, status: 'UPDATE_COMPLETE' as const, at: updatedAt ?? createdAt };
      this.live.set(logicalId, now);
      this.stable.set(logicalId, { ...now, physicalId: before, at: createdAt });
      if (before === physicalId) continue;
      this.touched.push(logicalId);
      this.spares.push({ resource: { ...now, physicalId: before }, why: 'replaced' });
    }
  }

  /** Physical ids of a type that the stack has, or goes back to when what it is at fails. */
  needed(type: string): readonly string[] {
    const goals = this.isAtWork ? [...this.stable.values()] : [];
    const ids = [...this.resources, ...goals].filter((one) => one.type === type).flatMap(({ physicalId }) => physicalId ?? []);
    return [...new Set(ids)];
  }

  /** In the middle of an operation, or stuck in it. */
  get isAtWork(): boolean {
    return this.status !== undefined && !SETTLED.includes(this.status);
  }

  /** Creates or updates the stack. Gives the status it ends in. */
  async deploy(template: StackTemplate, options: DeployOptions = {}): Promise<StackStatus> {
    this.refuseNested();
    if (this.status !== undefined && !UPDATABLE.includes(this.status)) throw this.refusal('updated');
    const operation = new Operation(options);
    const failure = (await this.forward(operation, template, {})) ?? (await this.watch(operation));
    if (failure === undefined) await this.commit(operation);
    else if (operation.disableRollback) this.become(this.everComplete ? 'UPDATE_FAILED' : 'CREATE_FAILED', failure);
    else await this.rollBack(operation, failure);
    return this.ended;
  }

  /** Only while an update is under way: from the handler, or from an observer. @see API_CancelUpdateStack */
  cancelUpdate(): void {
    if (this.parent) this.parent.cancelUpdate();
    else if (this.status === 'UPDATE_IN_PROGRESS') this.cancelled = true;
  }

  /** Goes on with a rollback that has failed. @see API_ContinueUpdateRollback */
  async continueUpdateRollback(options: OperationOptions & { readonly skip?: readonly string[] } = {}): Promise<StackStatus> {
    this.refuseNested();
    if (this.status !== 'UPDATE_ROLLBACK_FAILED') throw this.refusal('rolled back');
    for (const logicalId of options.skip ?? []) this.skip(logicalId);
    await this.rollBack(new Operation(options), 'ContinueUpdateRollback was called');
    return this.ended;
  }

  /** Rolls a stack back that failed with rollback disabled. @see API_RollbackStack */
  async rollbackStack(options: OperationOptions = {}): Promise<StackStatus> {
    this.refuseNested();
    if (this.status !== 'UPDATE_FAILED' && this.status !== 'CREATE_FAILED') throw this.refusal('rolled back');
    await this.rollBack(new Operation(options), 'RollbackStack was called');
    return this.ended;
  }

  async deleteStack(options: OperationOptions & { readonly retain?: readonly string[] } = {}): Promise<StackStatus> {
    this.refuseNested();
    if (this.status === undefined || this.status === 'DELETE_COMPLETE') return 'DELETE_COMPLETE';
    if (this.status.endsWith('IN_PROGRESS')) throw this.refusal('deleted');
    await this.deleteAll(new Operation(options), options.retain);
    return this.ended;
  }

  private get ended(): StackStatus {
    this.around.journal.settle('others', this);
    if (!this.status) throw new Error('the stack has no status');
    return this.status;
  }

  // --- forward ---

  private async forward(operation: Operation, template: StackTemplate, parameters: Properties): Promise<string | undefined> {
    const order = inOrder(template);
    this.startFromStable();
    this.become(this.status === undefined ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS');
    this.updatedAt = this.around.clock.now();
    this.parameters = { ...template.parameters, ...parameters };
    this.outputs = template.outputs ?? {};
    for (const definition of order) {
      if (this.isCancelled) return 'The update was cancelled';
      const failure = await this.attempt(() => this.apply(operation, definition));
      if (failure) return `The following resource(s) failed: [${definition.logicalId}]. ${failure}`;
    }
    for (const [logicalId, resource] of this.live) {
      if (!order.some((one) => one.logicalId === logicalId)) this.spares.push({ resource, why: 'removed' });
    }
    return this.isCancelled ? 'The update was cancelled' : undefined;
  }

  private startFromStable(): void {
    this.cancelled = false;
    this.spares = this.spares.filter(({ why }) => why !== 'removed');
    if (this.touched.length > 0 || this.cleanUpWaits) return;
    this.stable = new Map(this.live);
  }

  private get isCancelled(): boolean {
    return this.root.cancelled;
  }

  /** Everything is deployed and can still be rolled back. */
  private async watch({ options }: Operation): Promise<string | undefined> {
    if (options.monitoringMinutes) await this.around.clock.advance(options.monitoringMinutes * 60_000);
    if (options.alarm) return 'An alarm of the rollback configuration is in ALARM';
    this.around.journal.settle('others', this);
    return this.isCancelled ? 'The update was cancelled' : undefined;
  }

  private async apply(operation: Operation, definition: TemplateResource): Promise<void> {
    const { logicalId, type } = definition;
    const known = this.live.get(logicalId);
    if (known && known.type !== type) throw new ResourceFailure('Update of resource type is not permitted.');
    const properties = resolvedProperties(definition, this.resolver);
    if (known && isUnchanged(known, definition, properties)) {
      this.live.set(logicalId, { ...known, definition });
      return;
    }
    if (!this.touched.includes(logicalId)) this.touched.push(logicalId);
    const current = known?.physicalId !== undefined && known.status !== 'CREATE_FAILED' ? known : undefined;
    if (known && !current && known.physicalId !== undefined) this.spares.push({ resource: known, why: 'replaced' });
    const verb = current ? 'UPDATE' : 'CREATE';
    const next = { logicalId, type, properties, definition, physicalId: current?.physicalId };
    this.record(current ?? next, `${verb}_IN_PROGRESS`);
    let physicalId = current?.physicalId;
    try {
      await this.step(operation, logicalId, 'forward', async (breaks) => {
        physicalId = await this.make(operation, next, current, breaks);
      });
      this.record({ ...next, physicalId }, `${verb}_COMPLETE`);
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      physicalId = error.physicalId ?? physicalId;
      this.record({ ...next, physicalId }, `${verb}_FAILED`, error.message);
      throw error;
    } finally {
      if (current && physicalId !== current.physicalId) this.spares.push({ resource: current, why: 'replaced' });
    }
  }

  /** Creates the resource, or updates it; gives the physical id it has then. */
  private async make(
    operation: Operation,
    next: ResourceFacts,
    current: StackResource | undefined,
    breaks: boolean,
  ): Promise<string> {
    const { type, logicalId, properties } = next;
    if (type === NESTED) return this.makeNested(operation, next, current);
    if (isCustom(type)) {
      const request = { resourceType: type, logicalId, properties };
      if (current) {
        const { physicalId, properties: oldProperties } = current;
        return this.send(operation, { type: 'Update', ...request, physicalId, oldProperties });
      }
      return this.create(operation, request);
    }
    const work = this.workOn(operation, logicalId, breaks);
    const kind = kindOf(type);
    if (!current || kind.replaces(current.properties, properties)) return kind.create(work, properties);
    const { physicalId = '' } = current;
    await kind.update(work, { physicalId, properties: current.properties }, properties);
    return physicalId;
  }

  /** A Create that gets no answer leaves CloudFormation without an id, so it invents one for the Delete. */
  private async create(operation: Operation, request: Omit<ResourceRequest, 'type'>): Promise<string> {
    try {
      return await this.send(operation, { type: 'Create', ...request });
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      throw new ResourceFailure(error.message, error.physicalId ?? this.newName(request.logicalId));
    }
  }

  private send(operation: Operation, request: ResourceRequest): Promise<string> {
    return this.around.requests.send(this, request, operation.nextDelivery());
  }

  private workOn({ express }: Operation, logicalId: string, breaks: boolean): ResourceWork {
    const { ecs, clock } = this.around;
    return { ecs, clock, waits: !express, breaks, newName: () => this.newName(logicalId) };
  }

  private newName(logicalId: string): string {
    return `${this.name}-${logicalId}-${this.around.hex(12).toUpperCase()}`;
  }

  // --- nested stacks ---

  private async makeNested(operation: Operation, next: ResourceFacts, current: StackResource | undefined): Promise<string> {
    const template = next.definition.template ?? { resources: [] };
    const parameters = (next.properties.Parameters ?? {}) as Properties;
    const child = current ? this.around.nested(current.physicalId ?? '') : this.around.nest(this.newName(next.logicalId), this);
    const isNew = child.status === undefined;
    const failure = await child.forward(operation, template, parameters);
    if (failure === undefined) {
      child.everComplete = true;
      child.cleanUpWaits = !isNew;
      child.become(isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      if (isNew) child.settleDown();
      return child.id;
    }
    if (operation.disableRollback) child.become(child.everComplete ? 'UPDATE_FAILED' : 'CREATE_FAILED', failure);
    else await child.rollBack(operation, failure);
    throw new ResourceFailure(`Embedded stack ${child.id} was not successfully updated: ${failure}`, child.id);
  }

  private async finishCleanUp(operation: Operation): Promise<void> {
    if (!this.cleanUpWaits) return;
    this.cleanUpWaits = false;
    await this.cleanUp(operation);
    this.become(this.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? 'UPDATE_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE');
    this.settleDown();
  }

  // --- the end of a successful operation ---

  private async commit(operation: Operation): Promise<void> {
    this.everComplete = true;
    if (this.status === 'CREATE_IN_PROGRESS') {
      this.become('CREATE_COMPLETE');
    } else {
      this.become('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await this.cleanUp(operation);
      this.become('UPDATE_COMPLETE');
    }
    this.settleDown();
  }

  private settleDown(): void {
    this.touched = [];
    this.spares = [];
    this.stable = new Map(this.live);
  }

  /** Deletes what the operation has left over, dependents first. A Delete that fails is tried three times and then given up. */
  private async cleanUp(operation: Operation): Promise<void> {
    for (const { type, physicalId } of [...this.live.values()].reverse()) {
      if (type === NESTED && physicalId) await this.around.nested(physicalId).finishCleanUp(operation);
    }
    const places = [...new Set([...this.stable.keys(), ...this.live.keys()])];
    const order = this.spares
      .filter(
        ({ resource, why }, place, all) => all.findIndex((one) => isSame(one.resource, resource) && one.why === why) === place,
      )
      .map((spare, age) => ({ spare, age, place: places.indexOf(spare.resource.logicalId) }))
      .sort((one, other) => other.place - one.place || other.age - one.age);
    for (const { spare } of order) await this.cleanUpOne(operation, spare);
  }

  private async cleanUpOne(operation: Operation, spare: Spare): Promise<void> {
    const { resource, why } = spare;
    const { logicalId, physicalId } = resource;
    const isCurrent = () => this.live.get(logicalId)?.physicalId === physicalId;
    // An id that came back is in use again.
    if (isCurrent() && (why === 'replaced' || (why === 'rolled-back' && this.stable.has(logicalId)))) return;
    if (physicalId === undefined || this.keeps(spare)) {
      if (physicalId !== undefined) this.tell(resource, 'DELETE_SKIPPED');
      if (isCurrent()) this.live.delete(logicalId);
      return;
    }
    for (let attempt = 1; attempt <= CLEAN_UP_ATTEMPTS; attempt += 1) {
      if (isCurrent()) this.record(resource, 'DELETE_IN_PROGRESS');
      else this.tell(resource, 'DELETE_IN_PROGRESS');
      const failure = await this.attempt(() => this.remove(operation, resource, 'cleanup'));
      this.tell(resource, failure ? 'DELETE_FAILED' : 'DELETE_COMPLETE', failure);
      if (!failure) break;
    }
    if (isCurrent()) this.live.delete(logicalId);
  }

  /** @see aws-attribute-updatereplacepolicy.html and aws-attribute-deletionpolicy.html */
  private keeps({ resource, why }: Spare): boolean {
    const { updateReplacePolicyOf = 'new', retainKeepsRolledBack = false } = this.around.assumptions;
    const { deletionPolicy, updateReplacePolicy } = resource.definition;
    if (why === 'removed') return deletionPolicy === 'Retain' || deletionPolicy === 'RetainExceptOnCreate';
    if (why === 'rolled-back') {
      const wasReplacement = this.stable.has(resource.logicalId);
      if (wasReplacement && retainKeepsRolledBack && updateReplacePolicy === 'Retain') return true;
      return deletionPolicy === 'Retain';
    }
    const successor = this.live.get(resource.logicalId)?.definition;
    return (updateReplacePolicyOf === 'new' && successor ? successor : resource.definition).updateReplacePolicy === 'Retain';
  }

  private async remove(operation: Operation, resource: StackResource, during: 'cleanup' | 'delete'): Promise<void> {
    const { logicalId, type, properties, physicalId = '' } = resource;
    await this.step(operation, logicalId, during, async () => {
      if (type === NESTED) {
        const child = this.around.nested(physicalId);
        await child.deleteAll(operation);
        if (child.status === 'DELETE_FAILED') throw new ResourceFailure(`Embedded stack ${physicalId} was not deleted`);
      } else if (isCustom(type)) {
        await this.send(operation, { type: 'Delete', resourceType: type, logicalId, properties, physicalId });
      } else {
        await kindOf(type).remove(this.workOn(operation, logicalId, false), { physicalId, properties });
      }
    });
  }

  // --- rollback ---

  private async rollBack(operation: Operation, reason: string): Promise<void> {
    if (!this.everComplete) return this.rollBackCreation(operation, reason);
    const isReverse = this.around.assumptions.rollbackOrder !== 'forward';
    if (this.status !== 'UPDATE_ROLLBACK_FAILED') this.toRollBack = isReverse ? this.touched.toReversed() : [...this.touched];
    this.become('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    while (this.toRollBack.length > 0) {
      const [logicalId = ''] = this.toRollBack;
      const failure = await this.attempt(() => this.goBack(operation, logicalId));
      if (failure) {
        this.become('UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${logicalId}]. ${failure}`);
        return;
      }
      this.toRollBack.shift();
    }
    this.spares = this.spares.filter(({ why }) => why !== 'removed');
    this.restoreUntouched();
    this.become('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    if (this.parent) {
      this.cleanUpWaits = true;
      return;
    }
    await this.cleanUp(operation);
    this.become('UPDATE_ROLLBACK_COMPLETE');
    this.settleDown();
  }

  private restoreUntouched(): void {
    for (const [logicalId, resource] of this.stable) {
      if (!this.touched.includes(logicalId)) this.live.set(logicalId, resource);
    }
  }

  /** Brings one resource back to what it was; what the update has made goes in the clean-up. */
  private async goBack(operation: Operation, logicalId: string): Promise<void> {
    const now = this.live.get(logicalId);
    const goal = this.stable.get(logicalId);
    if (!now) return;
    if (!goal) {
      this.spares.push({ resource: now, why: 'rolled-back' });
      return;
    }
    this.record(now, 'UPDATE_IN_PROGRESS');
    let physicalId = goal.physicalId;
    try {
      await this.step(operation, logicalId, 'rollback', async (breaks) => {
        physicalId = await this.restore(operation, now, goal, breaks);
      });
    } catch (error) {
      if (!(error instanceof ResourceFailure)) throw error;
      const recorded = error.physicalId ?? now.physicalId;
      if (recorded !== now.physicalId) this.spares.push({ resource: now, why: 'rolled-back' });
      this.record({ ...now, physicalId: recorded }, 'UPDATE_FAILED', error.message);
      throw error;
    }
    this.record({ ...goal, physicalId }, 'UPDATE_COMPLETE');
    if (now.physicalId !== physicalId) this.spares.push({ resource: now, why: 'rolled-back' });
  }

  private async restore(
    operation: Operation,
    now: StackResource,
    goal: StackResource,
    breaks: boolean,
  ): Promise<string | undefined> {
    const { type, logicalId, properties } = goal;
    if (type === NESTED) {
      await this.rollBackNested(operation, goal);
    } else if (isCustom(type)) {
      const request = { resourceType: type, logicalId, properties, physicalId: now.physicalId };
      return this.send(operation, { type: 'Update', ...request, oldProperties: now.properties });
    } else if (now.physicalId === goal.physicalId && !kindOf(type).replaces(now.properties, properties)) {
      const current = { physicalId: goal.physicalId ?? '', properties: now.properties };
      await kindOf(type).update(this.workOn(operation, logicalId, breaks), current, properties);
    }
    return goal.physicalId;
  }

  private async rollBackNested(operation: Operation, { physicalId = '' }: StackResource): Promise<void> {
    const child = this.around.nested(physicalId);
    const isChanged = CHANGED.includes(child.status);
    if (isChanged) await child.rollBack(operation, 'The parent stack is rolled back');
    if (child.status === 'UPDATE_ROLLBACK_FAILED') throw new ResourceFailure(`Embedded stack ${child.id} was not rolled back`);
  }

  /**
   * The resource counts as rolled back, whatever it is; assumed: nothing of it is deleted, neither old nor new. One of a nested stack is named `NestedStackName.LogicalId`; a nested stack
   * as a whole can not be skipped unless it is deleted. @see API_ContinueUpdateRollback
   */
  private skip(name: string): void {
    const [stack, inner] = name.split('.');
    if (stack && inner) {
      this.around.nested(stack).skip(inner);
      return;
    }
    const now = this.live.get(name);
    if (now?.status !== 'UPDATE_FAILED' || now.type === NESTED || !this.toRollBack.includes(name)) {
      throw validation(`The following resources cannot be skipped: [${name}]`);
    }
    const goal = this.stable.get(name);
    this.record({ ...(goal ?? now), physicalId: isCustom(now.type) ? now.physicalId : goal?.physicalId }, 'UPDATE_COMPLETE');
    this.spares = this.spares.filter(({ resource }) => resource.logicalId !== name);
    this.toRollBack = this.toRollBack.filter((id) => id !== name);
  }

  private async rollBackCreation(operation: Operation, reason: string): Promise<void> {
    this.become('ROLLBACK_IN_PROGRESS', reason);
    const isKept = ({ definition }: StackResource) => definition.deletionPolicy === 'Retain';
    const failed = await this.deleteEach(operation, isKept);
    this.become(failed.length > 0 ? 'ROLLBACK_FAILED' : 'ROLLBACK_COMPLETE');
    this.settleDown();
  }

  // --- deletion ---

  private async deleteAll(operation: Operation, retain: readonly string[] = []): Promise<void> {
    this.become('DELETE_IN_PROGRESS');
    const isKept = ({ logicalId, definition: { deletionPolicy } }: StackResource) =>
      deletionPolicy === 'Retain' || deletionPolicy === 'RetainExceptOnCreate' || retain.includes(logicalId);
    for (const { resource } of this.spares) {
      if (this.live.get(resource.logicalId)?.physicalId !== resource.physicalId && resource.physicalId && !isKept(resource)) {
        await this.attempt(() => this.remove(operation, resource, 'delete'));
      }
    }
    this.spares = [];
    const failed = await this.deleteEach(operation, isKept);
    const reason = failed.length > 0 ? `The following resource(s) failed to delete: [${failed.join(', ')}].` : undefined;
    this.become(reason ? 'DELETE_FAILED' : 'DELETE_COMPLETE', reason);
    if (!reason) this.deletedAt = this.around.clock.now();
    this.settleDown();
  }

  /** Dependents first; what a resource that stays depends on stays as well. Gives the ids of those that failed. */
  private async deleteEach(operation: Operation, isKept: (resource: StackResource) => boolean): Promise<readonly string[]> {
    const failed: string[] = [];
    const needed = new Set<string>();
    const order = inOrder({ resources: [...this.live.values()].map(({ definition }) => definition) });
    for (const definition of order.toReversed()) {
      const { logicalId } = definition;
      const resource = this.live.get(logicalId);
      if (!resource) continue;
      const failure = needed.has(logicalId) ? 'a resource that could not be deleted depends on it' : undefined;
      if (!failure && (resource.physicalId === undefined || isKept(resource))) {
        if (resource.physicalId !== undefined) this.tell(resource, 'DELETE_SKIPPED');
        this.live.delete(logicalId);
        continue;
      }
      if (failure) continue;
      this.record(resource, 'DELETE_IN_PROGRESS');
      const reason = await this.attempt(() => this.remove(operation, resource, 'delete'));
      const ended = this.record(resource, reason ? 'DELETE_FAILED' : 'DELETE_COMPLETE', reason);
      if (!reason) {
        this.gone.push(ended);
        this.live.delete(logicalId);
        continue;
      }
      failed.push(logicalId);
      for (const name of dependenciesOf(definition)) needed.add(name);
    }
    return failed;
  }

  // --- one step ---

  /** One piece of work on one resource, with what is to go wrong before and after it. */
  private async step(
    operation: Operation,
    logicalId: string,
    during: StackFault['during'],
    work: (breaks: boolean) => Promise<void>,
  ): Promise<void> {
    await this.around.clock.advance(STEP_MS);
    await this.around.requests.arrive(1);
    this.around.journal.settle('others', this);
    const before = this.strike(operation, logicalId, during, 'before');
    await work(before === 'circuit-breaker');
    this.around.journal.settle('stack', this);
    this.strike(operation, logicalId, during, 'after');
  }

  private strike(operation: Operation, logicalId: string, during: StackFault['during'], when: StackFault['when']) {
    const fault = operation.fault(this.name, logicalId, during, when);
    if (fault === 'failure') throw new ResourceFailure(`Resource handler returned message: "simulated failure ${when} it"`);
    if (fault === 'cancel') this.cancelUpdate();
    return fault;
  }

  /** Why it failed, or nothing. */
  private async attempt(work: () => Promise<void>): Promise<string | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof ResourceFailure) return error.message;
      throw error;
    } finally {
      this.around.journal.settle('stack', this);
    }
  }

  private record(resource: ResourceFacts, status: ResourceStatus, reason?: string): StackResource {
    const { logicalId, type, physicalId, properties, definition } = resource;
    const at = this.around.clock.now();
    const recorded = { logicalId, type, physicalId, properties, definition, status, reason, at };
    this.live.set(logicalId, recorded);
    this.tell(recorded, status, reason);
    return recorded;
  }

  private tell({ logicalId, type, physicalId }: ResourceFacts, status: ResourceStatus, reason?: string): void {
    const { clock, journal } = this.around;
    const stackStatus = this.status ?? 'CREATE_IN_PROGRESS';
    const [at, stack] = [clock.now(), this.name];
    journal.add({ kind: 'resource', at, stack, stackStatus, logicalId, type, physicalId, status, reason });
  }

  private become(status: StackStatus, reason?: string): void {
    this.around.journal.settle('stack', this);
    this.status = status;
    this.statusReason = reason;
    this.around.journal.add({ kind: 'stack', at: this.around.clock.now(), stack: this.name, status, reason });
  }

  private readonly resolver = (name: string, attribute?: string): unknown => {
    const pseudo = this.around.pseudo[name];
    if (pseudo !== undefined) return pseudo;
    if (name === 'AWS::StackId') return this.id;
    if (name === 'AWS::StackName') return this.name;
    if (Object.hasOwn(this.parameters, name)) return this.parameters[name];
    const resource = this.live.get(name);
    if (!resource) throw validation(`Unresolved resource dependencies [${name}] in the template`);
    if (resource.type === NESTED && attribute?.startsWith('Outputs.')) {
      return this.around.nested(resource.physicalId ?? '').output(attribute.slice('Outputs.'.length));
    }
    // The physical id stands for every attribute: enough for what is simulated here.
    return attribute === 'Name' ? resource.physicalId?.split('/').at(-1) : resource.physicalId;
  };

  private refusal(what: string): SimulatedError {
    return validation(`Stack:${this.id} is in ${this.status} state and can not be ${what}.`);
  }

  private refuseNested(): void {
    if (this.parent) throw validation(`Operation on a nested stack is only done through its root stack: ${this.root.name}`);
  }
}

function isUnchanged(known: StackResource, definition: TemplateResource, properties: Properties): boolean {
  const isWhole = known.physicalId !== undefined && !known.status.endsWith('FAILED');
  return isWhole && sameValue(known.properties, properties) && sameValue(known.definition.template, definition.template);
}

function isSame(one: StackResource, other: StackResource): boolean {
  return one.logicalId === other.logicalId && one.physicalId === other.physicalId;
}

function isCustom(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

export function validation(message: string): SimulatedError {
  return new SimulatedError('ValidationError', message);
}
