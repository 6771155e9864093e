import { type Revision, revisionName } from '../../lib/contract/arn';
import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { RevisionFacts, TaskDefinitions } from './ports';

/** The most looks at single revisions for one plan: at 15 a second, four and a half minutes. */
const MOST_READS = 4000;

/** What one plan has read of single revisions; none is read twice. */
export class Descriptions {
  private readonly known = new Map<string, RevisionFacts | undefined>();

  /** @param until when reading for a plan must end, to leave the run time to act */
  constructor(
    private readonly definitions: TaskDefinitions,
    private readonly clock: Clock,
    private readonly until: number,
  ) {}

  public get affordable(): boolean {
    return this.known.size < MOST_READS && this.clock.now() < this.until;
  }

  public async read(revision: Revision): Promise<RevisionFacts | undefined> {
    const name = revisionName(revision);
    if (!this.known.has(name)) {
      const facts = await describeOrDoubt(revision, this.definitions);
      this.known.set(name, facts === 'unreadable' ? undefined : facts);
    }
    return this.known.get(name);
  }

  public facts(family: string, revision: number): RevisionFacts | undefined {
    return this.known.get(revisionName({ family, revision }));
  }

  public *all(): Generator<RevisionFacts> {
    for (const facts of this.known.values()) if (facts) yield facts;
  }
}

/**
 * Looks at one revision. An answer that makes no sense is about that revision alone and keeps it; ECS saying no is
 * about everything.
 *
 * @throws IncompleteScan when ECS answered with an error
 */
export async function describeOrDoubt(
  revision: Revision,
  definitions: TaskDefinitions,
): Promise<RevisionFacts | 'unreadable' | undefined> {
  try {
    return await definitions.describe(revision);
  } catch (error) {
    if (error instanceof IncompleteScan && error.code === undefined) return 'unreadable';
    throw error;
  }
}
