import { LEDGER } from '../lib/contract/ledger-keys';
import type { TokenKind } from '../simulator/pager';
import { distantStacks } from '../test/engine/elsewhere';
import { MemoryLedger } from '../test/engine/memory-ledger';
import { Pruner } from '../test/engine/pruner';
import { type Figures, type Gate, option, rounded, runAlone } from './figures';
import { DAY, KEEP_LATEST, LATENCY, MINUTE, PaceWorld, SdkRetry, SECOND } from './pace-world';

interface Scenario {
  readonly who: string;
  readonly perSecond: number;
  readonly tokens: TokenKind;
  readonly deploys: boolean;
  readonly work: (world: PaceWorld, perSecond: number) => Promise<Acting>;
  /** A control has no promise to keep. */
  readonly control?: boolean;
}

interface Acting {
  /** Virtual milliseconds during which revisions could be let go. */
  readonly acting: number;
  /** Virtual milliseconds from the first tick that acts to the end of the last one. */
  readonly elapsed: number;
}

interface Row extends Omit<Scenario, 'work'> {
  readonly deregistered: number;
  readonly lost: number;
  readonly budgetRatio: number;
  readonly overallRatio: number;
  readonly throttles: number;
  readonly callsPerSuccess: number;
  readonly deploysTried: number;
  readonly deploysFailed: number;
  readonly virtualHours: number;
}

const TICK = 15 * MINUTE;

/** Knows when acting began (the plan lies there) and ended (the result lies there). */
export class TimedLedger extends MemoryLedger {
  acting = 0;
  private began = 0;

  constructor(private readonly now: () => number) {
    super();
  }

  override async write(...given: Parameters<MemoryLedger['write']>): Promise<boolean> {
    const [key] = given;
    if (key === LEDGER.latestPlan) this.began = this.now();
    if (key.startsWith(LEDGER.results)) this.acting += this.now() - this.began;
    return super.write(...given);
  }
}

/** The engine as deployed: a tick that announces, and from the next day on ticks of fifteen minutes until nothing is left. */
async function engine(world: PaceWorld, actionsPerSecond: number): Promise<Acting> {
  const { ecs, clock, due } = world;
  const ledger = new TimedLedger(() => clock.now());
  const rules = [{ families: ['backlog-*'], keepLatest: KEEP_LATEST, minAgeMinutes: 7 * 24 * 60 }];
  const elsewhere = distantStacks(clock, LATENCY);
  const pruner = new Pruner({ ecs, clock, ledger, elsewhere, latency: LATENCY, settings: { actionsPerSecond, rules } });
  await pruner.start();
  await clock.sleep(DAY);
  world.begin();
  const began = clock.now();
  ledger.acting = 0;
  const mostTicks = Math.ceil((4 * due.size) / ((actionsPerSecond * TICK) / SECOND)) + 4;
  for (let ticks = 0; ticks < mostTicks; ticks += 1) {
    const report = await pruner.start();
    if (report.outcome !== 'done') throw new Error(`a tick ended as ${report.outcome}: ${report.refusals.join('; ')}`);
    if (report.remaining === 0) break;
    await clock.sleep(TICK - (clock.now() % TICK));
  }
  return { acting: ledger.acting, elapsed: clock.now() - began };
}

/** What a cron job does: one call each second, and never mind how it went. */
function loop(world: PaceWorld): Promise<Acting> {
  return timed(world, async () => {
    const { ecs, clock, due } = world;
    for (const taskDefinition of due) {
      await ecs.call('DeregisterTaskDefinition', { taskDefinition }).catch(() => {});
      await clock.sleep(SECOND);
    }
  });
}

/** What a script does: one call after the other, throttles left to the SDK. */
function unpaced(world: PaceWorld): Promise<Acting> {
  return timed(world, async () => {
    const retry = new SdkRetry(world);
    for (const taskDefinition of world.due) await retry.call('DeregisterTaskDefinition', { taskDefinition });
  });
}

async function timed(world: PaceWorld, work: () => Promise<void>): Promise<Acting> {
  const { clock } = world;
  world.begin();
  const began = clock.now();
  await work();
  const acting = clock.now() - began;
  return { acting, elapsed: acting };
}

