import type { PruneReason } from '../../lib/contract/prune-plan';
import type { PruneRuleSettings } from '../../lib/contract/prune-settings';
import { MINUTE } from '../clock';
import type { RevisionFacts } from './ports';
import type { References } from './references/references';

/** Why a revision stays, as far as the list and the references alone tell. */
export interface Standing {
  readonly reason: PruneReason;
  readonly evidence?: readonly string[];
}

/**
 * The keep rules that need no look at the revision itself, in their order; `undefined` for a candidate.
 *
 * @param index place among the family's ACTIVE revisions, oldest first
 * @param retiring the family goes as a whole: being the newest, or among them, keeps nothing
 */
export function standing(
  family: string,
  revisions: readonly number[],
  index: number,
  keepLatest: number,
  references: References,
  retiring = false,
): Standing | undefined {
  if (!retiring && index === revisions.length - 1) return { reason: 'newest' };
  const revision = { family, revision: revisions[index] as number };
  if (references.has(revision)) return { reason: 'referenced', evidence: references.of(revision) };
  if (!retiring && index >= revisions.length - keepLatest) return { reason: 'latest' };
  const hold = references.holdOn(family);
  return hold ? { reason: hold.reason, evidence: [hold.evidence] } : undefined;
}

/** The revisions of a family that no such rule keeps, oldest first. */
export function candidates(
  family: string,
  revisions: readonly number[],
  keepLatest: number,
  references: References,
  retiring = false,
): number[] {
  return revisions.filter((_, index) => standing(family, revisions, index, keepLatest, references, retiring) === undefined);
}

/** Old enough for its rule; a revision without a date is not. */
export function isOldEnough({ registeredAt }: RevisionFacts, rule: PruneRuleSettings, at: number): boolean {
  return registeredAt !== undefined && registeredAt <= at - rule.minAgeMinutes * MINUTE;
}
