import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { type Clock, install } from '@sinonjs/fake-timers';

// Taken at load: the driver itself lives in real time.
const realSetImmediate = setImmediate;
const realNow = process.hrtime.bigint;

/** What the work may chain, through promises and the event loop, between an answer and its next wish for time. */
const QUIET_ROUNDS = 4;
/** How long the work may wait in real time for something that is neither a timer, a request nor a file. */
const PATIENCE_MS = 5_000;

const REQUEST_STARTED = 'http.client.request.start';

/**
 * Time for a program that knows nothing of it: `Date` and the timers of this process are faked, and jump to whatever the
 * program waits for next. They stand still while a request is under way, so no time-out ever fires on a call that is
 * merely being answered, and a day passes in milliseconds.
 *
 * `setImmediate`, `nextTick`, microtasks, `hrtime` and `performance` stay real.
 *
 * @example
 * const time = new JumpingTime(Date.parse('2026-03-01T00:00:00Z'));
 * await time.run(() => handler(event, context)); // sleeps cost nothing
 * time.advanceTo(time.now() + 3_600_000);
 * time.uninstall();
 */
export class JumpingTime {
  private readonly clock: Clock;
  private inFlight = 0;
  private over = false;
  private readonly onRequest = (message: unknown) => {
    this.inFlight += 1;
    (message as { request: ClientRequest }).request.once('close', () => {
      this.inFlight -= 1;
    });
  };

  /** @param isServing whether a server in this process still owes an answer */
  constructor(
    startMs: number,
    private readonly isServing: () => boolean = () => false,
  ) {
    this.clock = install({
      now: startMs,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
      shouldClearNativeTimers: true,
    });
    subscribe(REQUEST_STARTED, this.onRequest);
  }

  /** Milliseconds since the epoch, as the faked `Date` says. */
  now(): number {
    return this.clock.now;
  }

  /**
   * Does the work, jumping over whatever it waits for.
   *
   * @throws when it waits for something that is neither a timer, a request nor a file; when it is uninstalled meanwhile
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    let quiet = 0;
    let lastSign = realNow();
    for (;;) {
      await new Promise<void>((resolve) => realSetImmediate(resolve));
      if (settled) return promise;
      if (this.over) throw new Error('the process has its own time back, and the work is not done');
      quiet = this.isBusy() ? 0 : quiet + 1;
      if (quiet === 0) lastSign = realNow();
      if (quiet < QUIET_ROUNDS) continue;
      quiet = 0;
      if (readsFiles()) continue;
      if (this.clock.countTimers() > 0) {
        this.clock.next();
        lastSign = realNow();
      } else if (Number(realNow() - lastSign) / 1e6 > PATIENCE_MS) {
        throw new Error(stuckAt(this.now()));
      }
    }
  }

  /** Jumps to the instant, firing in order what is due on the way; never goes back. */
  advanceTo(ms: number): void {
    this.clock.tick(Math.max(0, ms - this.now()));
  }

  /** Gives the process its own time back. */
  uninstall(): void {
    this.over = true;
    unsubscribe(REQUEST_STARTED, this.onRequest);
    this.clock.uninstall();
  }

  private isBusy(): boolean {
    return this.inFlight > 0 || this.isServing();
  }
}

/** Reads of files are the other thing that takes real time: the SDK looks for its configuration. */
function readsFiles(): boolean {
  return process.getActiveResourcesInfo().some((resource) => /^(FSReq|CloseReq)/.test(resource));
}

function stuckAt(now: number): string {
  return `at ${new Date(now).toISOString()} the work waits for something that is no timer, request or file`;
}
