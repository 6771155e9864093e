import * as fc from 'fast-check';
import { References } from '../../../engine/revisions/references/references';
import { candidates, isOldEnough, standing } from '../../../engine/revisions/standing';
import { MINUTE, START } from '../random-world';

test('P-02 P-24: among any revisions the newest and the newest few stay, and what is referred to stays as well', () => {
  const lists = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1 }).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 20 }), fc.nat(999), (revisions, keepLatest, used) => {
      const references = new References();
      references.add({ family: 'web', revision: used }, 'task');
      const expected = revisions.slice(0, -keepLatest).filter((revision) => revision !== used);
      expect(candidates('web', revisions, keepLatest, references)).toEqual(expected);
      expect(standing('web', revisions, revisions.length - 1, keepLatest, references)?.reason).toBe('newest');
    }),
  );
});

test('a family that is held has no candidates', () => {
  const references = new References();
  references.hold('web', { reason: 'not-managed', evidence: 'x' });
  expect(candidates('web', [1, 2, 3], 1, references)).toEqual([]);
  expect(candidates('app', [1, 2, 3], 1, references)).toEqual([1, 2]);
});

test('P-02: old enough is what has the age of its rule to the millisecond', () => {
  const rule = { allFamilies: true, keepLatest: 1, minAgeMinutes: 60 };
  const old = (registeredAt?: number) =>
    isOldEnough({ family: 'f', revision: 1, status: 'ACTIVE', tagKeys: [], registeredAt }, rule, START);
  expect([old(START - 60 * MINUTE), old(START - 60 * MINUTE + 1), old(), old(START + 1)]).toEqual([true, false, false, false]);
});
