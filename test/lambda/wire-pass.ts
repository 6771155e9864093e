import {
  FAULT_KINDS,
  FaultFace,
  type FaultKind,
  type PlannedFault,
  type PlannedWireFault,
  WIRE_FAULT_KINDS,
  type WireFaultKind,
  WireFaults,
} from '../../simulator';
import { type Outcome, outcomeOf, READS, type Read, TIMES, type When } from '../engine/fault-outcomes';
import { outcomeOfReferrer, REFERRER_READS } from '../engine/referrer-fault-outcomes';
import { ENVIRONMENT, type Invocation, type LambdaHost, MINUTE, type World } from './lambda-host';
import { dueWorld } from './small-world';

/** One run under one fault: of the menu of answers, or of what can happen to them on their way. */
export type WireCase =
  | { readonly on: 'wire'; readonly kind: WireFaultKind; readonly action: string; readonly when: When }
  | { readonly on: 'answers'; readonly kind: FaultKind; readonly action: string; readonly when: When };

/** `WIRE_FAULTS=all` plays every case; otherwise one in so many, spread over all of them. */
export const ONE_IN = process.env.WIRE_FAULTS === 'all' ? 1 : 101;

/** The SDK asks again. */
const RETRIED: ReadonlySet<string> = new Set<WireFaultKind | FaultKind>([
  'cut off',
  'cut off in chunks',
  'dropped before the effect',
  'dropped after the effect',
  'reset after the effect',
  'HTML 503',
  'stall before the effect',
  'stall after the effect',
  'stall in the body',
  'trickle',
  'server error',
  'service unavailable',
  'throttle',
  'lost answer',
  'lost call',
]);

/** Nobody reads what S3 says of a write beyond its head: there is nothing to spoil. */
const OF_WRITES: readonly WireFaultKind[] = [
  'dropped before the effect',
  'dropped after the effect',
  'HTML 503',
  'stall before the effect',
  'stall after the effect',
];

export function expected({ on, kind, action, when }: WireCase): Outcome {
  if (RETRIED.has(kind)) return when === 'always' ? 'refused' : 'unharmed';
  if (on === 'answers') {
    const beside = REFERRER_READS.find((read) => read.action === action);
    return beside ? outcomeOfReferrer(kind, beside, when) : outcomeOf(kind, action as Read, when);
  }
  return kind === 'wrong content type' ? 'unharmed' : 'refused';
}

const every = <T>(list: readonly T[], place: number): T[] => list.filter((_, index) => (index + place) % ONE_IN === 0);

/** What can happen to the answers of a read on their way. */
export function casesOnWire(action: Read): WireCase[] {
  const all = TIMES.flatMap((when) => WIRE_FAULT_KINDS.map((kind): WireCase => ({ on: 'wire', kind, action, when })));
  return every(all, READS.indexOf(action) * 7);
}

/** What a read can be answered. Pages without an end end with the run's time, which is shown in process. */
export function casesOfAnswers(action: Read): WireCase[] {
  const kinds = FAULT_KINDS.filter((kind) => kind !== 'empty page');
  const all = TIMES.flatMap((when) => kinds.map((kind): WireCase => ({ on: 'answers', kind, action, when })));
  return every(all, READS.indexOf(action) * 7);
}

export const OTHERS = ['DeregisterTaskDefinition', 'GetObject', 'PutObject', 'DeleteObject', 'PutEvents'] as const;

export function casesOfOther(action: (typeof OTHERS)[number]): WireCase[] {
  const kinds = /^(Put|Delete)Object$/.test(action) ? OF_WRITES : WIRE_FAULT_KINDS;
  const wire = TIMES.flatMap((when) => kinds.map((kind): WireCase => ({ on: 'wire', kind, action, when })));
  return every(wire, OTHERS.indexOf(action) * 7);
}

/** One of those that are due, for an unknown field to name. */
const MENTIONED = `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/web:2`;

export interface Played extends Invocation {
  readonly world: World;
  readonly struck: number;
  /** What an unknown field named. */
  readonly mentioned: readonly string[];
  readonly gone: readonly string[];
}

/** Everything that was played, for the figures at the end. */
export class Tally {
  runs = 0;
  requests = 0;
  acts = 0;
  readonly struck = new Map<string, number>();

