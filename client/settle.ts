import type { Answer } from './agent-answer';
import { certainUntil, isActive, leaseOf, SETTLED_AFTER_MS } from './certainty';
import { type Draft, type Moment, raise, seconds } from './draft';
import { endGuarded } from './holds';
import type { Lease } from './lease';
import type { Command, Sent, State, Wish } from './protection-state';

/** Protection outlives the last job so long: the next one often follows at once. */
export const LINGER_MS = 3000;
const LONGEST_BACKOFF_MS = 30_000;
/** A request that the agent gave up may take effect so long after its lease would have ended. */
const LATE_EFFECT_MS = 60_000;
/** How often protection is looked at that somebody else could have released. */
const VERIFY_EVERY_MS = 45_000;

/** What an answer changes. */
export function settle(draft: Draft, given: Answer, moment: Moment): void {
  const sent = draft.inFlight;
  if (!sent) return;
  draft.inFlight = undefined;
  const answer = ofThisTask(draft, given);
  if (answer.kind === 'stands') {
    draft.taskId = answer.taskId;
    if (!draft.started) raise(moment.commands, { name: 'ready', taskId: answer.taskId, protected: answer.protected });
  }
  // What is read now is what the last effect left behind.
  const open = draft.doubts.filter(({ followed, at }) => !(followed && sent.at >= at + SETTLED_AFTER_MS));
  draft.doubts = asFollowed(draft.doubts);
  const leftOpen = asFollowed(open);
  if (sent.wish.kind === 'read') settleRead(draft, answer, leftOpen, moment);
  else if (sent.wish.kind === 'release') settleRelease(draft, sent, answer, moment);
  else settleProtect(draft, sent, leaseOf(sent.wish.minutes, sent.at), answer, leftOpen, moment);
  if (answer.kind === 'stands') draft.started = true;
}

function asFollowed(doubts: Draft['doubts']): Draft['doubts'] {
  return doubts.map((doubt) => ({ ...doubt, followed: true }));
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
  moment: Moment,
): void {
  const { now, chance, commands } = moment;
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
    fail(draft, sent.wish, answer, moment);
  }
  // It was lost already, and is not to be had again at once.
  if (draft.lost) endGuarded(draft, answer.kind === 'refused' ? 'refused' : 'unreachable', commands);
}

function settleRelease(draft: Draft, sent: Sent, answer: Answer, moment: Moment): void {
  const { commands } = moment;
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
  fail(draft, sent.wish, answer, moment);
}

function settleRead(draft: Draft, answer: Answer, leftOpen: Draft['doubts'], moment: Moment): void {
  const { now, chance, commands } = moment;
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

function fail(draft: Draft, wish: Wish, answer: Answer, moment: Moment): void {
  const { now, chance, commands } = moment;
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
