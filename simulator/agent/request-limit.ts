export const REQUEST_LIMIT = { perSecond: 40, burst: 60 };

/** How many requests the agent takes on one path from one address; every method counts. */
export class RequestLimit {
  private tokens = REQUEST_LIMIT.burst;
  private at: number | undefined;

  constructor(private readonly now: () => number) {}

  /** Whether one more is taken. */
  take(): boolean {
    const now = this.now();
    const passed = Math.max(0, now - (this.at ?? now));
    this.at = now;
    this.tokens = Math.min(REQUEST_LIMIT.burst, this.tokens + (passed / 1000) * REQUEST_LIMIT.perSecond);
    // Sums of fractions: a hair below one is one.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }
}
