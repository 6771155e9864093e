import { parseRevision, type Revision } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { JumpingTime } from './jumping-time';
import type { HandlerAnswer, LambdaHost } from './lambda-host';
import type { SimulatedAws } from './simulated-aws';
import type { SynthesizedPruner } from './synthesized-app';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ten times what the largest account of the demo takes. */
const LONGEST = 30 * DAY;

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
  /** The notice has passed at that instant; these ticks found nothing due until then. */
  waited(ticks: readonly Tick[], at: number): void;
  beganTick(number: number, at: number): void;
  acted(tick: Tick): void;
  verified(tick: Tick): void;
}

export interface Story {
  readonly ticks: readonly Tick[];
  /** Every plan in the ledger, the oldest first. */
  readonly plans: readonly PrunePlan[];
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
  const activeBefore = activeRevisions(aws);
  const ticks: Tick[] = [];
  const waiting: Tick[] = [];
  const due = start + settings.noticePeriodMinutes * MINUTE;
  for (let acted = false; ; ) {
    const number = ticks.length;
    // A tick that runs to the end of its time may end after the next is due.
    time.advanceTo(start + number * everyMs);
    const at = time.now();
    if (at >= due && waiting.length > 0) narrator.waited(waiting.splice(0), at);
    narrator.beganTick(number, at);
    const answer = await time.run(() => host.invoke());
    const unverified = document<{ acts: unknown[] } | null>(aws, ledgerBucket, LEDGER.unverified)?.acts.length ?? 0;
    const tick = { number, at, took: time.now() - at, answer, total: aws.ecs.log.destructive.length, unverified };
    ticks.push(tick);
    if (answer.outcome !== 'done' && answer.outcome !== 'idle')
      throw new Error(`tick ${number} ended as ${answer.outcome}; ./demo-out/log.jsonl says why`);
    if (number === 0) narrator.announced(tick, document(aws, ledgerBucket, LEDGER.latestPlan));
    else if (answer.outcome === 'idle' && acted) break;
    else if (answer.outcome === 'idle') waiting.push(tick);
    else if (answer.deregistered > 0) {
      acted = true;
      narrator.acted(tick);
    } else if (acted) narrator.verified(tick);
    if (at - start > LONGEST) throw new Error('a month has passed and the pruner is not done');
  }
  return {
    ticks,
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
