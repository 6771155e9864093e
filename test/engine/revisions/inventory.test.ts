import { Inventory } from '../../../engine/revisions/inventory';

test('P-21: numbers are ordered as numbers, repeats count once, families come by code unit', () => {
  const inventory = new Inventory();
  for (const revision of [10, 9, 100, 9, 1]) inventory.add('web', revision);
  for (const family of ['b', 'B', 'a-', 'a', '__proto__']) inventory.add(family, 1);
  inventory.settle();
  expect(inventory.revisions('web')).toEqual([1, 9, 10, 100]);
  expect(inventory.families()).toEqual(['B', '__proto__', 'a', 'a-', 'b', 'web']);
  expect([inventory.size, inventory.revisions('none')]).toEqual([9, []]);
});
