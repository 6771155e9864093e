/** Time, as the engine sees it: handed in, so that tests and the demo can jump. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends early when nobody waits any more, where the clock can tell. */
  sleep(milliseconds: number, until?: AbortSignal): Promise<void>;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Clocks of two machines differ by no more: what is of a later instant was written by a clock that was wrong. */
export const CLOCKS_DIFFER = 5 * MINUTE;

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
