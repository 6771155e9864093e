import type { Environment } from '../../lib/contract/arn';
import { type BelievableAccount, fillBelievableAccount } from '../../simulator/account';
import { EcsSimulator } from '../../simulator/ecs-simulator';
import { EventBus } from '../../simulator/event-bus';
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

/** One account and Region: ECS, S3 and EventBridge on a free port of this machine, at the time that `Date` tells. */
export class SimulatedAws {
  readonly ecs: EcsSimulator;
  readonly objects: ObjectStore;
  readonly events = new EventBus();
  readonly account: BelievableAccount;
  private server: SimulatorServer | undefined;
  private readonly objectCalls = new Map<string, number>();
  /** What this account's clock is ahead of `Date`. */
  private ahead = 0;

  constructor({ environment, seed, revisions, listAllowed }: SimulatedAwsOptions) {
    const clock = { now: () => Date.now() + this.ahead };
    this.ecs = new EcsSimulator({ clock, environment, seed });
    const families = Math.min(FAMILIES, Math.floor(revisions / REVISIONS_PER_FAMILY));
    this.account = fillBelievableAccount(this.ecs, { seed, revisions, families });
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

  get url(): string {
    if (!this.server) throw new Error('the simulated account is not started');
    return this.server.url;
  }

  /** Whether a request waits for its answer. */
  get isServing(): boolean {
    return this.server !== undefined && this.server.inFlight() > 0;
  }

  /** How often each action of ECS and S3 was called, and how many events came. */
  get calls(): Readonly<Record<string, number>> {
    return { ...this.ecs.log.calls, ...Object.fromEntries(this.objectCalls), PutEvents: this.events.entries.length };
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
