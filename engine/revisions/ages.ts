import type { KnownAge } from './announcements';
import type { Descriptions } from './descriptions';

/** What is known of a family's ages: revisions up to `oldUpTo` are old enough. */
export interface FamilyAges {
  readonly oldUpTo: number;
  /** Whether everything above is known to be too young; else it has not been read yet. */
  readonly complete: boolean;
  /** The newest revision known to be old enough, to begin from next time. */
  readonly newestOld?: KnownAge;
}

/** Of most families in an account of very many: one object for all of them. */
const NOTHING_READ: FamilyAges = { oldUpTo: 0, complete: false };

/**
 * Finds where a family's candidates become too young. Revision numbers rise with time, so a few looks tell:
 * steps of 1, 2, 4, … from the oldest, then by halves. Looks at none that an earlier plan has settled.
 *
 * @param candidates oldest first
 * @param cutoff registered at or before this, a revision is old enough (milliseconds since 1970)
 */
export async function readAges(
  family: string,
  candidates: readonly number[],
  cutoff: number,
  known: KnownAge | undefined,
  descriptions: Descriptions,
): Promise<FamilyAges> {
  let newestOld = known && known.registeredAt <= cutoff ? known : undefined;
  const settled = newestOld?.revision ?? 0;
  // Invariant: below `low` all are old enough, from `high` on all are too young.
  let low = candidates.findIndex((revision) => revision > settled);
  if (low < 0) low = candidates.length;
  let high = candidates.length;
  let step = 1;
  let galloping = true;
  while (low < high) {
    const probe = galloping ? Math.min(low + step - 1, high - 1) : Math.floor((low + high) / 2);
    if (!descriptions.affordable) return newestOld ? { oldUpTo: newestOld.revision, complete: false, newestOld } : NOTHING_READ;
    const revision = candidates[probe] as number;
    const registeredAt = (await descriptions.read({ family, revision }))?.registeredAt;
    if (registeredAt !== undefined && registeredAt <= cutoff) {
      low = probe + 1;
      step *= 2;
      newestOld = { revision, registeredAt };
    } else {
      high = probe;
      galloping = false;
    }
  }
  return { oldUpTo: newestOld?.revision ?? 0, complete: true, newestOld };
}
