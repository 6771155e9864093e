import type { Revision } from '../../../lib/contract/arn';
import { visibleText } from '../../../lib/contract/visible-text';
import { byName } from '../inventory';

/** A family that stays whole, and why. */
export interface Hold {
  readonly reason: 'referenced' | 'not-managed';
  readonly evidence: string;
}

/** The most evidence shown for one revision; the rest is counted. */
const SHOWN = 3;
const LONGEST_LINE = 500;

/** Who needs which revision, and where that was found. */
export class References {
  /** By family and revision: asked of every revision of an account, so it must cost no text. */
  private readonly evidence = new Map<string, Map<number, Map<string, number>>>();
  private count = 0;
  private readonly holds = new Map<string, Hold>();
  private readonly rules: ((family: string) => Hold | undefined)[] = [];

  public add({ family, revision }: Revision, evidence: string): void {
    const ofFamily = this.evidence.get(family) ?? new Map<number, Map<string, number>>();
    this.evidence.set(family, ofFamily);
    const known = ofFamily.get(revision) ?? new Map<string, number>();
    if (!ofFamily.has(revision)) this.count += 1;
    ofFamily.set(revision, known.set(evidence, (known.get(evidence) ?? 0) + 1));
  }

  /** Keeps a whole family: its references could not be resolved, or it is another owner's. */
  public hold(family: string, given: Hold): void {
    const hold = shown(given);
    const known = this.holds.get(family);
    if (!known || goesFirst(hold, known)) this.holds.set(family, hold);
  }

  /** Keeps every family that a rule says to keep. */
  public holdWhere(rule: (family: string) => Hold | undefined): void {
    this.rules.push(rule);
  }

  public has({ family, revision }: Revision): boolean {
    return this.evidence.get(family)?.has(revision) ?? false;
  }

  /** In an order of its own, so that the same world gives the same words. */
  public of({ family, revision }: Revision): string[] {
    const known = [...(this.evidence.get(family)?.get(revision) ?? [])].sort(([a], [b]) => byName(a, b));
    const lines = known.slice(0, SHOWN).map(([given, times]) => {
      const line = visibleText(given, LONGEST_LINE);
      return times > 1 ? `${line} (${times} times)` : line;
    });
    return known.length > SHOWN ? [...lines, `and ${known.length - SHOWN} more`] : lines;
  }

  public holdOn(family: string): Hold | undefined {
    const known = this.holds.get(family);
    if (known || this.rules.length === 0) return known;
    const hold = this.rules.map((rule) => rule(family)).find((found) => found !== undefined);
    return hold && shown(hold);
  }

  public get size(): number {
    return this.count;
  }
}

function shown({ reason, evidence }: Hold): Hold {
  return { reason, evidence: visibleText(evidence, LONGEST_LINE) };
}

/** Of two holds on a family the same one is told, in whatever order they were found. */
function goesFirst(a: Hold, b: Hold): boolean {
  return a.reason === b.reason ? a.evidence < b.evidence : a.reason === 'referenced';
}