const SCENARIOS: readonly Scenario[] = [
  { who: 'engine', perSecond: 0.5, tokens: 'offset', deploys: false, work: engine },
  { who: 'engine', perSecond: 0.9, tokens: 'offset', deploys: false, work: engine },
  { who: 'engine', perSecond: 0.9, tokens: 'key', deploys: false, work: engine },
  { who: 'engine', perSecond: 0.5, tokens: 'offset', deploys: true, work: engine },
  { who: 'engine', perSecond: 0.9, tokens: 'key', deploys: true, work: engine },
  { who: 'plain loop', perSecond: 1, tokens: 'offset', deploys: true, work: loop, control: true },
  { who: 'unpaced script', perSecond: 1, tokens: 'offset', deploys: true, work: unpaced, control: true },
];

async function measure({ work, ...scenario }: Scenario, backlog: number): Promise<Row> {
  const world = new PaceWorld(backlog, scenario.tokens, scenario.deploys);
  const { acting, elapsed } = await world.clock.run(async () => {
    const done = await work(world, scenario.perSecond);
    await world.end();
    return done;
  });
  const { calls = 0, throttles = 0 } = world.ecs.stat().DeregisterTaskDefinition ?? {};
  const lost = world.lost;
  const deregistered = backlog - lost;
  const ratio = (milliseconds: number) => deregistered / (milliseconds / SECOND) / scenario.perSecond;
  return {
    ...scenario,
    deregistered,
    lost,
    budgetRatio: ratio(acting),
    overallRatio: ratio(elapsed),
    throttles: scenario.control ? throttles : allThrottles(world) - (world.ecs.stat().RegisterTaskDefinition?.throttles ?? 0),
    callsPerSuccess: calls / deregistered,
    deploysTried: world.deploys.tried,
    deploysFailed: world.deploys.failed,
    virtualHours: elapsed / (60 * MINUTE),
  };
}

function allThrottles({ ecs }: PaceWorld): number {
  return Object.values(ecs.stat()).reduce((sum, { throttles }) => sum + throttles, 0);
}

function gatesOf(row: Row): Gate[] {
  const name = nameOf(row);
  return [
    { what: `${name}: budget ratio`, value: row.budgetRatio, least: 0.97 },
    { what: `${name}: lost`, value: row.lost, most: 0 },
    { what: `${name}: calls per success`, value: row.callsPerSuccess, most: 1.02 },
    row.deploys
      ? { what: `${name}: deployments failed`, value: row.deploysFailed, most: 0 }
      : { what: `${name}: throttles`, value: row.throttles, most: 0 },
  ];
}

function nameOf({ who, perSecond, tokens, deploys }: Row): string {
  return `${who} ${perSecond}/s, ${tokens} tokens${deploys ? ', with deployments' : ''}`;
}

/** How fast the engine works off a backlog, and what that costs the others in the account. */
export async function pace(backlog = option('revisions', 3000)): Promise<Figures> {
  const rows: Row[] = [];
  for (const scenario of SCENARIOS) rows.push(await measure(scenario, backlog));
  const heading = [
    'who',
    'asked/s',
    'tokens',
    'lost',
    'budget',
    'overall',
    'throttles',
    'calls/success',
    'deploys failed',
    'hours',
  ];
  return {
    bench: 'pace',
    figures: { backlog, rows },
    rows: [
      heading,
      ...rows.map((row) => [
        row.who,
        row.perSecond,
        row.tokens,
        row.lost,
        row.budgetRatio,
        row.overallRatio,
        row.throttles,
        row.callsPerSuccess,
        row.deploys ? `${row.deploysFailed} of ${row.deploysTried}` : 'none',
        row.virtualHours,
      ]),
    ],
    gates: rows.filter(({ control }) => !control).flatMap(gatesOf),
    summary: Object.fromEntries(
      rows.map((row) => [
        nameOf(row),
        `${rounded(row.budgetRatio)} of the pace, ${rounded(row.lost / backlog)} lost, ${rounded(row.callsPerSuccess)} calls each` +
          (row.deploys ? `, ${row.deploysFailed} of ${row.deploysTried} deployments failed` : ''),
      ]),
    ),
  };
}

runAlone(module, () => pace());
