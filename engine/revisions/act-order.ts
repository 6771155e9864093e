import type { Revision } from '../../lib/contract/arn';
import type { FamilyPlan, PruneReason } from '../../lib/contract/prune-plan';
import type { Inventory } from './inventory';

/** The revisions with that verdict: the oldest of each family in turn, so that no family waits for another. */
export function actOrder(families: readonly FamilyPlan[], reason: PruneReason, inventory: Inventory): Revision[] {
  const queues = families
    .map(({ family, verdicts }) => ({
      family,
      revisions: verdicts
        .filter((verdict) => verdict.reason === reason)
        .flatMap(({ from, to }) => inventory.revisions(family).filter((revision) => from <= revision && revision <= to)),
    }))
    .filter(({ revisions }) => revisions.length > 0);
  const order: Revision[] = [];
  for (let turn = 0; queues.some(({ revisions }) => turn < revisions.length); turn += 1) {
    for (const { family, revisions } of queues) {
      const revision = revisions[turn];
      if (revision !== undefined) order.push({ family, revision });
    }
  }
  return order;
}
