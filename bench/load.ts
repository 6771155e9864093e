import { ECS_ACTIONS, ECS_BUCKETS, type EcsAction, type EcsBucket } from '../lib/contract/limits';
import { VirtualClock } from '../simulator/clock';
import { EcsSimulator } from '../simulator/ecs-simulator';
import { distantStacks } from '../test/engine/elsewhere';
import { Pruner } from '../test/engine/pruner';
import { type Figures, type Gate, option, rounded, runAlone } from './figures';
import { TimedLedger } from './pace';
import { DAY, LATENCY, MINUTE, SECOND } from './pace-world';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const DEFINITION = { containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };
const CLUSTERS = 10;
const TASKS_EACH = 4;
/** Of each service's family: enough that there is something to let go all the time. */
const REVISIONS = 25;
const KEEP_LATEST = 3;
const TICK = 15 * MINUTE;
const TICKS = 8;

/** What of each bucket a run may take: the rest is the consoles' and the pipelines'. */
const MOST_SHARE: Readonly<Partial<Record<EcsBucket, number>>> = { definitionRead: 0.75, definitionModify: 0.9 };
const MOST_READ_SHARE = 0.5;

interface Row {
  readonly perSecond: number;
  readonly deregistered: number;
  /** While acting. */
  readonly reached: number;
  readonly throttles: number;
  readonly shares: Readonly<Record<string, number>>;
  readonly busiest: Readonly<Record<string, number>>;
  readonly scans: number;
}

/** When each bucket was drawn from, by virtual seconds. */
class Draws {
  private readonly bySecond = new Map<EcsBucket, Map<number, number>>();

  add(action: string, at: number): void {
    const bucket = Object.hasOwn(ECS_ACTIONS, action) ? ECS_ACTIONS[action as EcsAction] : undefined;
    if (!bucket) return;
    const seconds = this.bySecond.get(bucket) ?? new Map<number, number>();
    const second = Math.floor(at / SECOND);
    this.bySecond.set(bucket, seconds.set(second, (seconds.get(second) ?? 0) + 1));
  }

  /** Over all of the time, of what ECS refills. */
  shares(milliseconds: number): Record<string, number> {
    return this.each((bucket, seconds) => {
      const calls = [...seconds.values()].reduce((a, b) => a + b, 0);
      return calls / ((milliseconds / SECOND) * ECS_BUCKETS[bucket].perSecond);
    });
  }

  /** Over the minute in which most was drawn. */
  busiest(): Record<string, number> {
    return this.each((bucket, seconds) => {
      const minutes = new Map<number, number>();
      for (const [second, calls] of seconds) {
        const minute = Math.floor(second / 60);
        minutes.set(minute, (minutes.get(minute) ?? 0) + calls);
      }
      return Math.max(...minutes.values()) / (60 * ECS_BUCKETS[bucket].perSecond);
    });
  }

  private each(of: (bucket: EcsBucket, seconds: ReadonlyMap<number, number>) => number): Record<string, number> {
    return Object.fromEntries([...this.bySecond].map(([bucket, seconds]) => [bucket, of(bucket, seconds)]));
  }
}

/** An account with so many services, each with a family, four tasks and a history to roll back to. */
function account(services: number): { clock: VirtualClock; ecs: EcsSimulator } {
  const clock = new VirtualClock(Date.parse('2026-11-02T03:00:00Z'));
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
  for (let place = 0; place < services; place += 1) {
    const family = `service-${place}`;
    const ages = Array.from({ length: REVISIONS }, (_, index) => ({
      registeredAt: clock.now() - (8 + REVISIONS - index) * DAY,
    }));
    ecs.seedFamily({ family, ...DEFINITION }, ages);
    const cluster = `cluster-${place % CLUSTERS}`;
    ecs.seedCluster(cluster);
    const [runs, before] = [`${family}:${REVISIONS}`, `${family}:${REVISIONS - 1}`];
    ecs.seedService({ cluster, name: family, taskDefinition: runs, history: [before], desiredCount: TASKS_EACH });
  }
  return { clock, ecs };
}

