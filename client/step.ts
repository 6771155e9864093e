import type { Answer } from './agent-answer';
import { type Lease, lastThird, leaseEnd, MINUTE_MS, marginMs, minutesFor, reliedOnUntil } from './lease';
import type {
  Admission,
  Command,
  Event,
  HoldState,
  HoldTerms,
  Loss,
  Notice,
  Sent,
  Settings,
  State,
  Warning,
  Wish,
} from './protection-state';

/** Protection outlives the last job so long: the next one often follows at once. */
const LINGER_MS = 3000;
/** Whatever the jobs do, ECS gets no more than one change in this time. */
const LEAST_GAP_MS = 5000;
const LONGEST_BACKOFF_MS = 30_000;
/** A request without an answer has taken effect after this time, or never will. */
const SETTLED_AFTER_MS = 5000;
const LATE_EFFECT_MS = 60_000;
/** How often protection is looked at that somebody else could have released. */
const VERIFY_EVERY_MS = 45_000;
const SAY_WAITING_AFTER_MS = 10_000;
const SAY_WAITING_EVERY_MS = 60_000;
/** What is asked for only to learn whether ECS grants again. */
const PROBE_MINUTES = 2;
const CLOSE_TRIES = 2;

/** A state under construction. */
type Draft = { -readonly [K in keyof State]: State[K] } & { holds: Map<number, HoldState> };

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
  apply(draft, event, now, chance, commands);
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

