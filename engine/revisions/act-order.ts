import type { Revision } from '../../lib/contract/arn';
import type { FamilyPlan, PruneReason } from '../../lib/contract/prune-plan';
import type { Inventory } from './inventory';

/** Revisions in the order in which they go. A million may be due, so each is made when its turn comes. */
export interface ActOrder extends Iterable<Revision, void> {
  readonly length: number;
}

/** The revisions with that verdict: the oldest of each family in turn, so that no family waits for another. */
export function actOrder(families: readonly FamilyPlan[], reason: PruneReason, inventory: Inventory): ActOrder {
  let length = 0;
  for (const { verdicts } of families) for (const verdict of verdicts) if (verdict.reason === reason) length += verdict.count;
  return { length, [Symbol.iterator]: () => inTurns(families, reason, inventory) };
}

interface Queue {
  readonly family: string;
  readonly revisions: Iterator<number, void>;
}

function* inTurns(families: readonly FamilyPlan[], reason: PruneReason, inventory: Inventory): Generator<Revision, void> {
  let waiting: Iterable<Queue> = queues(families, reason, inventory);
  for (;;) {
    const again: Queue[] = [];
    for (const queue of waiting) {
      const { value: revision } = queue.revisions.next();
      if (revision === undefined) continue;
      yield { family: queue.family, revision };
      again.push(queue);
    }
    if (again.length === 0) return;
    waiting = again;
  }
}

function* queues(families: readonly FamilyPlan[], reason: PruneReason, inventory: Inventory): Generator<Queue> {
  for (const plan of families) {
    yield { family: plan.family, revisions: oldestFirst(plan, reason, inventory.revisions(plan.family)) };
  }
}

/** A plan's verdicts cover the revisions of its family one after the other. */
function* oldestFirst({ verdicts }: FamilyPlan, reason: PruneReason, revisions: readonly number[]): Generator<number, void> {
  let first = 0;
  for (const verdict of verdicts) {
    const end = first + verdict.count;
    if (verdict.reason === reason) for (let index = first; index < end; index += 1) yield revisions[index] as number;
    first = end;
  }
}
