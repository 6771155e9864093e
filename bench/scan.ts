import { LEDGER } from '../lib/contract/ledger-keys';
import { LISTED_REFERRERS, REFERRERS } from '../lib/contract/referrers';
import { STACK_SECONDS } from '../lib/contract/stack-pruning';
import { EventBus } from '../simulator/event-bus';
import { ObjectStore } from '../simulator/object-store';
import { startServer } from '../simulator/server';
import { type Figures, type Gate, rounded, runAlone } from './figures';
import { FLAGS, type HandledTick, handledTicks, LEDGER_BUCKET, MEMORY_MB } from './handler-process';
import { ArrivalClock } from './handler-time';
import { type AccountSize, type Call, LIMITS, leastCalls, leastCallsAgain, ScanWorld } from './scan-world';

const SECOND = 1000;
const DAY = 86_400_000;
const START = Date.parse('2026-11-02T03:00:00Z');
const LATENCY = 100;
/** What Lambda gives a function at most. */
const FUNCTION_SECONDS = 900;

/** 20 clusters of 50 services, 500 rules, 1,000 schedules, 200 state machines, and some of everything else. */
const ACCOUNT: AccountSize = {
  clusters: 20,
  servicesEach: 50,
  tasksEach: 4,
  jobFamilies: 200,
  buses: 5,
  rules: 500,
  schedules: 1000,
  stateMachines: 200,
  versionsEach: 2,
  pipes: 50,
  applications: 20,
  groupsEach: 5,
  stacks: 20,
};

const SETTINGS = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
};

const LISTED = ['ECS', ...LISTED_REFERRERS] as const;
type Listed = (typeof LISTED)[number];

/** The call that a look at each kind begins with. */
const OPENINGS: Readonly<Record<Listed, string>> = {
  ECS: 'ListClusters',
  EVENTBRIDGE_RULES: 'ListEventBuses',
  EVENTBRIDGE_SCHEDULER: 'ListSchedules',
  EVENTBRIDGE_PIPES: 'ListPipes',
  STEP_FUNCTIONS: 'ListStateMachines',
  CODE_DEPLOY: 'ListApplications',
};
const TOKENS = ['nextToken', 'NextToken'];

/** One look at one kind. */
interface Look {
  readonly calls: Readonly<Record<string, number>>;
  readonly began: number;
  readonly seconds: number;
}

/** Every look at a kind among these calls, in their order. The last one may have been cut short. */
function looks(calls: readonly Call[], kind: Listed): Look[] {
  const found: Call[][] = [];
  for (const call of calls) {
    if (call.kind !== kind || !Object.hasOwn(leastCalls(ACCOUNT), call.action)) continue;
    const opens = call.action === OPENINGS[kind] && !TOKENS.some((token) => call.input[token] !== undefined);
    // CodeDeploy's list is asked a second time for what has vanished meanwhile; here nothing does.
    if (opens) found.push([]);
    found.at(-1)?.push(call);
  }
  return found.map((look) => {
    const began = look[0]?.at ?? 0;
    return { calls: countOf(look), began, seconds: ((look.at(-1)?.at ?? 0) - began + LATENCY) / SECOND };
  });
}

function countOf(calls: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of calls) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** CloudFormation is asked revision by revision: each once, and each stack once, is the least. */
function distinct(calls: readonly Call[]): Record<string, number> {
  return countOf([...new Map(calls.map((call) => [JSON.stringify([call.action, call.input]), call])).values()]);
}

interface Measured {
  readonly ticks: readonly HandledTick[];
  readonly world: ScanWorld;
  /** The plan of the first tick: how many it found of each kind. */
  readonly examined: readonly { readonly kind: string; readonly found: number }[];
}

async function measure(): Promise<Measured> {
  const clock = new ArrivalClock(START - DAY);
  const world = new ScanWorld(ACCOUNT, clock);
  await world.build();
  const objects = new ObjectStore({ clock, listAllowed: true });
  const { ecs, stacks, neighbors } = world;
  const server = await startServer({ ecs, stacks, neighbors: neighbors.all, objects, events: new EventBus() });
  try {
    const ticks = await clock.follow(() =>
      handledTicks({ url: server.url, settings: SETTINGS, start: START, latency: LATENCY }),
    );
    const [plan = ''] = objects.keys(LEDGER_BUCKET, LEDGER.plans);
    const { examined } = JSON.parse(objects.text(LEDGER_BUCKET, plan) ?? '{}') as Pick<Measured, 'examined'>;
    return { ticks, world, examined };
  } finally {
    await server.close();
  }
}

/** What a plan must say that it found, by kind. */
function expected({ clusters, servicesEach, tasksEach, ...size }: AccountSize): Readonly<Record<string, number>> {
  const services = clusters * servicesEach;
  return {
    'ECS clusters': clusters,
    'ECS services, their deployments, task sets and rollback targets': services,
    'ECS tasks': services * tasksEach,
    [REFERRERS.EVENTBRIDGE_RULES.name]: size.rules,
    [REFERRERS.EVENTBRIDGE_SCHEDULER.name]: size.schedules,
    [REFERRERS.EVENTBRIDGE_PIPES.name]: size.pipes,
    [REFERRERS.STEP_FUNCTIONS.name]: size.stateMachines,
    [REFERRERS.CODE_DEPLOY.name]: size.applications * size.groupsEach,
  };
}

interface KindFigures {
  readonly kind: Listed;
  readonly first: Look;
  /** The second look of the run that acts. */
  readonly again: Look | undefined;
}