async function measure(services: number, perSecond: number): Promise<Row> {
  const { clock, ecs } = account(services);
  const ledger = new TimedLedger(() => clock.now());
  const rules = [{ allFamilies: true, keepLatest: KEEP_LATEST, minAgeMinutes: 7 * 24 * 60 }];
  const elsewhere = distantStacks(clock, LATENCY);
  const pruner = new Pruner({
    ecs,
    clock,
    ledger,
    elsewhere,
    latency: LATENCY,
    settings: { actionsPerSecond: perSecond, rules },
  });
  const draws = new Draws();
  let scans = 0;
  const spent = await clock.run(async () => {
    await pruner.start();
    await clock.sleep(DAY);
    ledger.acting = 0;
    ecs.log.heard = (action) => {
      draws.add(action, clock.now());
      if (action === 'ListClusters') scans += 1;
    };
    const began = clock.now();
    for (let tick = 0; tick < TICKS; tick += 1) {
      const report = await pruner.start();
      if (report.outcome !== 'done') throw new Error(`a tick ended as ${report.outcome}: ${report.refusals.join('; ')}`);
      await clock.sleep(TICK - (clock.now() % TICK));
    }
    return clock.now() - began;
  });
  const deregistered = ecs.log.destructive.length;
  return {
    perSecond,
    deregistered,
    reached: deregistered / (ledger.acting / SECOND),
    throttles: Object.values(ecs.stat()).reduce((sum, { throttles }) => sum + throttles, 0),
    shares: draws.shares(spent),
    busiest: draws.busiest(),
    scans,
  };
}

/** What re-reading a large account without end, while acting, takes of what ECS gives. */
export async function load(services = option('services', 1000)): Promise<Figures> {
  const rows: Row[] = [];
  for (const perSecond of [0.5, 0.9]) rows.push(await measure(services, perSecond));
  const buckets = [...new Set(rows.flatMap(({ shares }) => Object.keys(shares)))];
  const gates = rows.flatMap(({ perSecond, throttles, busiest }): Gate[] => [
    { what: `${services} services, ${perSecond}/s: throttles`, value: throttles, most: 0 },
    ...buckets.map((bucket) => ({
      what: `${services} services, ${perSecond}/s: ${bucket} in its busiest minute`,
      value: busiest[bucket] ?? 0,
      // A minute may begin with what a pause has saved up.
      most: (MOST_SHARE[bucket as EcsBucket] ?? MOST_READ_SHARE) + 10 / (60 * ECS_BUCKETS[bucket as EcsBucket].perSecond),
    })),
  ]);
  const percent = (share = 0) => `${Math.round(share * 100)} %`;
  return {
    bench: 'load',
    figures: { services, tasks: services * TASKS_EACH, ticks: TICKS, rows },
    rows: [
      ['asked/s', 'reached/s', 'went', 'scans', 'throttles', ...buckets],
      ...rows.map(({ perSecond, reached, deregistered, scans, throttles, shares, busiest }) => [
        perSecond,
        reached,
        deregistered,
        scans,
        throttles,
        ...buckets.map((bucket) => `${percent(shares[bucket])}, ${percent(busiest[bucket])}`),
      ]),
    ],
    gates,
    summary: Object.fromEntries(
      rows.map(({ perSecond, reached, throttles, busiest }) => {
        const reads = buckets.filter((bucket) => bucket !== 'definitionModify').map((bucket) => busiest[bucket] ?? 0);
        return [
          `${services} services re-read while acting at ${perSecond}/s`,
          `${rounded(reached)}/s, ${throttles} throttles, at most ${percent(Math.max(...reads))} of a read bucket`,
        ];
      }),
    ),
  };
}

runAlone(module, () => load());
