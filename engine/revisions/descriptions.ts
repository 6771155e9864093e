import { type Revision, revisionName } from '../../lib/contract/arn';
import type { RevisionFacts, TaskDefinitions } from './ports';

/** The most looks at single revisions for one plan: at 15 a second, four and a half minutes. */
const MOST_READS = 4000;

/** What one plan has read of single revisions; none is read twice. */
export class Descriptions {
  private readonly known = new Map<string, RevisionFacts | undefined>();

  constructor(private readonly definitions: TaskDefinitions) {}

  public get affordable(): boolean {
    return this.known.size < MOST_READS;
  }

  public async read(revision: Revision): Promise<RevisionFacts | undefined> {
    const name = revisionName(revision);
    if (!this.known.has(name)) this.known.set(name, await this.definitions.describe(revision));
    return this.known.get(name);
  }

  public facts(family: string, revision: number): RevisionFacts | undefined {
    return this.known.get(revisionName({ family, revision }));
  }

  public *all(): Generator<RevisionFacts> {
    for (const facts of this.known.values()) if (facts) yield facts;
  }
}
