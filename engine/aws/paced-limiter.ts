import type { Bucket } from '../../lib/contract/limits';
import { type Clock, SECOND } from '../clock';

/** Half of the pace is the least a throttle leaves; below an eighth the run ends sooner than it recovers. */
const SLOWEST_SHARE = 1 / 8;
const RECOVERY_PER_SUCCESS = 0.05;
/** As the SDK has it: the service took the call, and said no. It is how CloudFormation says that nobody owns something. */
const REFUSED = 'CLIENT_ERROR';

/**
 * Lets calls through at an even pace, and so leaves the rest of a shared token bucket to deployments.
 * Plugs into the SDK's `AdaptiveRetryStrategy` as its rate limiter.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
export class PacedLimiter {
  /** Throttles so far. */
  public throttles = 0;
  /** Throttles since the last call that was not throttled. */
  public throttlesInARow = 0;
  private rate: number;
  private free = 0;

  /** @param catchUp how many calls may follow at once after a pause; 0 for an even pace */
  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly catchUp: number,
  ) {
    this.rate = perSecond;
  }

  /** Milliseconds until a call would be let through. */
  public delay(): number {
    return Math.max(0, this.free - this.catchUp * this.interval() - this.clock.now());
  }

  public async getSendToken(): Promise<void> {
    const wait = this.delay();
    // Taken before the wait, so that callers at the same time queue up one behind the other.
    this.free = Math.max(this.free, this.clock.now()) + this.interval();
    if (wait > 0) await this.clock.sleep(wait);
  }

  public updateClientSendingRate({ errorType }: { readonly errorType?: string }): void {
    if (errorType === 'THROTTLING') {
      this.throttles += 1;
      this.throttlesInARow += 1;
      this.rate = Math.max(this.perSecond * SLOWEST_SHARE, this.rate / 2);
      this.free = Math.max(this.free, this.clock.now() + this.interval());
    } else if (errorType === undefined || errorType === REFUSED) {
      if (errorType === undefined) this.throttlesInARow = 0;
      this.rate = Math.min(this.perSecond, this.rate + this.perSecond * RECOVERY_PER_SUCCESS);
    }
  }

  private interval(): number {
    return SECOND / this.rate;
  }
}

/** Lets through what a token bucket would: its burst at once, and then what comes in. */
export function limiterOf(clock: Clock, { perSecond, burst }: Bucket): PacedLimiter {
  return new PacedLimiter(clock, perSecond, burst - 1);
}
