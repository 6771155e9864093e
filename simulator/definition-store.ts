import { type Environment, parseRevision, parseTaskDefinitionArn, type Revision } from '../lib/contract/arn';
import type { Tag } from './input';
import type { Start } from './pager';
import { RankedSet } from './ranked-set';

export type RevisionStatus = 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';

/** What was registered, without family and tags; frozen, and kept once for all revisions made of it. */
export type DefinitionContent = Readonly<Record<string, unknown>>;

/** One revision: a few fields only, so that a million of them fit. */
export class RevisionRecord implements Revision {
  status: RevisionStatus = 'ACTIVE';
  deregisteredAt: number | undefined = undefined;
  /** Until then ECS still accepts it although it is INACTIVE. */
  acceptedUntil: number | undefined = undefined;
  deleteRequestedAt: number | undefined = undefined;

  constructor(
    readonly family: string,
    readonly revision: number,
    readonly content: DefinitionContent,
    readonly registeredAt: number,
    readonly registeredBy: string,
    public tags: readonly Tag[] | undefined,
  ) {}
}

class Family {
  /** Revision n stands at n - 1; a deleted one leaves a gap, because numbers are never used again. @see task-definition-state.html */
  readonly records: (RevisionRecord | undefined)[] = [];
  readonly byStatus: Record<RevisionStatus, RankedSet> = {
    ACTIVE: new RankedSet(),
    INACTIVE: new RankedSet(),
    DELETE_IN_PROGRESS: new RankedSet(),
  };

  constructor(readonly name: string) {}

  get isListed(): boolean {
    return this.byStatus.ACTIVE.size + this.byStatus.INACTIVE.size + this.byStatus.DELETE_IN_PROGRESS.size > 0;
  }
}

/** Every task definition of the account and Region, in the order in which ECS lists them. */
export class DefinitionStore {
  private readonly families = new Map<string, Family>();
  private readonly names: string[] = [];

  constructor(private readonly environment: Environment) {}

  register(
    family: string,
    content: DefinitionContent,
    at: number,
    by: string,
    tags: readonly Tag[] | undefined,
  ): RevisionRecord {
    const { records, byStatus } = this.familyNamed(family);
    const record = new RevisionRecord(family, records.length + 1, content, at, by, tags);
    records.push(record);
    byStatus.ACTIVE.add(record.revision);
    return record;
  }

  find({ family, revision }: Revision): RevisionRecord | undefined {
    return this.families.get(family)?.records[revision - 1];
  }

  /** A bare family means its newest ACTIVE revision, at the time of the call. @see API_RunTask */
  newestActive(family: string): RevisionRecord | undefined {
    const found = this.families.get(family);
    const active = found?.byStatus.ACTIVE;
    return active && active.size > 0 ? found.records[active.select(active.size) - 1] : undefined;
  }

  /** Reads `family`, `family:revision` or an ARN of this account and Region. */
  resolve(identifier: string): RevisionRecord | undefined {
    const exact = this.parse(identifier);
    return exact ? this.find(exact) : this.newestActive(identifier);
  }

  /** The revision an identifier names; `undefined` for a bare family and for an ARN from elsewhere. */
  parse(identifier: string): Revision | undefined {
    const arn = parseTaskDefinitionArn(identifier);
    if (!arn) return parseRevision(identifier);
    const { partition, account, region } = this.environment;
    return arn.partition === partition && arn.account === account && arn.region === region ? arn : undefined;
  }

  setStatus(record: RevisionRecord, status: RevisionStatus): void {
    const { byStatus } = this.familyNamed(record.family);
    byStatus[record.status].delete(record.revision);
    byStatus[status].add(record.revision);
    record.status = status;
  }

  /** Forgets a deleted revision; its number stays taken. */
  remove(record: RevisionRecord): void {
    const { records, byStatus } = this.familyNamed(record.family);
    byStatus[record.status].delete(record.revision);
    records[record.revision - 1] = undefined;
  }

  countNewerActive({ family, revision }: Revision): number {
    const active = this.families.get(family)?.byStatus.ACTIVE;
    return active ? active.size - active.countUpTo(revision) : 0;
  }

  count(status: RevisionStatus): number {
    let count = 0;
    for (const family of this.families.values()) count += family.byStatus[status].size;
    return count;
  }

  /** By family name, then revision by number; DESC reverses both. @see API_ListTaskDefinitions */
  *revisions(status: RevisionStatus, descending: boolean, only: string | undefined, start: Start): Generator<RevisionRecord> {
    const after = start.after === undefined ? undefined : parseRevision(start.after);
    let skip = after ? 0 : start.skip;
    for (const family of this.familiesFrom(descending, only, after?.family)) {
      const set = family.byStatus[status];
      if (skip >= set.size) {
        skip -= set.size;
        continue;
      }
      if (descending) {
        const highest = family.name === after?.family ? set.countUpTo(after.revision - 1) : set.size - skip;
        for (let rank = highest; rank > 0; rank -= 1) yield family.records[set.select(rank) - 1] as RevisionRecord;
      } else {
        const before = family.name === after?.family ? set.countUpTo(after.revision) : skip;
        for (let rank = before + 1; rank <= set.size; rank += 1) yield family.records[set.select(rank) - 1] as RevisionRecord;
      }
      skip = 0;
    }
  }

  /** ACTIVE: at least one ACTIVE revision; INACTIVE: none, and not all deleted. @see API_ListTaskDefinitionFamilies */
  *familyNames(prefix: string, status: 'ACTIVE' | 'INACTIVE' | 'ALL', start: Start): Generator<string> {
    let skip = start.after === undefined ? start.skip : 0;
    for (let place = this.placeOf(start.after ?? prefix); place < this.names.length; place += 1) {
      const name = this.names[place] as string;
      if (!name.startsWith(prefix)) return;
      const family = this.families.get(name) as Family;
      const isActive = family.byStatus.ACTIVE.size > 0;
      const matches =
        status === 'ALL' ? family.isListed : isActive ? status === 'ACTIVE' : status === 'INACTIVE' && family.isListed;
      if (!matches || name === start.after) continue;
      if (skip > 0) skip -= 1;
      else yield name;
    }
  }

  private *familiesFrom(descending: boolean, only: string | undefined, first: string | undefined): Generator<Family> {
    if (only !== undefined) {
      const family = this.families.get(only);
      if (family) yield family;
      return;
    }
    const step = descending ? -1 : 1;
    const begin = first === undefined ? (descending ? this.names.length - 1 : 0) : this.placeOf(first);
    for (let place = begin; place >= 0 && place < this.names.length; place += step) {
      yield this.families.get(this.names[place] as string) as Family;
    }
  }

  private familyNamed(name: string): Family {
    const known = this.families.get(name);
    if (known) return known;
    const family = new Family(name);
    this.families.set(name, family);
    this.names.splice(this.placeOf(name), 0, name);
    return family;
  }

  /** Where the name stands, or would stand, in the sorted list. */
  private placeOf(name: string): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.names[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
