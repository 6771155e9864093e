import { VirtualClock } from '../simulator/clock';
import { EcsSimulator } from '../simulator/ecs-simulator';
import type { TokenKind } from '../simulator/pager';
import { Random } from '../simulator/random';
import { SimulatedError } from '../simulator/simulated-error';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 1440 * MINUTE;
export const KEEP_LATEST = 10;
export const LATENCY = 100;

const FAMILIES = 30;
const SERVICES = 12;
const AT_ONCE = 15;
const DEPLOY_EVERY = 300 * SECOND;
const DEFINITION = { containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };

/** An account with a backlog: so many revisions that are due once their notice has passed, and nothing else to prune. */
export class PaceWorld {
  readonly clock = new VirtualClock(Date.parse('2026-11-02T03:00:00Z'));
  readonly random = new Random(7);
  readonly ecs: EcsSimulator;
  readonly due = new Set<string>();
  readonly deploys = { tried: 0, failed: 0 };
  private deploying = false;

  /** @param deploys whether pipelines register while the backlog is worked off */
  constructor(
    backlog: number,
    tokens: TokenKind,
    private readonly withDeploys: boolean,
  ) {
    const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
    this.ecs = new EcsSimulator({ clock: this.clock, environment, tokens });
    this.ecs.seedCluster('production');
    for (let index = 0; index < FAMILIES; index += 1) this.seed(`backlog-${index}`, share(backlog, index));
    for (let index = 0; index < SERVICES; index += 1) {
      this.ecs.seedService({ cluster: 'production', name: `service-${index}`, taskDefinition: `backlog-${index}` });
    }
    // Where the deployments of the account go: in no rule's scope.
    this.ecs.seedFamily({ family: 'deployed', ...DEFINITION }, [{ registeredAt: this.clock.now() - DAY }]);
  }

  /** Due revisions that nobody has deregistered. */
  get lost(): number {
    const gone = new Set(this.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`));
    return [...this.due].filter((name) => !gone.has(name)).length;
  }

  /** From now on the backlog is worked off: pipelines register fifteen revisions at once every five minutes, three attempts each. */
  begin(): void {
    this.deploying = this.withDeploys;
    void this.deploy();
  }

  private async deploy(): Promise<void> {
    while (this.deploying) {
      for (let one = 0; one < AT_ONCE; one += 1) void this.register();
      await this.clock.sleep(DEPLOY_EVERY);
    }
  }

  /** Ends with the last deployment under way. */
  async end(): Promise<void> {
    this.deploying = false;
    await this.clock.sleep(MINUTE);
  }

  private async register(): Promise<void> {
    this.deploys.tried += 1;
    const retry = new SdkRetry(this);
    if (!(await retry.call('RegisterTaskDefinition', { family: 'deployed', ...DEFINITION }))) this.deploys.failed += 1;
  }

  private seed(family: string, due: number): void {
    const now = this.clock.now();
    const count = due + KEEP_LATEST;
    const registeredAt = (index: number) => now - 8 * DAY - ((count - index) * 300 * DAY) / count;
    const newest = this.ecs.seedFamily(
      { family, ...DEFINITION },
      Array.from({ length: count }, (_, index) => ({ registeredAt: registeredAt(index) })),
    );
    for (let revision = newest - KEEP_LATEST; revision >= 1; revision -= 1) this.due.add(`${family}:${revision}`);
  }
}

/** How the SDK treats a throttle by itself: three attempts, full jitter, and a quota of retries for each client. */
export class SdkRetry {
  private quota = 500;

  constructor(private readonly world: PaceWorld) {}

  /** Whether the call succeeded in the end. */
  async call(action: string, input: object): Promise<boolean> {
    const { ecs, clock, random } = this.world;
    for (let attempt = 0; ; attempt += 1) {
      await clock.sleep(LATENCY);
      try {
        await ecs.call(action, input);
        this.quota = Math.min(500, this.quota + (attempt > 0 ? 5 : 1));
        return true;
      } catch (error) {
        if (!(error instanceof SimulatedError) || error.code !== 'ThrottlingException') throw error;
        if (attempt === 2 || this.quota < 5) return false;
        this.quota -= 5;
        await clock.sleep(random.next() * Math.min(SECOND * 2 ** attempt, 20 * SECOND));
      }
    }
  }
}

function share(total: number, index: number): number {
  return Math.floor((total * (index + 1)) / FAMILIES) - Math.floor((total * index) / FAMILIES);
}
