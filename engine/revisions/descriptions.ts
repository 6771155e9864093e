import type { Revision } from '../../lib/contract/arn';
import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { RevisionFacts, TaskDefinitions } from './ports';

/** The most looks at single revisions for one plan: at 15 a second, four and a half minutes. */
const MOST_READS = 4000;

/** What one plan has read of single revisions; none is read twice. */
export class Descriptions {
  private readonly known = new Map<string, Map<number, RevisionFacts | undefined>>();
  private reads = 0;

  /** @param until when reading for a plan must end, to leave the run time to act */
  constructor(
    private readonly definitions: TaskDefinitions,
    private readonly clock: Clock,
    private readonly until: number,
  ) {}

  public get affordable(): boolean {
    return this.reads < MOST_READS && this.clock.now() < this.until;
  }

  public async read(revision: Revision): Promise<RevisionFacts | undefined> {
    const ofFamily = this.known.get(revision.family) ?? new Map<number, RevisionFacts | undefined>();
    this.known.set(revision.family, ofFamily);
    if (!ofFamily.has(revision.revision)) {
      const facts = await describeOrDoubt(revision, this.definitions);
      this.reads += 1;
      ofFamily.set(revision.revision, facts === 'unreadable' ? undefined : facts);
    }
    return ofFamily.get(revision.revision);
  }

  public facts(family: string, revision: number): RevisionFacts | undefined {
    return this.known.get(family)?.get(revision);
  }

  public *all(): Generator<RevisionFacts> {
    for (const ofFamily of this.known.values()) {
      for (const facts of ofFamily.values()) if (facts) yield facts;
    }
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
  definitions: Pick<TaskDefinitions, 'describe'>,
): Promise<RevisionFacts | 'unreadable' | undefined> {
  try {
    return await definitions.describe(revision);
  } catch (error) {
    if (!(error instanceof IncompleteScan)) throw error;
    if (error.code === undefined) return 'unreadable';
    throw ABOUT_ALL.has(error.code) ? error : withWayOut(error, revision);
  }
}

/** Errors that leaving a family out does not help. */
const ABOUT_ALL: ReadonlySet<string> = new Set(['AccessDeniedException', 'ExpiredTokenException', 'ThrottlingException']);

/** An error may be of that revision alone, and then it comes in every run. */
function withWayOut({ call, why, code }: IncompleteScan, { family }: Revision): IncompleteScan {
  return new IncompleteScan(call, `${why}; if it stays so, settings that leave '${family}' out let the others go on`, code);
}
