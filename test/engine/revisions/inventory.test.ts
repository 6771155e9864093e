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

test('P-21: the newest of a family is the highest number, in whatever order they came', () => {
  const inventory = new Inventory();
  for (const revision of [10, 9, 100, 9, 1]) inventory.add('web', revision);
  for (const revision of [7, 8, 9]) inventory.add('job', revision);
  inventory.settle();
  expect(['web', 'job', 'none'].map((family) => inventory.newest(family))).toEqual([100, 9, undefined]);
});
