/** The ACTIVE revisions of an account and Region, compact: a million of them fit 128 MB. */
export class Inventory {
  private readonly byFamily = new Map<string, number[]>();
  private count = 0;
  /** ARNs that did not read as a revision: kept, and counted in the plan. */
  public unreadable = 0;

  public add(family: string, revision: number): void {
    const known = this.byFamily.get(family);
    if (known) known.push(revision);
    else this.byFamily.set(family, [revision]);
    this.count += 1;
  }

  /** To be called once the listing is whole: sorts by number, whatever order the pages came in, and drops repeats. */
  public settle(): void {
    for (const [family, revisions] of this.byFamily) {
      if (isAscending(revisions)) continue;
      const unique = [...new Set(revisions)].sort((a, b) => a - b);
      this.count += unique.length - revisions.length;
      this.byFamily.set(family, unique);
    }
  }

  public get size(): number {
    return this.count;
  }

  public families(): string[] {
    return [...this.byFamily.keys()].sort(byName);
  }

  /** Oldest first. */
  public revisions(family: string): readonly number[] {
    return this.byFamily.get(family) ?? [];
  }
}

/** By code unit, the same on every machine. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAscending(revisions: readonly number[]): boolean {
  for (let index = 1; index < revisions.length; index += 1) {
    if ((revisions[index - 1] as number) >= (revisions[index] as number)) return false;
  }
  return true;
}
