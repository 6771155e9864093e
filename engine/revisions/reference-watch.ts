import { type Clock, SECOND } from '../clock';
import type { ReferenceScan } from './references/scan';

const LEAST_VALID = 60 * SECOND;
/** Begun this much before the old scan lapses, beyond the time the last one took. */
const MARGIN = 2 * SECOND;

/**
 * Keeps a complete scan at hand that began not long ago, while acting goes on. The next one is begun only when it is
 * needed, and runs beside the acts.
 */
export class ReferenceWatch {
  private next: Promise<void> | undefined;
  private failure: unknown;
  private closed = false;

  constructor(
    private current: ReferenceScan,
    private readonly scan: () => Promise<ReferenceScan>,
    private readonly seen: (scan: ReferenceScan) => Promise<void>,
    private readonly clock: Clock,
  ) {}

  /**
   * A complete scan, young enough to act on, and for so many milliseconds more.
   *
   * @throws what a scan threw: after one that failed, none will do
   */
  public async fresh(more = 0): Promise<ReferenceScan> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const left = validUntil(this.current) - this.clock.now() - more;
      if (left <= MARGIN + 1.25 * duration(this.current)) this.next ??= this.rescan();
      if (left > 0) return this.current;
      await this.next;
    }
  }

  /** Nothing more will be done: a read still under way tells nobody. */
  public close(): void {
    this.closed = true;
  }

  private async rescan(): Promise<void> {
    try {
      this.current = await this.scan();
      if (!this.closed) await this.seen(this.current);
    } catch (error) {
      this.failure = error;
    } finally {
      this.next = undefined;
    }
  }
}

function duration({ began, ended }: ReferenceScan): number {
  return ended - began;
}

/** Twice the time it takes is the youngest a scan can be kept without a pause, in an account of any size. */
function validUntil(scan: ReferenceScan): number {
  return scan.began + Math.max(LEAST_VALID, 2 * duration(scan));
}
