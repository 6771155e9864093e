import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';

/**
 * What a piece of work gives, if it does so in time. The work itself is not stopped: whoever gives up on it sees to that.
 *
 * @throws IncompleteScan when it does not
 */
export function inTime<T>(work: Promise<T>, until: number, clock: Clock, what: string): Promise<T> {
  const late = clock.sleep(Math.max(0, until - clock.now())).then(() => {
    throw new IncompleteScan(what, 'took too long');
  });
  return Promise.race([work, late]);
}
