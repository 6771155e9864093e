import type { Answer, Obstacle } from './agent-answer';
import type { Lease } from './lease';

/** What a request asks of the agent. */
export type Wish =
  | { readonly kind: 'protect'; readonly minutes: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'read' };

export interface Sent {
  readonly wish: Wish;
  readonly at: number;
}

/** A request whose outcome nobody knows. It may take effect as late as after the next request. */
export interface Doubt extends Sent {
  /** Another request was made since, and is over. */
  readonly followed: boolean;
}

/** Why what was protected no longer counts as such. */
export type Loss = 'released-elsewhere' | 'expired';

/** Why a holder is told to come to an end. */
export type Warning = 'maximum' | 'refused' | 'unreachable';

/** How the wait of a job for protection ended. */
export type Admission = 'protected' | 'refused' | 'unavailable' | 'not-in-time' | 'closing';

export interface HoldState {
  readonly startedAt: number;
  /** Up to here the job wants to be covered. */
  readonly coverUntil: number;
  /** From here on it is not counted as a reason to renew. */
  readonly spentAt: number;
  /** Protection for its sake ends here at the latest. */
  readonly endsAt: number;
  /** From here on a third of its maximum is left. */
  readonly lastThirdAt: number;
  readonly minutes: number;
  readonly waits: boolean;
  /** Its wait for protection ends here, whatever ECS says. */
  readonly waitsUntil: number;
  readonly sayWaitingAt: number;
  readonly admitted: boolean;
  /** A request made after it began was granted. */
  readonly granted: boolean;
  /** It was protected at one time. */
  readonly guarded: boolean;
  readonly warned: boolean;
  readonly ended: boolean;
}

export interface State {
  readonly settings: Settings;
  readonly holds: ReadonlyMap<number, HoldState>;
  /** What ECS has confirmed. */
  readonly lease?: Lease & { readonly expiresAt?: number };
  /** ECS may still protect this task until here. */
  readonly possiblyUntil: number;
  readonly doubts: readonly Doubt[];
  readonly inFlight?: Sent;
  readonly started: boolean;
  readonly closing: boolean;
  readonly closed: boolean;
  readonly closeTries: number;
  /** ECS has refused, and has not granted since. */
  readonly refusing: boolean;
  /** Told to take no more work, by the program itself. */
  readonly stopping: boolean;
  readonly obstacle?: Obstacle;
  readonly readDenied: boolean;
  readonly taskId?: string;
  readonly failures: number;
  readonly readFailures: number;
  /** A release was tried and did not succeed. */
  readonly releaseFailed: boolean;
  /** What was protected was lost, and not yet regained. */
  readonly lost: boolean;
  /** No second PUT before here. */
  readonly gapUntil: number;
  /** It is not asked for again before here, after a request that failed or was refused. */
  readonly retryAt: number;
  /** The same for a release, which waits for no refusal. */
  readonly releaseAgainAt: number;
  readonly nextReadAt: number;
  readonly renewAt: number;
  readonly verifyAt: number;
  readonly lingerUntil: number;
}

export interface Settings {
  /** Protection that is found at the start, and that no job here has asked for, is released. */
  readonly releaseAtStart: boolean;
}

export type Event =
  | { readonly kind: 'start' }
  | { readonly kind: 'hold'; readonly id: number; readonly terms: HoldTerms }
  | { readonly kind: 'release'; readonly id: number }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'stop' }
  | { readonly kind: 'close' }
  | { readonly kind: 'wake' };

export interface HoldTerms {
  readonly expectedMs: number;
  readonly maxMs: number;
  readonly waits: boolean;
  readonly waitMs: number;
}

/** What the program is told. */
export type Notice =
  | { readonly name: 'ready'; readonly taskId: string; readonly protected: boolean }
  | { readonly name: 'protected'; readonly seconds: number }
  | { readonly name: 'released' }
  | { readonly name: 'draining'; readonly reason: 'refused' | 'stopping' }
  | { readonly name: 'resumed' }
  | { readonly name: 'refused'; readonly secondsLeft: number }
  | { readonly name: 'waiting'; readonly hold: number; readonly seconds: number }
  | { readonly name: 'at-risk'; readonly hold: number; readonly reason: Warning; readonly secondsLeft: number }
  | { readonly name: 'lost'; readonly reason: Loss }
  | { readonly name: 'failed'; readonly action: Wish['kind']; readonly code: string }
  | { readonly name: 'release-failed'; readonly code: string }
  | { readonly name: 'unreadable'; readonly code: string }
  | { readonly name: 'unavailable'; readonly obstacle: Obstacle; readonly code: string };

export type Command =
  | { readonly kind: 'send'; readonly wish: Wish }
  | { readonly kind: 'raise'; readonly notice: Notice }
  | { readonly kind: 'admit'; readonly id: number; readonly admission: Admission }
  | { readonly kind: 'warn'; readonly id: number; readonly reason: Warning }
  | { readonly kind: 'end'; readonly id: number; readonly reason: Warning | Loss }
  | { readonly kind: 'closed' };
