import type { Environment } from '../../lib/contract/arn';
import { LISTED_REFERRERS, type Referrer } from '../../lib/contract/referrers';
import { type BelievableAccount, fillBelievableAccount } from '../../simulator/account';
import { addBelievableReferrers, type BelievableReferrers } from '../../simulator/account-referrers';
import { StackSimulator } from '../../simulator/cloudformation/stack-simulator';
import { EcsSimulator } from '../../simulator/ecs-simulator';
import { EventBus } from '../../simulator/event-bus';
import type { Neighbor, Pin } from '../../simulator/neighbors/neighbor';
import { Neighbors } from '../../simulator/neighbors/neighbors';
import { ObjectStore } from '../../simulator/object-store';
import { type SimulatorServer, startServer } from '../../simulator/server';

const FAMILIES = 40;
const REVISIONS_PER_FAMILY = 12;

export interface SimulatedAwsOptions {
  readonly environment: Environment;
  readonly seed: number;
  readonly revisions: number;
  /** Whether the caller may list its bucket. */
  readonly listAllowed: boolean;
}

/** A task definition that somebody beside ECS needs, by that service's own state. */
export interface PinOfKind extends Pin {
  readonly kind: Referrer;
  /** A stack in the middle of an update: nothing of the family may be touched. */
  readonly holdsFamily: boolean;
}

/** One account and Region: ECS, and everything else that the pruner asks, on a free port of this machine, at the time that `Date` tells. */
export class SimulatedAws {
  readonly ecs: EcsSimulator;
  readonly objects: ObjectStore;
  readonly events = new EventBus();
  readonly stacks: StackSimulator;
  readonly account: BelievableAccount;
  readonly referrers: BelievableReferrers;
  private readonly around: Neighbors;
  private server: SimulatorServer | undefined;
  private readonly objectCalls = new Map<string, number>();
  /** What this account's clock is ahead of `Date`. */
  private ahead = 0;

  constructor({ environment, seed, revisions, listAllowed }: SimulatedAwsOptions) {
    const clock = { now: () => Date.now() + this.ahead };
    this.ecs = new EcsSimulator({ clock, environment, seed });
    const families = Math.min(FAMILIES, Math.floor(revisions / REVISIONS_PER_FAMILY));
    this.account = fillBelievableAccount(this.ecs, { seed, revisions, families });
    this.around = new Neighbors({ clock, environment });
    this.stacks = new StackSimulator({ ecs: this.ecs, clock: { ...clock, advance: () => undefined } });
    const { ecs, stacks, around: neighbors } = this;
    this.referrers = addBelievableReferrers(this.account, { ecs, stacks, neighbors });
    this.objects = new ObjectStore({
      clock,
      listAllowed,
      intercept: ({ action }, answer) => {
        this.objectCalls.set(action, (this.objectCalls.get(action) ?? 0) + 1);
        return answer();
      },
    });
  }

  async start(): Promise<void> {
    this.server = await startServer(this);
  }

  /** As the server wants them. */
  get neighbors(): readonly Neighbor[] {
    return this.around.all;
  }

  /** Who beside ECS needs which task definition, whatever a scan makes of it. */
  get pins(): readonly PinOfKind[] {
    const listed = LISTED_REFERRERS.flatMap((kind) =>
      this.around.byKind[kind].pinned().map((pin) => ({ kind, ...pin, holdsFamily: false })),
    );
    const ofStacks = this.stacks
      .pinned()
      .map(({ isAtWork, ...pin }) => ({ kind: 'CLOUD_FORMATION' as const, ...pin, holdsFamily: isAtWork }));
    return [...listed, ...ofStacks];
  }

  get url(): string {
    if (!this.server) throw new Error('the simulated account is not started');
    return this.server.url;
  }

  /** Whether a request waits for its answer. */
  get isServing(): boolean {
    return this.server !== undefined && this.server.inFlight() > 0;
  }

  /** How often each action was called, and how many events came. No two of these services share the name of an action. */
  get calls(): Readonly<Record<string, number>> {
    const logs = [this.ecs, this.stacks, ...this.neighbors].map(({ log }) => log.calls);
    return Object.assign({}, ...logs, Object.fromEntries(this.objectCalls), { PutEvents: this.events.entries.length });
  }

  get throttles(): number {
    return Object.values(this.ecs.stat()).reduce((sum, { throttles }) => sum + throttles, 0);
  }

  /** Goes on from this instant, although `Date` tells another time from now on. */
  keepTime(now: number): void {
    this.ahead = now - Date.now();
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }
}
