import { type Revision, revisionName } from '../../../lib/contract/arn';
import { byName } from '../inventory';

/** A family that stays whole, and why. */
export interface Hold {
  readonly reason: 'referenced' | 'not-managed';
  readonly evidence: string;
}

/** The most evidence shown for one revision; the rest is counted. */
const SHOWN = 3;

/** Who needs which revision, and where that was found. */
export class References {
  private readonly evidence = new Map<string, Map<string, number>>();
  private readonly holds = new Map<string, Hold>();

  public add(revision: Revision, evidence: string): void {
    const name = revisionName(revision);
    const known = this.evidence.get(name) ?? new Map<string, number>();
    known.set(evidence, (known.get(evidence) ?? 0) + 1);
    this.evidence.set(name, known);
  }

  /** Keeps a whole family: its references could not be resolved, or it is another owner's. */
  public hold(family: string, hold: Hold): void {
    if (!this.holds.has(family)) this.holds.set(family, hold);
  }

  public has(revision: Revision): boolean {
    return this.evidence.has(revisionName(revision));
  }

  /** In an order of its own, so that the same world gives the same words. */
  public of(revision: Revision): string[] {
    const known = [...(this.evidence.get(revisionName(revision)) ?? [])].sort(([a], [b]) => byName(a, b));
    const lines = known.slice(0, SHOWN).map(([line, times]) => (times > 1 ? `${line} (${times} times)` : line));
    return known.length > SHOWN ? [...lines, `and ${known.length - SHOWN} more`] : lines;
  }

  public holdOn(family: string): Hold | undefined {
    return this.holds.get(family);
  }

  public get size(): number {
    return this.evidence.size;
  }
}
