import { randomUUID } from 'node:crypto';
import { type Environment, type Revision, revisionName } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { LateReference } from '../../lib/contract/prune-events';
import { readUnverified, writeUnverified } from '../ledger/documents';
import { type Ledger, LedgerError } from '../ledger/ledger';
import { LONGEST_RUN } from '../ledger/turn';
import { describeOrDoubt } from './descriptions';
import type { TaskDefinitions } from './ports';
import type { ReferenceScan } from './references/scan';
import { type Act, VERIFIED_AFTER, verify } from './verify';

/** Two runs at once write in turns; more of them do not happen. */
const MOST_TRIES = 5;

/** The deregistrations that wait for a complete scan to confirm them, in this run or a later one. */
export class Journal {
  /** What turned out to be needed after all. */
  public readonly late: LateReference[] = [];
  /** Their acts stay in the ledger until they are told, so that a run that is killed leaves the telling to the next. */
  private untold: readonly Act[] = [];
  /** What comes next: in the ledger before any of it is sent, marked as this run's. */
  private begun = new Map<string, Act>();
  private readonly run = randomUUID();
  /** Marks that go from the ledger with the next save, and what is settled and goes altogether. */
  private readonly over = new Set<string>();
  private readonly settled = new Set<string>();
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly ledger: Ledger,
    private readonly here: Environment,
    private acts: readonly Act[],
    private readonly openedAt: number,
  ) {}

  public static async open(ledger: Ledger, here: Environment, now: number): Promise<Journal> {
    const { acts } = await readUnverified(ledger, here);
    // Written by a clock that was ahead, they would wait for as long.
    return new Journal(
      ledger,
      here,
      acts.map((act) => ({ ...act, at: Math.min(act.at, now) })),
      now,
    );
  }

  /**
   * Notes what comes next, unless this run has noted the first of it: one that is killed at any instant has done nothing
   * that a later one does not hold against its scans. Many at once, so that a write to the ledger serves many acts.
   */
  public async begin(next: readonly Revision[], at: number): Promise<void> {
    const [first] = next;
    const marks = next.map(({ family, revision }) => ({ family, revision, at, begun: true, by: this.run }));
    if (!first || this.begun.has(revisionName(first))) return;
    this.begun = new Map(marks.map((mark) => [revisionName(mark), mark]));
    for (const mark of marks) this.over.add(keyOf(mark));
    await this.save();
  }

  /** The call was sent, whatever became of it. */
  public sent(act: Act): void {
    const name = revisionName(act);
    this.begun.delete(name);
    this.acts = [...this.acts.filter((one) => revisionName(one) !== name), act];
  }

  /** Finds out of what an earlier run had begun whether it came to it, and when. */
  public async settle(definitions: Pick<TaskDefinitions, 'describe'>): Promise<void> {
    const found = new Map<string, Act>();
    const add = (act: Act) => {
      if ((found.get(revisionName(act))?.at ?? Number.NEGATIVE_INFINITY) < act.at) found.set(revisionName(act), act);
    };
    for (const act of this.acts) {
      const facts = act.begun ? await describeOrDoubt(act, definitions) : undefined;
      if (facts === 'unreadable' || !act.begun) {
        add(act);
        continue;
      }
      // Whoever set the mark may be at work yet, and come to it: it stays as long as a run may last.
      const isActive = facts?.status === 'ACTIVE';
      if (!isActive) add({ family: act.family, revision: act.revision, at: facts?.deregisteredAt ?? act.at });
      if (!isActive || this.openedAt - act.at > LONGEST_RUN) this.over.add(keyOf(act));
    }
    this.acts = [...found.values()];
  }

  public async verify(scan: ReferenceScan): Promise<void> {
    const { pending, late } = verify(this.acts, scan);
    const names = new Set(late.map(({ revision }) => revision));
    const waiting = new Set(pending);
    this.untold = [...this.untold, ...this.acts.filter((act) => names.has(revisionName(act)))];
    for (const act of this.acts) if (!waiting.has(act)) this.settled.add(revisionName(act));
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
    const write = () => this.write();
    const saved = this.saving.then(write, write);
    this.saving = saved;
    return saved;
  }

  /** At the end of a run, which has sent all that it ever will. */
  public async close(): Promise<void> {
    this.begun = new Map();
    await this.save();
  }

  /** What turned out late and is told is done with; before, a kill would leave it to nobody. */
  public async told(late: readonly LateReference[]): Promise<void> {
    const names = new Set(late.map(({ revision }) => revision));
    const untold = this.untold.filter((act) => !names.has(revisionName(act)));
    if (untold.length === this.untold.length) return;
    this.untold = untold;
    await this.save();
  }

  /** Beside what other runs have written since: a run whose turn has lapsed may still be at work. */
  private async write(): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const stored = await readUnverified(this.ledger, this.here);
      const own = this.noted();
      const others = stored.acts.filter((act) => !own.has(keyOf(act)) && !this.isDone(act));
      const acts = [...others, ...own.values()];
      if (await writeUnverified(this.ledger, this.here, { acts, unchanged: stored.unchanged })) return;
    }
    throw new LedgerError(LEDGER.unverified, 'is written by others all the time; the next run tries again');
  }

  private noted(): Map<string, Act> {
    return new Map([...this.begun.values(), ...this.untold, ...this.acts].map((act) => [keyOf(act), act]));
  }

  private isDone(act: Act): boolean {
    return this.settled.has(revisionName(act)) || this.over.has(keyOf(act));
  }
}

/** Of two runs each has a mark of its own, and takes no other away. */
function keyOf(act: Act): string {
  return act.begun ? `${revisionName(act)} ${act.by}` : revisionName(act);
}