function apply(draft: Draft, event: Event, now: number, chance: number, commands: Command[]): void {
  switch (event.kind) {
    case 'hold':
      draft.holds.set(event.id, newHold(event.terms, now));
      break;
    case 'release':
      if (draft.holds.delete(event.id) && draft.holds.size === 0) draft.lingerUntil = now + LINGER_MS;
      break;
    case 'answer':
      settle(draft, event.answer, now, chance, commands);
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

function newHold({ expectedMs, maxMs, waits, waitMs }: HoldTerms, now: number): HoldState {
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

// What is known.

/** The instant up to which protection is certain: what was asked for meanwhile, and not answered, counts at its worst. */
function certainUntil({ lease, doubts, inFlight }: State): number {
  if (!lease || doubts.some(({ wish }) => wish.kind === 'release')) return Number.NEGATIVE_INFINITY;
  const asked = inFlight ? [...doubts, inFlight] : doubts;
  return Math.min(reliedOnUntil(lease), ...asked.map((sent) => reliedOn(sent)));
}

function reliedOn({ wish, at }: Sent): number {
  return wish.kind === 'protect' ? reliedOnUntil(leaseOf(wish.minutes, at)) : Number.POSITIVE_INFINITY;
}

function leaseOf(minutes: number, sentAt: number): Lease {
  return { sentAt, durationMs: minutes * MINUTE_MS };
}

function isActive(hold: HoldState, now: number): boolean {
  return now < hold.spentAt;
}

// Answers.

function settle(draft: Draft, given: Answer, now: number, chance: number, commands: Command[]): void {
  const sent = draft.inFlight;
  if (!sent) return;
  draft.inFlight = undefined;
  const answer = ofThisTask(draft, given);
  if (answer.kind === 'stands') {
    draft.taskId = answer.taskId;
    if (!draft.started) raise(commands, { name: 'ready', taskId: answer.taskId, protected: answer.protected });
  }
  const doubts = draft.doubts;
  draft.doubts = doubts.map((doubt) => ({ ...doubt, followed: true }));
  // What is read now is what the last effect left behind.
  const leftOpen = draft.doubts.filter((_, i) => !(doubts[i]?.followed && sent.at >= (doubts[i]?.at ?? 0) + SETTLED_AFTER_MS));
  if (sent.wish.kind === 'read') settleRead(draft, answer, leftOpen, now, chance, commands);
  else if (sent.wish.kind === 'release') settleRelease(draft, sent, answer, now, chance, commands);
  else settleProtect(draft, sent, leaseOf(sent.wish.minutes, sent.at), answer, leftOpen, now, chance, commands);
  if (answer.kind === 'stands') draft.started = true;
}

function ofThisTask({ taskId }: State, answer: Answer): Answer {
  const foreign = answer.kind === 'stands' && taskId !== undefined && answer.taskId !== taskId;
  return foreign ? { kind: 'unknown', code: 'AnotherTask' } : answer;
}

function settleProtect(
  draft: Draft,
  sent: Sent,
  lease: Lease,
  answer: Answer,
  leftOpen: Draft['doubts'],
  now: number,
  chance: number,
  commands: Command[],
): void {
  if (answer.kind === 'stands' && answer.protected) {
    draft.lease = { ...lease, expiresAt: answer.expiresAt };
    draft.doubts = leftOpen;
    draft.possiblyUntil = Math.max(leftOpen.length > 0 ? draft.possiblyUntil : 0, now + lease.durationMs);
    draft.failures = 0;
    draft.retryAt = 0;
    draft.lost = false;
    draft.renewAt = sent.at + (lease.durationMs / 3) * spread(chance);
    draft.verifyAt = now + VERIFY_EVERY_MS * spread(chance);
    if (draft.holds.size === 0) draft.lingerUntil = now + LINGER_MS;
    for (const [id, hold] of draft.holds) if (hold.startedAt <= sent.at) draft.holds.set(id, { ...hold, granted: true });
    raise(commands, { name: 'protected', seconds: seconds(certainUntil(draft) - now) });
    if (draft.refusing && !draft.stopping) raise(commands, { name: 'resumed' });
    draft.refusing = false;
    return;
  }
  if (answer.kind === 'refused') {
    draft.retryAt = now + 15_000 + 45_000 * chance;
    if (draft.holds.size > 0) raise(commands, { name: 'refused', secondsLeft: seconds(certainUntil(draft) - now) });
    if (!draft.refusing && !draft.stopping) raise(commands, { name: 'draining', reason: 'refused' });
    draft.refusing = true;
  } else if (answer.kind === 'never') {
    obstruct(draft, answer, commands);
  } else {
    doubt(draft, sent, answer, now + lease.durationMs + LATE_EFFECT_MS);
    fail(draft, sent.wish, answer, now, chance, commands);
  }
  // It was lost already, and is not to be had again at once.
  if (draft.lost) endGuarded(draft, answer.kind === 'refused' ? 'refused' : 'unreachable', commands);
}

function settleRelease(draft: Draft, sent: Sent, answer: Answer, now: number, chance: number, commands: Command[]): void {
  if (answer.kind === 'stands' && !answer.protected) {
    draft.possiblyUntil = 0;
    draft.doubts = draft.doubts.filter(({ wish }) => wish.kind === 'protect');
    draft.failures = 0;
    draft.releaseFailed = false;
    raise(commands, { name: 'released' });
    return;
  }
  const code = codeOf(answer);
  if (draft.closing) draft.closeTries += 1;
  if (!draft.releaseFailed) raise(commands, { name: 'release-failed', code });
  draft.releaseFailed = true;
  if (answer.kind === 'never') {
    draft.possiblyUntil = 0;
    obstruct(draft, answer, commands);
    return;
  }
  doubt(draft, sent, answer, draft.possiblyUntil);
  fail(draft, sent.wish, answer, now, chance, commands);
}

function settleRead(
  draft: Draft,
  answer: Answer,
  leftOpen: Draft['doubts'],
  now: number,
  chance: number,
  commands: Command[],
): void {
  if (answer.kind === 'never' && (answer.obstacle === 'access-denied' || answer.obstacle === 'request-rejected')) {
    // Who may protect and not read loses the look at others' releases, and no more.
    draft.readDenied = true;
    draft.started = true;
    raise(commands, { name: 'unreadable', code: answer.code });
    return;
  }
  if (answer.kind === 'never') {
    obstruct(draft, answer, commands);
    return;
  }
  if (answer.kind !== 'stands') {
    draft.readFailures += 1;
    draft.nextReadAt = now + Math.max(1000, backoffMs(draft.readFailures, chance));
    raise(commands, { name: 'failed', action: 'read', code: codeOf(answer) });
    return;
  }
  draft.readFailures = 0;
  draft.verifyAt = now + VERIFY_EVERY_MS * spread(chance);
  const releasedLate = draft.doubts.some(({ wish }) => wish.kind === 'release');
  draft.doubts = leftOpen;
  if (draft.lease && answer.protected) shorten(draft, answer.expiresAt, now);
  else if (draft.lease) lose(draft, releasedLate, now, commands);
  else if (!answer.protected && leftOpen.length === 0) draft.possiblyUntil = 0;
  else if (answer.protected && (draft.started || draft.settings.releaseAtStart)) draft.possiblyUntil = Number.POSITIVE_INFINITY;
}

/** An older request of ours, or somebody else, may have shortened it. Two instants of ECS are compared, never one with ours. */
function shorten(draft: Draft, expiresAt: number | undefined, now: number): void {
  const { lease } = draft;
  if (!lease || lease.expiresAt === undefined || expiresAt === undefined) return;
  const less = lease.expiresAt - expiresAt;
  if (less < 0) draft.possiblyUntil = Math.max(draft.possiblyUntil, now + lease.durationMs - less);
  if (less <= 0) return;
  draft.lease = { ...lease, sentAt: lease.sentAt - less, expiresAt };
  draft.renewAt = now;
}

function lose(draft: Draft, byOwnRelease: boolean, now: number, commands: Command[]): void {
  draft.lease = undefined;
  draft.retryAt = 0;
  draft.possiblyUntil = draft.doubts.length === 0 ? 0 : draft.possiblyUntil;
  if (byOwnRelease || ![...draft.holds.values()].some((hold) => isActive(hold, now))) return;
  draft.lost = true;
  raise(commands, { name: 'lost', reason: 'released-elsewhere' });
}

function obstruct(draft: Draft, { obstacle, code }: Extract<Answer, { kind: 'never' }>, commands: Command[]): void {
  if (draft.obstacle) return;
  draft.obstacle = obstacle;
  draft.started = true;
  raise(commands, { name: 'unavailable', obstacle, code });
}

function doubt(draft: Draft, sent: Sent, answer: Answer, possiblyUntil: number): void {
  // The agent's own limit answers before anything is passed on.
  if (answer.kind === 'unheard') return;
  draft.doubts = [...draft.doubts, { ...sent, followed: false }];
  draft.possiblyUntil = Math.max(draft.possiblyUntil, possiblyUntil);
}

function fail(draft: Draft, wish: Wish, answer: Answer, now: number, chance: number, commands: Command[]): void {
  draft.failures += 1;
  const againAt = now + backoffMs(draft.failures, chance);
  if (wish.kind === 'release') draft.releaseAgainAt = againAt;
  else draft.retryAt = againAt;
  raise(commands, { name: 'failed', action: wish.kind, code: codeOf(answer) });
}

function codeOf(answer: Answer): string {
  if (answer.kind === 'stands') return 'NotAsAsked';
  return answer.kind === 'refused' ? 'DEPLOYMENT_BLOCKED' : answer.code;
}

function backoffMs(failures: number, chance: number): number {
  return chance * Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** Math.min(failures, 10));
}

function spread(chance: number): number {
  return 0.85 + 0.3 * chance;
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

// Time, and the jobs.

function expire(draft: Draft, now: number, commands: Command[]): void {
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

/** The lease goes as far as whole minutes let it. */
function atMaximum(hold: HoldState, lease: Lease): boolean {
  return hold.endsAt < leaseEnd(lease) + MINUTE_MS;
}

function tendHolds(draft: Draft, now: number, commands: Command[]): void {
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

function endGuarded(draft: Draft, reason: Warning, commands: Command[]): void {
  for (const [id, hold] of draft.holds) if (hold.guarded && !hold.ended) end(draft, id, hold, reason, commands);
}

function end(draft: Draft, id: number, hold: HoldState, reason: Warning | Loss, commands: Command[]): void {
  draft.holds.set(id, { ...hold, ended: true });
  commands.push({ kind: 'end', id, reason });
}

// What is asked next.

interface Request {
  readonly wish: Wish;
  /** Not before this instant. */
  readonly at: number;
}

function nextRequest(draft: Draft, now: number): Request | undefined {
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

function settledAt({ doubts }: State): number {
  return Math.max(...doubts.map(({ at }) => at)) + SETTLED_AFTER_MS;
}

/** Nothing is at work, and ECS said no the last time: only a request tells when it says yes again. */
function mayProbe(draft: Draft, now: number): boolean {
  return draft.refusing && !draft.closing && !draft.stopping && draft.holds.size === 0 && now >= draft.possiblyUntil;
}

/** Whole minutes, and never beyond the end of the job's maximum. */
function minutesLeft(hold: HoldState, at: number): number {
  return at < hold.spentAt ? Math.min(hold.minutes, Math.floor((hold.endsAt - at) / MINUTE_MS)) : 0;
}

function endIfAsked(hold: HoldState, at: number): number {
  return at + minutesLeft(hold, at) * MINUTE_MS;
}

function wouldHelp(hold: HoldState, lease: Lease | undefined, at: number): boolean {
  return !lease || endIfAsked(hold, at) > leaseEnd(lease);
}

function releaseRequest(draft: Draft, now: number): Request | undefined {
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

function raise(commands: Command[], notice: Notice): void {
  commands.push({ kind: 'raise', notice });
}
