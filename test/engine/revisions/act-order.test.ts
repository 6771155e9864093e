import * as fc from 'fast-check';
import { actOrder } from '../../../engine/revisions/act-order';
import { Inventory } from '../../../engine/revisions/inventory';
import type { FamilyPlan, PruneReason } from '../../../lib/contract/prune-plan';

/** Families as lists of reasons, one a revision, with gaps in the numbers. */
function planned(families: readonly (readonly PruneReason[])[]) {
  const inventory = new Inventory();
  const plans = families.map((reasons, place): FamilyPlan => {
    const family = `f${place}`;
    for (const [index] of reasons.entries()) inventory.add(family, index * 2 + 1);
    const verdicts = reasons.map((reason, index) => ({
      from: index * 2 + 1,
      to: index * 2 + 1,
      count: 1,
      action: 'keep' as const,
      reason,
    }));
    return { family, verdicts };
  });
  inventory.settle();
  return { plans, inventory };
}

test('every family has its turn, each with its oldest first', () => {
  const { plans, inventory } = planned([
    ['superseded', 'superseded', 'superseded', 'newest'],
    ['newest'],
    ['referenced', 'superseded', 'newest'],
  ]);
  const order = actOrder(plans, 'superseded', inventory);
  expect(order.length).toBe(4);
  expect([...order].map(({ family, revision }) => `${family}:${revision}`)).toEqual(['f0:1', 'f2:3', 'f0:3', 'f0:5']);
  expect([...order]).toHaveLength(4);
});

test('families that come last are left out from then on, and have their turns when all others have had theirs', () => {
  const { plans, inventory } = planned([
    ['superseded', 'superseded', 'superseded'],
    ['superseded', 'superseded'],
    ['superseded', 'superseded'],
  ]);
  const last = new Set<string>();
  const given: string[] = [];
  const order = actOrder(plans, 'superseded', inventory)[Symbol.iterator](last);
  for (let next = order.next(); next.value; next = order.next()) {
    given.push(`${next.value.family}:${next.value.revision}`);
    if (given.length === 1) last.add('f0');
    if (given.length === 4) last.add('f2');
  }
  expect(given).toEqual(['f0:1', 'f1:1', 'f2:1', 'f1:3', 'f0:3', 'f2:3', 'f0:5']);
});

test('exactly the revisions with that verdict come, each once', () => {
  const reason = fc.constantFrom<PruneReason>('superseded', 'announced', 'referenced');
  fc.assert(
    fc.property(fc.array(fc.array(reason)), (families) => {
      const { plans, inventory } = planned(families);
      const order = actOrder(plans, 'superseded', inventory);
      const expected = families.flatMap((reasons, place) =>
        reasons.flatMap((one, index) => (one === 'superseded' ? [`f${place}:${index * 2 + 1}`] : [])),
      );
      const given = [...order].map(({ family, revision }) => `${family}:${revision}`);
      expect(given.toSorted()).toEqual(expected.toSorted());
      expect(order.length).toBe(expected.length);
    }),
  );
});

test('a run of revisions under one verdict goes oldest first, whatever gaps its numbers have', () => {
  const inventory = new Inventory();
  for (const revision of [1, 4, 5, 9, 20, 21]) inventory.add('web', revision);
  inventory.settle();
  const verdict = (from: number, to: number, count: number, reason: PruneReason) => ({
    from,
    to,
    count,
    reason,
    action: 'keep' as const,
  });
  const verdicts = [
    verdict(1, 1, 1, 'referenced'),
    verdict(4, 9, 3, 'superseded'),
    verdict(20, 20, 1, 'latest'),
    verdict(21, 21, 1, 'superseded'),
  ];
  const order = actOrder([{ family: 'web', verdicts }], 'superseded', inventory);
  expect([...order].map(({ revision }) => revision)).toEqual([4, 5, 9, 21]);
  expect(order.length).toBe(4);
});

test('of no families, or of families of which nothing goes, none comes', () => {
  const { plans, inventory } = planned([['newest'], []]);
  for (const families of [[], plans]) {
    const order = actOrder(families, 'superseded', inventory);
    expect([order.length, [...order]]).toEqual([0, []]);
  }
});