/** A full look at an account with everything in it, through the function's own bundle, and the next one of the same run. */
export async function scan(): Promise<Figures> {
  const { ticks, world, examined } = await measure();
  const [announcing, acting] = ticks;
  const inFirst = world.calls.filter(({ at }) => at < START + FUNCTION_SECONDS * SECOND);
  const inSecond = world.calls.slice(inFirst.length);
  const kinds = LISTED.map((kind): KindFigures => {
    const [first] = looks(inFirst, kind);
    if (!first) throw new Error(`nothing was asked of ${kind}`);
    return { kind, first, again: looks(inSecond, kind)[1] };
  });
  const scanSeconds = spanOf(kinds.map(({ first }) => first));
  // ECS is looked at again sooner than what is beside it.
  const againSeconds = Math.max(...kinds.map(({ again }) => again?.seconds ?? 0));
  const [least, leastAgain] = [leastCalls(ACCOUNT), leastCallsAgain(ACCOUNT)];
  const stackCalls = inFirst.filter(({ kind }) => kind === 'CLOUD_FORMATION');
  const owners = { calls: countOf(stackCalls), least: distinct(stackCalls) };
  const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  const [calls, callsAgain] = [
    kinds.reduce((sum, { first }) => sum + total(first.calls), 0),
    kinds.reduce((sum, { again }) => sum + total(again?.calls ?? {}), 0),
  ];
  const peakMb = Math.max(...ticks.map(({ peakRssMb }) => peakRssMb));
  const pinned = world.pinned();
  const touched = world.ecs.log.destructive.filter(
    ({ family, revision, referencedBy }) => pinned.has(`${family}:${revision}`) || referencedBy.length > 0,
  );
  const notFound = Object.entries(expected(ACCOUNT)).filter(
    ([kind, count]) => !examined.some((one) => one.kind === kind && one.found === count),
  );
  const short = kinds.flatMap(({ first, again }) => [
    ...below(first.calls, least, first.calls),
    ...below(again?.calls ?? {}, leastAgain, first.calls),
  ]);
  const isWell = announcing?.outcome === 'done' && acting?.outcome === 'done' && acting.deregistered > 0;
  const gates: Gate[] = [
    { what: 'a full scan: throttles', value: world.throttles, most: 0 },
    { what: 'the function that scans: MB in all', value: peakMb, most: MEMORY_MB },
    {
      what: 'a full scan: seconds, of the five minutes in which StackRevisionPruner reads',
      value: scanSeconds,
      most: STACK_SECONDS.reads,
    },
    {
      what: 'the tick that scans, plans and announces: seconds',
      value: announcing?.seconds ?? Infinity,
      most: FUNCTION_SECONDS,
    },
    { what: 'a full scan: kinds of which not all was found', value: notFound.length, most: 0 },
    { what: 'a full scan, and again: actions with fewer calls than there must be', value: short.length, most: 0 },
    { what: 'revisions let go that something runs', value: touched.length, most: 0 },
    { what: 'ticks that did not end well', value: isWell ? 0 : 1, most: 0 },
  ];
  return {
    bench: 'scan',
    figures: {
      account: ACCOUNT,
      flags: FLAGS,
      latency: LATENCY,
      limits: LIMITS,
      ticks,
      kinds,
      scanSeconds,
      againSeconds,
      owners,
      examined,
    },
    rows: [
      ['read', 'calls', 'at least', 'ratio', 'seconds', 'again', 'at least', 'seconds'],
      ...kinds.flatMap(({ kind, first, again }) => [
        [kind, '', '', '', first.seconds, '', '', again?.seconds ?? 'not read again'],
        ...Object.keys(least)
          .filter((action) => first.calls[action] !== undefined)
          .map((action) => [
            `  ${action}`,
            first.calls[action] ?? 0,
            least[action] ?? 0,
            (first.calls[action] ?? 0) / (least[action] ?? 0),
            '',
            again?.calls[action] ?? 0,
            leastAgain[action] ?? 0,
            '',
          ]),
      ]),
      ['all', calls, total(least), calls / total(least), scanSeconds, callsAgain, total(leastAgain), againSeconds],
      ...Object.entries(owners.calls).map(([action, count]) => [
        `for the plan: ${action}`,
        count,
        owners.least[action] ?? 0,
        count / (owners.least[action] ?? 0),
        '',
        '',
        '',
        '',
      ]),
      ['the whole tick', '', '', '', announcing?.seconds ?? 0, '', '', acting?.seconds ?? 0],
    ],
    gates,
    summary: {
      'a full scan of 1,000 services and 1,700 other referrers and more': `${calls} calls of ${total(least)} at least, ${world.throttles} throttles, ${rounded(scanSeconds)} s`,
      'the same again within a run': `${callsAgain} calls of ${total(leastAgain)} at least, ${rounded(againSeconds)} s`,
      'the function of 256 MB that scans it': `${rounded(peakMb)} MB in all`,
    },
  };
}

/** Actions that a look needs, and called less often than it must. */
function below(
  calls: Readonly<Record<string, number>>,
  least: Readonly<Record<string, number>>,
  ofKind: Readonly<Record<string, number>>,
): string[] {
  return Object.keys(ofKind).filter((action) => (calls[action] ?? 0) < (least[action] ?? 0));
}

function spanOf(all: readonly Look[]): number {
  const ends = all.map(({ began, seconds }) => began + seconds * SECOND);
  return (Math.max(...ends) - Math.min(...all.map(({ began }) => began))) / SECOND;
}

runAlone(module, () => scan());
