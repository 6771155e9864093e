import { certainUntil, isActive } from './certainty';
import { type Draft, type Moment, raise } from './draft';
import { expire, newHold, tendHolds } from './holds';
import { lastThird } from './lease';
import { nextRequest, releaseRequest } from './next-request';
import type { Command, Event, Settings, State, Wish } from './protection-state';
import { LINGER_MS, settle } from './settle';

/** Whatever the jobs do, ECS gets no more than one change in this time. */
const LEAST_GAP_MS = 5000;

export interface Step {
  readonly state: State;
  readonly commands: readonly Command[];
  /** When something is due next, if nothing else happens. */
  readonly wakeAt: number;
  /** Somebody waits for what comes next: the process must not end before. */
  readonly urgent: boolean;
}

export function initialState(settings: Settings): State {
  return {
    settings,
    holds: new Map(),
    possiblyUntil: 0,
    doubts: [],
    started: false,
    closing: false,
    closed: false,
    closeTries: 0,
    refusing: false,
    stopping: false,
    readDenied: false,
    failures: 0,
    readFailures: 0,
    releaseFailed: false,
    lost: false,
    gapUntil: 0,
    retryAt: 0,
    releaseAgainAt: 0,
    nextReadAt: 0,
    renewAt: 0,
    verifyAt: 0,
    lingerUntil: 0,
  };
}

/** Whether the task is protected for certain, as far as anybody can know without asking. */
export function isProtected(state: State, now: number): boolean {
  return now < certainUntil(state);
}

/**
 * What follows from an event. Knows no clock and no chance: both are given.
 *
 * @param now milliseconds of a clock that only goes forward
 * @param chance from 0 to 1, by which waits are spread
 */
export function step(state: State, event: Event, now: number, chance: number): Step {
  const draft: Draft = { ...state, holds: new Map(state.holds) };
  const commands: Command[] = [];
  apply(draft, event, { now, chance, commands });
  expire(draft, now, commands);
  tendHolds(draft, now, commands);
  const next = draft.inFlight ? undefined : nextRequest(draft, now);
  if (next && next.at <= now) send(draft, next.wish, now, commands);
  if (isClosed(draft, now)) {
    draft.closed = true;
    commands.push({ kind: 'closed' });
  }
  const requestAt = draft.inFlight || !next ? Number.POSITIVE_INFINITY : next.at;
  return { state: draft, commands, wakeAt: wakeAt(draft, requestAt, now), urgent: isUrgent(draft, now) };
}

function apply(draft: Draft, event: Event, moment: Moment): void {
  const { now, commands } = moment;
  switch (event.kind) {
    case 'hold':
      draft.holds.set(event.id, newHold(event.terms, now));
      break;
    case 'release':
      if (draft.holds.delete(event.id) && draft.holds.size === 0) draft.lingerUntil = now + LINGER_MS;
      break;
    case 'answer':
      settle(draft, event.answer, moment);
      break;
    case 'stop':
      if (!draft.stopping && !draft.refusing) raise(commands, { name: 'draining', reason: 'stopping' });
      draft.stopping = true;
      break;
    case 'close':
      draft.closing = true;
      break;
    default:
  }
}

function send(draft: Draft, wish: Wish, now: number, commands: Command[]): void {
  draft.inFlight = { wish, at: now };
  if (wish.kind !== 'read') draft.gapUntil = now + LEAST_GAP_MS;
  // From the moment it is sent, a release may have taken effect.
  if (wish.kind === 'release') draft.lease = undefined;
  commands.push({ kind: 'send', wish });
}

function isClosed(draft: Draft, now: number): boolean {
  if (!draft.closing || draft.closed || draft.inFlight) return false;
  if ([...draft.holds.values()].some((hold) => isActive(hold, now))) return false;
  return releaseRequest(draft, now) === undefined;
}

function wakeAt(draft: Draft, requestAt: number, now: number): number {
  if (draft.closed) return Number.POSITIVE_INFINITY;
  const instants = [requestAt, certainUntil(draft), ...(draft.lease ? [lastThird(draft.lease)] : [])];
  for (const hold of draft.holds.values()) {
    instants.push(hold.spentAt, hold.lastThirdAt);
    if (!hold.admitted) instants.push(hold.waitsUntil, hold.waits ? hold.sayWaitingAt : hold.waitsUntil);
  }
  return Math.min(...instants.filter((instant) => instant > now));
}

function isUrgent(draft: Draft, now: number): boolean {
  if (draft.closing) return true;
  const waits = [...draft.holds.values()].some(({ admitted }) => !admitted);
  return waits || (draft.holds.size === 0 && now < draft.possiblyUntil && draft.failures === 0);
}
