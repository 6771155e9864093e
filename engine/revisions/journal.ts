import { revisionName } from '../../lib/contract/arn';
import type { LateReference } from '../../lib/contract/prune-events';
import { readUnverified, writeUnverified } from '../ledger/documents';
import type { Ledger } from '../ledger/ledger';
import type { ReferenceScan } from './references/scan';
import { type Act, VERIFIED_AFTER, verify } from './verify';

/** The deregistrations that wait for a complete scan to confirm them, in this run or a later one. */
export class Journal {
  /** What turned out to be needed after all. */
  public readonly late: LateReference[] = [];
  /** Their acts stay in the ledger until the run ends, so that a run that is killed leaves the telling to the next. */
  private untold: readonly Act[] = [];

  private constructor(
    private readonly ledger: Ledger,
    private acts: readonly Act[],
  ) {}

  public static async open(ledger: Ledger): Promise<Journal> {
    return new Journal(ledger, await readUnverified(ledger));
  }

  public add(act: Act): void {
    this.acts = [...this.acts, act];
  }

  public async verify(scan: ReferenceScan): Promise<void> {
    const { pending, late } = verify(this.acts, scan);
    const names = new Set(late.map(({ revision }) => revision));
    this.untold = [...this.untold, ...this.acts.filter((act) => names.has(revisionName(act)))];
    this.acts = pending;
    this.late.push(...late);
    await this.save();
  }

  /** When the first of them can be verified; `undefined` when none waits. */
  public verifyAt(): number | undefined {
    const open = [...this.acts, ...this.untold];
    const first = open.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
    return open.length === 0 ? undefined : first + VERIFIED_AFTER;
  }

  public async save(): Promise<void> {
    await writeUnverified(this.ledger, [...this.acts, ...this.untold]);
  }

  /** At the end of a run, which tells what turned out late. */
  public async close(): Promise<void> {
    this.untold = [];
    await this.save();
  }
}
