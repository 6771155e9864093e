import { type Revision, revisionName } from '../../lib/contract/arn';
import { SECOND } from '../clock';
import { EcsCallError } from '../ecs-call-error';
import { errorText } from '../error-text';
import { inTime } from '../in-time';
import { IncompleteScan } from '../incomplete-scan';
import type { ActOrder } from './act-order';
import { ActQueue, type Upcoming } from './act-queue';
import type { Deregistration } from './deregistration';
import { type KeptReason, type LookOptions, lookAt, reasonInUse } from './last-look';
import type { RunLog } from './ports';
import type { StopSign } from './stop-sign';
import type { Act } from './verify';

export interface ActOptions extends LookOptions {
  /** What may go, in the order in which it goes. */
  readonly due: ActOrder;
  readonly deregistration: Deregistration;
  readonly stop: Pick<StopSign, 'isUp' | 'meaning'>;
  /** When the run must be over; no call is sent in its last half minute. */
  readonly deadline: number;
  readonly mostActs: number;
  readonly reporter: RunLog;
  /** Told what comes next, before any of it is looked at, and waited for: where it cannot be written down, nothing is done. */
  readonly begin?: (next: readonly Revision[], at: number) => Promise<void>;
  /** Told of every call that ECS may have taken. */
  readonly sent: (act: Act) => void;
}

export type Ended = 'nothing left' | 'deadline' | 'most acts' | 'stopped' | 'throttled' | 'incomplete scan' | 'failed';

export interface ActResult {
  readonly ended: Ended;
  readonly why?: string;
  readonly deregistered: readonly Act[];
  /** Due by the plan, kept by the look before the act. */
  readonly kept: readonly { readonly revision: string; readonly reason: KeptReason }[];
  readonly remaining: number;
}

const LAST_CALL_BEFORE_DEADLINE = 30 * SECOND;
const LOOKS = 'the looks before an act';
/** The looks before an act begin this long before its turn, so that they cost no time and stay fresh. */
const LOOK_AHEAD = 0.5 * SECOND;
const THROTTLES_TO_END = 5;
const FAILURES_TO_END = 5;

/** What the turn of a revision came to. What is stale, throttled or failed comes again after all others. */
type Outcome =
  | { readonly kind: 'gone'; readonly act: Act }
  | { readonly kind: 'kept'; readonly reason: KeptReason }
  | { readonly kind: 'stale' }
  | { readonly kind: 'throttled' | 'failed'; readonly error: EcsCallError }
  | { readonly kind: 'end'; readonly ended: Ended; readonly why?: string };

/** Lets go what is due, one by one: the last look at each comes right before its call. */
export async function act(options: ActOptions): Promise<ActResult> {
  const queue = new ActQueue(options.due);
  const deregistered: Act[] = [];
  const kept: { revision: string; reason: KeptReason }[] = [];
  let failures = 0;
  const failed = new Set<string>();
  const result = (ended: Ended, why?: string): ActResult => {
    return { ended, deregistered, kept, remaining: queue.remaining, ...(why === undefined ? {} : { why }) };
  };

  for (let next = queue.next(); next; next = queue.next()) {
    if (deregistered.length >= options.mostActs) return result('most acts');
    const outcome = await turn(next, options);
    switch (outcome.kind) {
      case 'gone':
        failures = 0;
        deregistered.push(outcome.act);
        queue.settle();
        break;
      case 'kept':
        kept.push({ revision: revisionName(next[0]), reason: outcome.reason });
        queue.settle();
        break;
      case 'stale':
        queue.putBack();
        break;
      case 'throttled':
        queue.putBack();
        if (options.definitions.throttles().inARow >= THROTTLES_TO_END) return result('throttled', outcome.error.message);
        break;
      case 'failed': {
        const { family } = next[0];
        queue.putFamilyBack(family);
        failures += 1;
        // The first failure of a family may be its own: however many such families there are, they hold up no other.
        const isOver = failures >= FAILURES_TO_END && failed.has(family);
        if (isOver || isFinal(outcome.error)) return result('failed', outcome.error.message);
        failed.add(family);
        break;
      }
      case 'end':
        return result(outcome.ended, outcome.why);
    }
  }
  // What failed has come again until it was gone or kept.
  return result('nothing left');
}

/** The turn of the first, once it is time for it. */
async function turn(next: Upcoming, options: ActOptions): Promise<Outcome> {
  const { definitions, clock } = options;
  const wait = Math.max(0, definitions.delay() - LOOK_AHEAD);
  if (clock.now() + wait + LOOK_AHEAD >= lastCall(options)) return end('deadline');
  await clock.sleep(wait);
  return (await lookBefore(next, options)) ?? (await attempt(next[0], options));
}

/** What keeps the first from its turn: a rule, the time, the state of the world; `undefined` when it goes now. */
async function lookBefore(next: Upcoming, options: ActOptions): Promise<Outcome | undefined> {
  const { definitions, clock, stop, reporter } = options;
  const [revision] = next;
  try {
    await options.begin?.(next, clock.now());
    const { reason: found, until } = await inTime(lookAt(revision, options), lastCall(options), clock, LOOKS);
    // After the looks, which may have waited for a scan.
    if (await stop.isUp()) return end('stopped', stop.meaning);
    // The rest of the wait comes before the last glances: meanwhile a scan may end, or fail, and a process stand still.
    if (!found) await clock.sleep(definitions.delay());
    const reason = found ?? (await inTime(reasonInUse(revision, options), lastCall(options), clock, LOOKS));
    if (reason) {
      reporter.info('Kept a due task definition revision', { revision: revisionName(revision), reason });
      return { kind: 'kept', reason };
    }
    if (clock.now() >= lastCall(options)) return end('deadline');
    return clock.now() > until ? { kind: 'stale' } : undefined;
  } catch (error) {
    if (!(error instanceof IncompleteScan)) return end('failed', errorText(error));
    return error.call === LOOKS ? end('deadline') : end('incomplete scan', error.message);
  }
}

/** The call, and what became of it. */
async function attempt(revision: Revision, options: ActOptions): Promise<Outcome> {
  const { deregistration, clock, reporter } = options;
  const name = revisionName(revision);
  const at = clock.now();
  try {
    await deregistration.deregister(revision);
  } catch (error) {
    if (!(error instanceof EcsCallError)) throw error;
    if (error.throttled) return { kind: 'throttled', error };
    // Nobody knows whether it took effect: it is verified as if it had.
    options.sent({ ...revision, at: clock.now() });
    reporter.warn('Could not deregister a task definition revision', { revision: name, error: error.message });
    return { kind: 'failed', error };
  }
  options.sent({ ...revision, at: clock.now() });
  reporter.info('Deregistered a task definition revision', { revision: name });
  return { kind: 'gone', act: { ...revision, at } };
}

function end(ended: Ended, why?: string): Outcome {
  return { kind: 'end', ended, ...(why === undefined ? {} : { why }) };
}

function lastCall({ deadline }: ActOptions): number {
  return deadline - LAST_CALL_BEFORE_DEADLINE;
}

/** No further try can end otherwise. */
function isFinal({ code }: EcsCallError): boolean {
  return code === 'AccessDeniedException';
}
