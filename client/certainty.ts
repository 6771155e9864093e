import { type Lease, leaseEnd, MINUTE_MS, reliedOnUntil } from './lease';
import type { HoldState, Sent, State } from './protection-state';

/** A request without an answer has taken effect after this time, or never will. */
export const SETTLED_AFTER_MS = 5000;

/** The instant up to which protection is certain: what was asked for meanwhile, and not answered, counts at its worst. */
export function certainUntil({ lease, doubts, inFlight }: State): number {
  if (!lease || doubts.some(({ wish }) => wish.kind === 'release')) return Number.NEGATIVE_INFINITY;
  const asked = inFlight ? [...doubts, inFlight] : doubts;
  return Math.min(reliedOnUntil(lease), ...asked.map((sent) => reliedOn(sent)));
}

export function reliedOn({ wish, at }: Sent): number {
  return wish.kind === 'protect' ? reliedOnUntil(leaseOf(wish.minutes, at)) : Number.POSITIVE_INFINITY;
}

export function leaseOf(minutes: number, sentAt: number): Lease {
  return { sentAt, durationMs: minutes * MINUTE_MS };
}

export function isActive(hold: HoldState, now: number): boolean {
  return now < hold.spentAt;
}

/** The lease goes as far as whole minutes let it. */
export function atMaximum(hold: HoldState, lease: Lease): boolean {
  return hold.endsAt < leaseEnd(lease) + MINUTE_MS;
}

/** Whole minutes, and never beyond the end of the job's maximum. */
export function minutesLeft(hold: HoldState, at: number): number {
  return at < hold.spentAt ? Math.min(hold.minutes, Math.floor((hold.endsAt - at) / MINUTE_MS)) : 0;
}

export function endIfAsked(hold: HoldState, at: number): number {
  return at + minutesLeft(hold, at) * MINUTE_MS;
}

export function settledAt({ doubts }: State): number {
  return Math.max(...doubts.map(({ at }) => at)) + SETTLED_AFTER_MS;
}
