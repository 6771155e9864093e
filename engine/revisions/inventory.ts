/**
 * The ACTIVE revisions of an account and Region, compact: of each family the first and the last of every unbroken run of
 * numbers. Most families are one run, so a hundred thousand of them are as cheap as one with a million revisions.
 */
export class Inventory {
  /** First, last, first, last, … */
  private readonly runs = new Map<string, number[]>();
  private count = 0;
  /** ARNs that did not read as a revision: kept, and counted in the plan. */
  public unreadable = 0;

  public add(family: string, revision: number): void {
    this.count += 1;
    const runs = this.runs.get(family);
    // A part of a text keeps the whole of it alive: a copy lets the ARN go.
    if (!runs) this.runs.set(Buffer.from(family).toString(), [revision, revision]);
    else append(runs, revision);
  }

  /** To be called once the listing is whole: sorts by number, whatever order the pages came in, and drops repeats. */
  public settle(): void {
    for (const [family, runs] of this.runs) {
      if (isAscending(runs)) continue;
      const revisions = expand(runs);
      const unique = [...new Set(revisions)].sort((a, b) => a - b);
      this.count += unique.length - revisions.length;
      const settled: number[] = [];
      for (const revision of unique) append(settled, revision);
      this.runs.set(family, settled);
    }
  }

  public get size(): number {
    return this.count;
  }

  public families(): string[] {
    return [...this.runs.keys()].sort(byName);
  }

  /** Oldest first; made anew for every caller. */
  public revisions(family: string): number[] {
    return expand(this.runs.get(family) ?? []);
  }

  /** Of a listing that is settled; without a list of all. */
  public newest(family: string): number | undefined {
    return this.runs.get(family)?.at(-1);
  }
}

/** By code unit, the same on every machine. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function append(runs: number[], revision: number): void {
  const last = runs.length - 1;
  if (last > 0 && runs[last] === revision - 1) runs[last] = revision;
  else runs.push(revision, revision);
}

function expand(runs: readonly number[]): number[] {
  const revisions: number[] = [];
  for (let index = 0; index < runs.length; index += 2) {
    const last = runs[index + 1] as number;
    for (let revision = runs[index] as number; revision <= last; revision += 1) revisions.push(revision);
  }
  return revisions;
}

/** Within a run the numbers rise by themselves. */
function isAscending(runs: readonly number[]): boolean {
  for (let index = 2; index < runs.length; index += 2) {
    if ((runs[index] as number) <= (runs[index - 1] as number)) return false;
  }
  return true;
}
