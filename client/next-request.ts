import { certainUntil, endIfAsked, isActive, minutesLeft, settledAt } from './certainty';
import type { Draft } from './draft';
import { type Lease, leaseEnd, MINUTE_MS } from './lease';
import type { HoldState, State, Wish } from './protection-state';

/** What is asked for only to learn whether ECS grants again. */
const PROBE_MINUTES = 2;
const CLOSE_TRIES = 2;

interface Request {
  readonly wish: Wish;
  /** Not before this instant. */
  readonly at: number;
}

export function nextRequest(draft: Draft, now: number): Request | undefined {
  if (draft.closed) return undefined;
  const requests = [protectRequest(draft, now), releaseRequest(draft, now), readRequest(draft, now)];
  return requests.reduce((first, other) => (!first || (other && other.at < first.at) ? other : first));
}

function protectRequest(draft: Draft, now: number): Request | undefined {
  if (draft.obstacle) return undefined;
  const earliest = Math.max(now, draft.gapUntil, draft.retryAt);
  const active = [...draft.holds.values()].filter((hold) => isActive(hold, now));
  if (active.length === 0)
    return mayProbe(draft, now) ? { wish: { kind: 'protect', minutes: PROBE_MINUTES }, at: earliest } : undefined;
  const certain = certainUntil(draft);
  const lease = now < certain ? draft.lease : undefined;
  const uncovered = active.some((hold) => !hold.granted && hold.coverUntil > certain && wouldHelp(hold, lease, earliest));
  const due = Math.max(earliest, lease && !uncovered ? mustAskAt(draft) : now);
  const minutesAt = (at: number) => Math.max(...active.map((hold) => minutesLeft(hold, at)));
  // A renewal that gains less than a minute can wait; near a maximum it would gain nothing at all.
  const mustGain = lease && !uncovered && !settlesByAsking(draft);
  const at = mustGain ? Math.max(due, leaseEnd(lease) + MINUTE_MS - minutesAt(due) * MINUTE_MS) : due;
  const minutes = minutesAt(at);
  if (minutes < 1 || (mustGain && at + minutes * MINUTE_MS < leaseEnd(lease) + MINUTE_MS)) return undefined;
  return { wish: { kind: 'protect', minutes }, at };
}

function mustAskAt(draft: Draft): number {
  return settlesByAsking(draft) ? Math.min(draft.renewAt, settledAt(draft)) : draft.renewAt;
}

/** Where nothing can be read, a second grant tells what a doubtful request has left. */
function settlesByAsking({ readDenied, doubts }: State): boolean {
  return readDenied && doubts.length > 0;
}

/** Nothing is at work, and ECS said no the last time: only a request tells when it says yes again. */
function mayProbe(draft: Draft, now: number): boolean {
  return draft.refusing && !draft.closing && !draft.stopping && draft.holds.size === 0 && now >= draft.possiblyUntil;
}

function wouldHelp(hold: HoldState, lease: Lease | undefined, at: number): boolean {
  return !lease || endIfAsked(hold, at) > leaseEnd(lease);
}

export function releaseRequest(draft: Draft, now: number): Request | undefined {
  if (draft.holds.size > 0 || now >= draft.possiblyUntil || draft.closeTries >= CLOSE_TRIES) return undefined;
  const at = Math.max(now, draft.releaseAgainAt, draft.closing ? 0 : Math.max(draft.lingerUntil, draft.gapUntil));
  return { wish: { kind: 'release' }, at };
}

function readRequest(draft: Draft, now: number): Request | undefined {
  if (draft.obstacle || draft.readDenied) return undefined;
  const at = readDueAt(draft, now);
  return at === undefined ? undefined : { wish: { kind: 'read' }, at: Math.max(now, draft.nextReadAt, at) };
}

function readDueAt(draft: Draft, now: number): number | undefined {
  if (!draft.started) return now;
  const isIdle = draft.holds.size === 0;
  if (draft.doubts.length > 0 && (draft.lease || (isIdle && now >= draft.possiblyUntil))) return settledAt(draft);
  return draft.lease && !isIdle ? draft.verifyAt : undefined;
}
