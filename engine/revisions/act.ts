import { type Revision, revisionName } from '../../lib/contract/arn';
import type { PruneReason } from '../../lib/contract/prune-plan';
import type { PruneRuleSettings, PruneSettings } from '../../lib/contract/prune-settings';
import { type Clock, SECOND } from '../clock';
import { EcsCallError } from '../ecs-call-error';
import { errorText } from '../error-text';
import { inTime } from '../in-time';
import { IncompleteScan } from '../incomplete-scan';
import type { ActOrder } from './act-order';
import type { Deregistration } from './deregistration';
import { describeOrDoubt } from './descriptions';
import { isBatchOwned } from './owners';
import type { RunLog, TaskDefinitions } from './ports';
import type { ReferenceWatch } from './reference-watch';
import { isOldEnough } from './standing';
import type { StopSign } from './stop-sign';
import type { Act } from './verify';

export interface ActOptions {
  /** What may go, in the order in which it goes. */
  readonly due: ActOrder;
  readonly settings: PruneSettings;
  readonly ruleOf: (family: string) => PruneRuleSettings | undefined;
  readonly definitions: TaskDefinitions;
  readonly deregistration: Deregistration;
  readonly watch: ReferenceWatch;
  readonly stop: Pick<StopSign, 'isUp' | 'meaning'>;
  readonly clock: Clock;
  /** When the run must be over; no call is sent in its last half minute. */
  readonly deadline: number;
  readonly mostActs: number;
  readonly reporter: RunLog;
  /** The families go as a whole: being among the newest keeps none. */
  readonly retiring?: boolean;
  /** A further look at each revision, and the newest of its family, right before its act. @throws IncompleteScan to end the run */
  readonly lastLook?: (revision: Revision, newest: number) => Promise<KeptReason | undefined>;
  /** Told what comes next, before any of it is looked at, and waited for: where it cannot be written down, nothing is done. */
  readonly begin?: (next: readonly Revision[], at: number) => Promise<void>;
  /** Told of every call that ECS may have taken. */
  readonly sent: (act: Act) => void;
}

/** Why a due revision stayed after all; `gone` when somebody else was first. */
export type KeptReason = PruneReason | 'gone' | 'unreadable';

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
/** A scan must hold for so much longer when the looks begin, so that none of them grows stale in a wait for the next. */
const LOOKS_TAKE = 5 * SECOND;
/** What the looks found is acted on within this time, or looked at again: a call may be slow, and a process may stand still. */
const LOOKS_HOLD = 20 * SECOND;
/** So many are told ahead: at the usual pace, those of a minute. */
const TOLD_AHEAD = 30;
const THROTTLES_TO_END = 5;
const FAILURES_TO_END = 5;

