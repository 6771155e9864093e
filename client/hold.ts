import type { Holder, ProtectionActor } from './protection-actor';
import type { Admission, HoldTerms, Loss, Warning } from './protection-state';

/** Protection for one piece of work, as long as it is held. */
export interface Hold extends AsyncDisposable {
  /** Its number, by which notices name it. */
  readonly id: number;
  /** How the wait for protection ended: `protected`, or why not. */
  readonly admission: Admission;
  /** Whether ECS has confirmed that the task is protected, for at least another minute. */
  readonly protected: boolean;
  /** Aborted when a third of the time is left and more is not to be had: finish, or set a checkpoint. */
  readonly atRisk: AbortSignal;
  /** Aborted at least a minute before protection can end: hand the work back. Never aborted for work that was not protected. */
  readonly signal: AbortSignal;
  /** The work is over. A second call is refused. */
  release(): Promise<void>;
}

/** Takes a hold, and waits until it is known whether it protects. */
export function takeHold(actor: ProtectionActor, terms: HoldTerms): Promise<Hold> {
  return new Promise((resolve) => {
    const atRisk = new AbortController();
    const end = new AbortController();
    let released = false;
    const release = (): boolean => {
      if (released) return false;
      released = true;
      actor.release(id);
      return true;
    };
    const holder: Holder = {
      admitted: (admission) => {
        // The number is there only when the actor has given it.
        queueMicrotask(() => resolve(holdOf(admission)));
      },
      warned: (reason) => atRisk.abort(new ProtectionEnds(reason)),
      ended: (reason) => {
        atRisk.abort(new ProtectionEnds(reason));
        end.abort(new ProtectionEnds(reason));
      },
    };
    const holdOf = (admission: Admission): Hold => ({
      id,
      admission,
      get protected() {
        return !released && actor.isProtected;
      },
      atRisk: atRisk.signal,
      signal: end.signal,
      async release() {
        if (!release()) throw new Error('this hold has been released before');
      },
      async [Symbol.asyncDispose]() {
        release();
      },
    });
    const id = actor.hold(terms, holder);
  });
}

/** The reason of the signals of a hold. */
export class ProtectionEnds extends Error {
  constructor(
    /** `maximum`, or why protection cannot be had any longer. */
    public readonly reason: Warning | Loss,
  ) {
    super(`the protection of this work ends: ${reason}`);
    this.name = 'ProtectionEnds';
  }
}
