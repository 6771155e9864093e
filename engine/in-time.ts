import type { Clock } from './clock';
import { IncompleteScan } from './incomplete-scan';

/**
 * What a piece of work gives, if it does so in time. The work itself is not stopped: whoever gives up on it sees to that.
 *
 * @throws IncompleteScan when it does not
 */
export async function inTime<T>(work: Promise<T>, until: number, clock: Clock, what: string): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(Math.max(0, until - clock.now()), over.signal).then(() => {
    throw new IncompleteScan(what, 'took too long');
  });
  // Of work that was in time nobody waits for the end of the other.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    // With a reason: the error that would be made otherwise, stack and all, nobody reads.
    over.abort('in time');
  }
}