/** Lets go what is due, one by one: the last look at each comes right before its call. */
export async function act(options: ActOptions): Promise<ActResult> {
  const { definitions, clock, stop, deregistration, reporter } = options;
  const lastCall = options.deadline - LAST_CALL_BEFORE_DEADLINE;
  const due = options.due[Symbol.iterator]();
  /** What comes next; what ECS did not let go is tried again after all others. */
  const next: Revision[] = [];
  const again: Revision[] = [];
  let remaining = options.due.length;
  const deregistered: Act[] = [];
  const kept: { revision: string; reason: KeptReason }[] = [];
  let failures = 0;
  const end = (ended: Ended, why?: string): ActResult => ({
    ended,
    deregistered,
    kept,
    remaining,
    ...(why === undefined ? {} : { why }),
  });

  while (remaining > 0) {
    if (deregistered.length >= options.mostActs) return end('most acts');
    const wait = Math.max(0, definitions.delay() - LOOK_AHEAD);
    if (clock.now() + wait + LOOK_AHEAD >= lastCall) return end('deadline');
    await clock.sleep(wait);
    if (next.length === 0) next.push(...taken(due, TOLD_AHEAD));
    if (next.length === 0) next.push(...again.splice(0, TOLD_AHEAD));
    try {
      await options.begin?.(next, clock.now());
    } catch (error) {
      return end('failed', errorText(error));
    }
    const revision = next.shift() as Revision;
    const name = revisionName(revision);
    try {
      const { reason: found, until } = await inTime(lookedAt(revision, options), lastCall, clock, LOOKS);
      // After the looks, which may have waited for a scan.
      if (await stop.isUp()) return end('stopped', stop.meaning);
      // The rest of the wait comes before the last glances: meanwhile a scan may end, or fail, and a process stand still.
      if (!found) await clock.sleep(definitions.delay());
      const reason = found ?? (await inTime(usedBy(revision, options), lastCall, clock, LOOKS));
      if (reason) {
        remaining -= 1;
        kept.push({ revision: name, reason });
        reporter.info('Kept a due task definition revision', { revision: name, reason });
        continue;
      }
      if (clock.now() >= lastCall) return end('deadline');
      if (clock.now() > until) {
        again.push(revision);
        continue;
      }
    } catch (error) {
      if (error instanceof IncompleteScan) {
        return error.call === LOOKS ? end('deadline') : end('incomplete scan', error.message);
      }
      return end('failed', errorText(error));
    }
    const sentAt = clock.now();
    try {
      await deregistration.deregister(revision);
      failures = 0;
      remaining -= 1;
      deregistered.push({ ...revision, at: sentAt });
      options.sent({ ...revision, at: clock.now() });
      reporter.info('Deregistered a task definition revision', { revision: name });
    } catch (error) {
      if (!(error instanceof EcsCallError)) throw error;
      again.push(revision);
      if (error.throttled) {
        if (definitions.throttles().inARow >= THROTTLES_TO_END) return end('throttled', error.message);
        continue;
      }
      // Nobody knows whether it took effect: it is verified as if it had.
      options.sent({ ...revision, at: clock.now() });
      failures += 1;
      reporter.warn('Could not deregister a task definition revision', { revision: name, error: error.message });
      if (error.code === 'AccessDeniedException' || failures >= FAILURES_TO_END) return end('failed', error.message);
    }
  }
  return failures > 0 ? end('failed', 'some revisions could not be deregistered') : end('nothing left');
}

/** The next of an order, as many as there are of so many. */
function taken(order: Iterator<Revision, void>, count: number): Revision[] {
  const found: Revision[] = [];
  while (found.length < count) {
    const { value } = order.next();
    if (!value) break;
    found.push(value);
  }
  return found;
}

/** What the looks at a revision found, and until when it may be acted on. */
async function lookedAt(
  revision: Revision,
  options: ActOptions,
): Promise<{ readonly reason: KeptReason | undefined; readonly until: number }> {
  // Waits, if it has to, before the looks at the revision: so these are not stale at the act.
  await options.watch.fresh(LOOKS_TAKE);
  const until = options.clock.now() + LOOKS_HOLD;
  return { reason: await reasonToKeep(revision, options), until };
}

/** The rules again, on the world as it is now. */
async function reasonToKeep(
  revision: Revision,
  { definitions, ruleOf, settings, clock, retiring, lastLook }: ActOptions,
): Promise<KeptReason | undefined> {
  const rule = ruleOf(revision.family);
  if (!rule) return 'out-of-scope';
  const facts = await describeOrDoubt(revision, definitions);
  if (facts === 'unreadable') return facts;
  if (facts?.status !== 'ACTIVE') return 'gone';
  if (facts.tagKeys.includes(settings.keepTag)) return 'opted-out';
  if (isBatchOwned(facts)) return 'not-managed';
  if (!isOldEnough(facts, rule, clock.now())) return 'too-young';
  let newest: readonly number[] = [];
  if (!retiring) {
    // Others may have deregistered newer ones since the plan, and left this one among the newest.
    newest = await definitions.newest(revision.family, rule.keepLatest);
    // A list shorter than what the rule keeps would show this one, or is not believed.
    if (newest.length < rule.keepLatest || newest.includes(revision.revision)) return 'latest';
  }
  return lastLook?.(revision, newest[0] ?? revision.revision);
}

/** By the newest scan, if it is young enough. */
async function usedBy(revision: Revision, { watch }: ActOptions): Promise<KeptReason | undefined> {
  const { references } = await watch.fresh();
  return references.has(revision) || references.holdOn(revision.family) ? 'referenced' : undefined;
}
