import type { Revision } from '../../lib/contract/arn';
import type { FamilyPlan, PruneReason } from '../../lib/contract/prune-plan';
import type { Inventory } from './inventory';

/** Revisions in the order in which they go. A million may be due, so each is made when its turn comes. */
export interface ActOrder extends Iterable<Revision, void> {
  readonly length: number;
  /** @param last families whose turns come after all others, from when they are in it */
  [Symbol.iterator](last?: ReadonlySet<string>): Iterator<Revision, void>;
}

/** The revisions with that verdict: the oldest of each family in turn, so that no family waits for another. */
export function actOrder(families: readonly FamilyPlan[], reason: PruneReason, inventory: Inventory): ActOrder {
  let length = 0;
  for (const { verdicts } of families) for (const verdict of verdicts) if (verdict.reason === reason) length += verdict.count;
  return { length, [Symbol.iterator]: (last) => inTurns(queues(families, reason, inventory), last) };
}

interface Queue {
  readonly family: string;
  readonly revisions: Iterator<number, void>;
}

function* inTurns(all: Iterable<Queue>, last: ReadonlySet<string> = NONE): Generator<Revision, void> {
  const later = yield* turns(all, last);
  yield* turns(later, NONE);
}

const NONE: ReadonlySet<string> = new Set();

/** Turn after turn of all but those that come last, which it gives in the end. */
function* turns(queues: Iterable<Queue>, last: ReadonlySet<string>): Generator<Revision, readonly Queue[]> {
  const later: Queue[] = [];
  for (let waiting = queues; ; ) {
    const again: Queue[] = [];
    for (const queue of waiting) {
      if (last.has(queue.family)) {
        later.push(queue);
        continue;
      }
      const { value: revision } = queue.revisions.next();
      if (revision === undefined) continue;
      yield { family: queue.family, revision };
      again.push(queue);
    }
    if (again.length === 0) return later;
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
