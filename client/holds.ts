import { atMaximum, certainUntil, endIfAsked, isActive, reliedOn } from './certainty';
import { type Draft, raise, seconds } from './draft';
import { lastThird, leaseEnd, marginMs, minutesFor, reliedOnUntil } from './lease';
import type { Admission, Command, HoldState, HoldTerms, Loss, Warning } from './protection-state';

const SAY_WAITING_AFTER_MS = 10_000;
const SAY_WAITING_EVERY_MS = 60_000;

export function newHold({ expectedMs, maxMs, waits, waitMs }: HoldTerms, now: number): HoldState {
  const endsAt = now + maxMs;
  const spentAt = endsAt - marginMs(maxMs);
  return {
    startedAt: now,
    coverUntil: Math.min(now + expectedMs, spentAt),
    spentAt,
    endsAt,
    lastThirdAt: endsAt - maxMs / 3,
    minutes: minutesFor(expectedMs),
    waits,
    waitsUntil: now + waitMs,
    sayWaitingAt: now + SAY_WAITING_AFTER_MS,
    admitted: false,
    granted: false,
    guarded: false,
    warned: false,
    ended: false,
  };
}

export function expire(draft: Draft, now: number, commands: Command[]): void {
  const { lease } = draft;
  if (!lease || now < Math.min(reliedOnUntil(lease), ...draft.doubts.map(reliedOn))) return;
  const guarded = [...draft.holds].filter(([, hold]) => hold.guarded && !hold.ended && isActive(hold, now));
  const cut = guarded.filter(([, hold]) => !atMaximum(hold, lease));
  draft.lease = undefined;
  if (cut.length > 0) {
    draft.lost = true;
    raise(commands, { name: 'lost', reason: 'expired' });
  }
  for (const [id, hold] of guarded) end(draft, id, hold, atMaximum(hold, lease) ? 'maximum' : 'expired', commands);
}

export function tendHolds(draft: Draft, now: number, commands: Command[]): void {
  const certain = certainUntil(draft);
  for (const [id, hold] of draft.holds) {
    if (!hold.admitted) admit(draft, id, hold, certain, now, commands);
    else if (!hold.guarded && now < certain && !hold.ended) draft.holds.set(id, { ...hold, guarded: true });
  }
  for (const [id, hold] of draft.holds) {
    if (!hold.guarded || hold.ended) continue;
    if (!isActive(hold, now)) {
      end(draft, id, hold, 'maximum', commands);
      continue;
    }
    const reason = hold.warned ? undefined : warningFor(draft, hold, now);
    if (!reason) continue;
    draft.holds.set(id, { ...hold, warned: true });
    commands.push({ kind: 'warn', id, reason });
    raise(commands, { name: 'at-risk', hold: id, reason, secondsLeft: seconds(Math.min(certain, hold.spentAt) - now) });
  }
}

function admit(draft: Draft, id: number, hold: HoldState, certain: number, now: number, commands: Command[]): void {
  const admission = admissionOf(draft, hold, certain, now);
  if (admission) {
    draft.holds.set(id, { ...hold, admitted: true, guarded: now < certain });
    commands.push({ kind: 'admit', id, admission });
  } else if (hold.waits && now >= hold.sayWaitingAt) {
    draft.holds.set(id, { ...hold, sayWaitingAt: now + SAY_WAITING_EVERY_MS });
    raise(commands, { name: 'waiting', hold: id, seconds: seconds(now - hold.startedAt) });
  }
}

function admissionOf(draft: Draft, hold: HoldState, certain: number, now: number): Admission | undefined {
  const { lease, obstacle, closing, refusing } = draft;
  const enough = lease && (hold.granted || certain >= hold.coverUntil || endIfAsked(hold, now) <= leaseEnd(lease));
  if (enough && now < certain) return 'protected';
  if (obstacle) return 'unavailable';
  if (closing) return 'closing';
  if (refusing && !hold.waits) return 'refused';
  if (now >= hold.waitsUntil || !isActive(hold, now)) return refusing ? 'refused' : 'not-in-time';
  return undefined;
}

function warningFor(draft: Draft, hold: HoldState, now: number): Warning | undefined {
  if (now >= hold.lastThirdAt) return 'maximum';
  if (!draft.lease || now < lastThird(draft.lease)) return undefined;
  if (atMaximum(hold, draft.lease)) return 'maximum';
  return draft.refusing ? 'refused' : 'unreachable';
}

export function endGuarded(draft: Draft, reason: Warning, commands: Command[]): void {
  for (const [id, hold] of draft.holds) if (hold.guarded && !hold.ended) end(draft, id, hold, reason, commands);
}

function end(draft: Draft, id: number, hold: HoldState, reason: Warning | Loss, commands: Command[]): void {
  draft.holds.set(id, { ...hold, ended: true });
  commands.push({ kind: 'end', id, reason });
}