  add({ kind }: WireCase, { requests, struck, gone }: Played): void {
    this.runs += 1;
    this.requests += requests;
    this.acts += gone.length;
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + struck);
  }

  toString(): string {
    const kinds = [...this.struck].map(([kind, count]) => `${kind} ${count}`);
    return `${this.runs} runs, ${this.requests} HTTP requests, ${this.acts} deregistrations; struck: ${kinds.join(', ')}\n`;
  }
}

/** One run of the bundle in a world of several pages of everything, under a fault. */
export async function play(host: LambdaHost, one?: WireCase): Promise<Played> {
  const world = await dueWorld(host);
  addSecondCluster(world);
  const advance = (ms: number) => host.time.advanceTo(host.time.now() + ms);
  // Time goes on for whoever waits for an answer, too.
  const clock = { now: () => host.time.now(), sleep: async (ms: number) => advance(ms), advance };
  const planned = one && { ...one, from: one.when === 'later' ? 2 : 1, times: one.when === 'always' ? 1e9 : 1 };
  const answers: PlannedFault[] = [{ kind: 'short page', from: 1, times: 1e9 }];
  if (planned?.on === 'answers') answers.push(planned as PlannedFault);
  const face = new FaultFace(answers, { clock, seed: 1, mention: MENTIONED });
  world.ecs.intercept = face.intercept;
  const faults = new WireFaults(planned?.on === 'wire' ? [planned as PlannedWireFault] : [], { clock });
  world.faults = faults;
  const invocation = await host.invoke();
  const struck = one?.on === 'wire' ? faults.struck.length : face.struck.filter(({ kind }) => kind === one?.kind).length;
  const mentioned = [...face.mentioned.keys()].map((arn) => arn.slice(arn.lastIndexOf('/') + 1));
  return { ...invocation, world, struck, mentioned, gone: [...world.deregistered].sort() };
}

/** Runs without a fault until nothing is left to do. */
export async function mend(host: LambdaHost, { world }: Played): Promise<readonly string[]> {
  world.mend();
  // Whoever was killed, or could not tell, holds the turn until its time is up.
  host.time.advanceTo(host.time.now() + 20 * MINUTE);
  await host.invoke();
  return [...new Set(world.deregistered)].sort();
}

/** What is needed there is among the newest anyway. */
function addSecondCluster({ ecs }: World): void {
  ecs.seedCluster('second');
  ecs.seedService({ cluster: 'second', name: 'other', taskDefinition: 'api:7' });
  ecs.seedTask({ cluster: 'second', taskDefinition: 'web:7' });
}

/** What is wrong with what came of a fault that struck a read. */
export function faultsOfRead(one: WireCase, played: Played, due: readonly string[]): string[] {
  const { answer, error, gone, struck, mentioned, events } = played;
  const wrong: string[] = [];
  const expectThat = (isSo: boolean, what: string) => {
    if (!isSo) wrong.push(`${what}: ${told(one, played)}`);
  };
  expectThat(error === undefined, 'nothing is thrown');
  expectThat(gone.every((name) => due.includes(name)) && new Set(gone).size === gone.length, 'nothing goes that is needed');
  const outcome = struck === 0 ? 'unharmed' : expected(one);
  if (outcome === 'refused') {
    expectThat(answer?.outcome === 'refused' && gone.length === 0, 'is refused, and lets nothing go');
    expectThat(answer?.refusals.length === 1 && !!answer.refusals[0]?.includes(one.action), 'one refusal names the call');
    expectThat(events.map(({ DetailType }) => DetailType).join() === 'Prune Refused', 'one event says so');
  } else if (outcome === 'unharmed') {
    expectThat(answer?.outcome === 'done' && gone.join() === due.join(), 'is as without the fault');
  } else if (outcome === 'keeps more') {
    expectThat(answer?.outcome === 'done', 'is done');
    if (one.when === 'always') expectThat(!mentioned.some((name) => gone.includes(name)), 'what a new field names is kept');
  }
  if (answer?.outcome === 'refused' && answer.ended === 'refused') expectThat(gone.length === 0, 'refused, it lets nothing go');
  return wrong;
}

export const told = ({ kind, action, when }: WireCase, { answer, error, gone }: Played): string =>
  `${kind}, ${action}, ${when}: ${JSON.stringify(answer)} ${error?.message ?? ''} ${gone}`;
