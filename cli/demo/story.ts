import { parseRevision, type Revision } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import { type Interlude, keepByTag, rollBack } from './interludes';
import type { JumpingTime } from './jumping-time';
import type { HandlerAnswer, LambdaHost } from './lambda-host';
import type { SimulatedAws } from './simulated-aws';
import type { SynthesizedPruner } from './synthesized-app';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ten times what the largest account of the demo takes. */
const LONGEST = 30 * DAY;
/** So many ticks. */
const TAGGED_AFTER = 21;
const ROLLED_BACK_AFTER = 2 * MINUTE;

/** One invocation by the schedule. */
export interface Tick {
  /** From 0. */
  readonly number: number;
  readonly at: number;
  /** How long it took on the function's own clock. */
  readonly took: number;
  readonly answer: HandlerAnswer;
  /** Deregistered so far, this tick included. */
  readonly total: number;
  /** Deregistrations that no complete scan has confirmed yet. */
  readonly unverified: number;
}

/** Who tells the story while it happens. */
export interface Narrator {
  announced(tick: Tick, plan: PrunePlan): void;
  /** The notice runs. */
  waits(at: number): void;
  waited(ticks: readonly Tick[]): void;
  /** The notice has passed. */
  acts(at: number): void;
  /** Somebody did something to the account. */
  meanwhile(interlude: Interlude): void;
  beganTick(number: number, at: number): void;
  acted(tick: Tick): void;
  verified(tick: Tick): void;
}

export interface Story {
  readonly ticks: readonly Tick[];
  /** Every plan in the ledger, the oldest first. */
  readonly plans: readonly PrunePlan[];
  readonly interludes: readonly Interlude[];
  readonly activeBefore: readonly Revision[];
  readonly activeAfter: readonly Revision[];
}

/** Invokes the function as its schedule would, from the first tick until there is nothing left to do or to verify. */
export async function play(
  aws: SimulatedAws,
  host: LambdaHost,
  time: JumpingTime,
  { everyMs, ledgerBucket, settings }: SynthesizedPruner,
  narrator: Narrator,
): Promise<Story> {
  const start = time.now();
  const due = start + settings.noticePeriodMinutes * MINUTE;
  const activeBefore = activeRevisions(aws);
  const latestPlan = () => document<PrunePlan>(aws, ledgerBucket, LEDGER.latestPlan);
  const interludes: Interlude[] = [];
  const meanwhile = (interlude: Interlude | undefined) => {
    if (!interlude) return;
    interludes.push(interlude);
    narrator.meanwhile(interlude);
  };

  const tick = async (number: number): Promise<Tick> => {
    // A tick that runs to the end of its time may end after the next is due.
    time.advanceTo(start + number * everyMs);
    const at = time.now();
    narrator.beganTick(number, at);
    const answer = await time.run(() => host.invoke());
    if (answer.outcome !== 'done' && answer.outcome !== 'idle') throw new Error(`tick ${number} ended as ${answer.outcome}`);
    const unverified = document<{ acts: unknown[] } | null>(aws, ledgerBucket, LEDGER.unverified)?.acts.length ?? 0;
    return { number, at, took: time.now() - at, answer, total: aws.ecs.log.destructive.length, unverified };
  };

  const ticks = [await tick(0)];
  const announcing = latestPlan();
  narrator.announced(ticks[0] as Tick, announcing);

  narrator.waits(start + everyMs);
  while (start + ticks.length * everyMs < due) {
    ticks.push(await tick(ticks.length));
    if (ticks.length === TAGGED_AFTER) meanwhile(keepByTag(aws, announcing, settings.keepTag));
  }
  narrator.waited(ticks.slice(1));

  narrator.acts(start + ticks.length * everyMs);
  const rolledBack = setTimeout(() => meanwhile(rollBack(aws, announcing)), due - time.now() + ROLLED_BACK_AFTER);
  for (let isOver = false; !isOver; ) {
    const done = await tick(ticks.length);
    ticks.push(done);
    isOver = done.answer.outcome === 'idle';
    if (done.answer.deregistered > 0) narrator.acted(done);
    else if (!isOver) narrator.verified(done);
    if (done.at - start > LONGEST) throw new Error('a month has passed and the pruner is not done');
  }
  clearTimeout(rolledBack);
  return {
    ticks,
    interludes,
    plans: aws.objects.keys(ledgerBucket, LEDGER.plans).map((key) => document<PrunePlan>(aws, ledgerBucket, key)),
    activeBefore,
    activeAfter: activeRevisions(aws),
  };
}

function document<T>({ objects }: SimulatedAws, bucket: string, key: string): T {
  return JSON.parse(objects.text(bucket, key) ?? 'null');
}

/** Asked of the account itself, not over the wire. */
function activeRevisions({ ecs }: SimulatedAws): readonly Revision[] {
  const revisions: Revision[] = [];
  let nextToken: string | undefined;
  do {
    const page = ecs.perform('ListTaskDefinitions', { status: 'ACTIVE', nextToken }) as {
      taskDefinitionArns: string[];
      nextToken?: string;
    };
    for (const arn of page.taskDefinitionArns) {
      const revision = parseRevision(arn);
      if (revision) revisions.push(revision);
    }
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return revisions;
}
