import { type Revision, revisionName } from '../../lib/contract/arn';
import type { LateReference } from '../../lib/contract/prune-events';
import { readUnverified, writeUnverified } from '../ledger/documents';
import type { Ledger } from '../ledger/ledger';
import { describeOrDoubt } from './descriptions';
import type { TaskDefinitions } from './ports';
import type { ReferenceScan } from './references/scan';
import { type Act, VERIFIED_AFTER, verify } from './verify';

/** The deregistrations that wait for a complete scan to confirm them, in this run or a later one. */
export class Journal {
  /** What turned out to be needed after all. */
  public readonly late: LateReference[] = [];
  /** Their acts stay in the ledger until the run ends, so that a run that is killed leaves the telling to the next. */
  private untold: readonly Act[] = [];
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly ledger: Ledger,
    private acts: readonly Act[],
  ) {}

  public static async open(ledger: Ledger): Promise<Journal> {
    return new Journal(ledger, await readUnverified(ledger));
  }

  /** Written before a call is sent: a run that is killed right after it leaves nothing that a later one does not hold against its scans. */
  public async begin(act: Act): Promise<void> {
    this.acts = [...this.acts, { ...act, begun: true }];
    await this.save();
  }

  /** The call was sent, whatever became of it. */
  public sent(act: Act): void {
    this.withdraw(act);
    this.acts = [...this.acts, act];
  }

  /** The call was not sent, or ECS refused to take it. */
  public withdraw(act: Revision): void {
    this.acts = this.acts.filter((one) => !isSame(one, act));
  }

  /** Finds out of what an earlier run had begun whether it came to it. */
  public async settle(definitions: Pick<TaskDefinitions, 'describe'>): Promise<void> {
    for (const act of this.acts.filter(({ begun }) => begun)) {
      const facts = await describeOrDoubt(act, definitions);
      if (facts !== 'unreadable' && facts?.status === 'ACTIVE') this.withdraw(act);
    }
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

  /** One write after the other: the scan beside the acts saves as well, and an older text must not land last. */
  public save(): Promise<void> {
    const write = () => writeUnverified(this.ledger, [...this.acts, ...this.untold]);
    const saved = this.saving.then(write, write);
    this.saving = saved;
    return saved;
  }

  /** At the end of a run, which tells what turned out late. */
  public async close(): Promise<void> {
    this.untold = [];
    await this.save();
  }
}

function isSame(a: Revision, b: Revision): boolean {
  return a.family === b.family && a.revision === b.revision;
}
