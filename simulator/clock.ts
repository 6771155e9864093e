import { Agenda } from './agenda';

/** The two things a program needs of time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

// Taken at load, so that faked timers cannot stop the draining of promises.
const realSetImmediate = setImmediate;

/** Work may chain a few rounds of promises through the event loop before it asks for time again. */
const IDLE_ROUNDS = 8;

/** A clock that stands still until it is driven: days pass in milliseconds, and always in the same way. */
export class VirtualClock implements Clock {
  private readonly agenda = new Agenda();
  private time: number;

  constructor(startMs: number) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.time + Math.max(0, ms), resolve));
  }

  /** Calls back when the clock reaches the instant; a past one is due at the next step. */
  at(ms: number, callback: () => void): void {
    this.agenda.add(Math.max(ms, this.time), callback);
  }

  advance(ms: number): void {
    this.advanceTo(this.time + ms);
  }

  /** Jumps, firing in order what is due on the way; never goes back. */
  advanceTo(ms: number): void {
    while (this.agenda.nextAt <= ms) this.fireNext();
    this.time = Math.max(this.time, ms);
  }

  /**
   * Drives the clock until the work has settled: lets promises run, then jumps to the next instant that anything waits for.
   *
   * @throws when nothing is due and the work still waits (for a real timer, a socket, or a promise nobody settles)
   */
  async run<T>(work: Promise<T> | (() => Promise<T>)): Promise<T> {
    const promise = typeof work === 'function' ? work() : work;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    for (let idle = 0; idle < IDLE_ROUNDS; ) {
      await new Promise<void>((resolve) => realSetImmediate(resolve));
      if (settled) return promise;
      idle = this.fireNext() ? 0 : idle + 1;
    }
    throw new Error(
      `the work waits for something this clock does not know: at ${new Date(this.time).toISOString()} nothing is due`,
    );
  }

  private fireNext(): boolean {
    const entry = this.agenda.take();
    if (!entry) return false;
    this.time = Math.max(this.time, entry.at);
    entry.fire();
    return true;
  }
}
