import type { Revision } from '../../lib/contract/arn';
import type { ActOrder } from './act-order';

/** So many are told ahead: at the usual pace, those of a minute. */
const TOLD_AHEAD = 30;

/** What comes next, in its order; the turn is that of the first. */
export type Upcoming = readonly [Revision, ...Revision[]];

/** What has neither gone nor been kept yet. */
export class ActQueue {
  public remaining: number;
  private readonly due: Iterator<Revision, void>;
  private ahead: Revision[] = [];
  private readonly again: Revision[] = [];
  private readonly last = new Set<string>();

  constructor(order: ActOrder) {
    this.remaining = order.length;
    this.due = order[Symbol.iterator](this.last);
  }

  /** The same until the last of them has had its turn; `undefined` when nothing remains. */
  public next(): Upcoming | undefined {
    if (this.ahead.length === 0) this.ahead = this.taken(TOLD_AHEAD);
    if (this.ahead.length === 0) this.ahead = this.again.splice(0, TOLD_AHEAD);
    return isUpcoming(this.ahead) ? this.ahead : undefined;
  }

  /** The turn of the first is over: it is done with. */
  public settle(): void {
    this.ahead.shift();
    this.remaining -= 1;
  }

  /** The turn of the first is over: it comes again after all others. */
  public putBack(): void {
    this.again.push(...this.ahead.splice(0, 1));
  }

  /** As `putBack`; and so does the rest of its family. */
  public putFamilyBack(family: string): void {
    const [first, ...others] = this.ahead;
    this.ahead = others.filter((one) => one.family !== family);
    this.again.push(...others.filter((one) => one.family === family), ...(first ? [first] : []));
    this.last.add(family);
  }

  private taken(count: number): Revision[] {
    const found: Revision[] = [];
    while (found.length < count) {
      const { value } = this.due.next();
      if (!value) break;
      found.push(value);
    }
    return found;
  }
}

function isUpcoming(revisions: readonly Revision[]): revisions is Upcoming {
  return revisions.length > 0;
}
