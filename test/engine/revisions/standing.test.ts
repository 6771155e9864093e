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

describe('P-01: when its stack goes, of a family', () => {
  const references = new References();
  references.add({ family: 'web', revision: 3 }, 'task');

  test('the newest and the newest few go, and what something refers to stays', () => {
    expect(candidates('web', [1, 2, 3, 4], 3, references, true)).toEqual([1, 2, 4]);
    expect(candidates('web', [1, 2, 3, 4], 3, references)).toEqual([1]);
    expect(standing('web', [1, 2, 3], 2, 3, references, true)).toEqual({ reason: 'referenced', evidence: ['task'] });
  });

  test('that is held, none go', () => {
    references.hold('app', { reason: 'referenced', evidence: 'service x' });
    expect(candidates('app', [1, 2], 1, references, true)).toEqual([]);
    expect(standing('app', [1, 2], 0, 1, references, true)).toEqual({ reason: 'referenced', evidence: ['service x'] });
  });
});

test('the first reason to stay is the one that is told: newest, referenced, latest, held', () => {
  const references = new References();
  for (const revision of [2, 3, 5]) references.add({ family: 'web', revision }, 'task');
  references.hold('web', { reason: 'not-managed', evidence: 'x' });
  const told = [0, 1, 2, 3, 4].map((index) => standing('web', [1, 2, 3, 4, 5], index, 3, references));
  const task = { reason: 'referenced', evidence: ['task'] };
  expect(told).toEqual([{ reason: 'not-managed', evidence: ['x'] }, task, task, { reason: 'latest' }, { reason: 'newest' }]);
});
