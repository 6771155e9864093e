import { LEDGER } from '../../lib/contract/ledger-keys';
import { type Clock, SECOND } from '../clock';
import type { Ledger } from '../ledger/ledger';

/** Looked at again this often, so that no act comes more than ten seconds after a look. */
const LOOK_EVERY = 9 * SECOND;

/** The object that a person puts into the ledger to stop everything. */
export class StopSign {
  public readonly meaning: string = 'the ledger holds a stop object';
  private lookedAt = Number.NEGATIVE_INFINITY;
  private up = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  /** @throws LedgerError when nobody can tell: then nothing may be done either */
  public async isUp(): Promise<boolean> {
    const now = this.clock.now();
    if (!this.up && now - this.lookedAt >= LOOK_EVERY) {
      this.up = (await this.ledger.read(LEDGER.stop)) !== undefined;
      this.lookedAt = now;
    }
    return this.up;
  }
}
