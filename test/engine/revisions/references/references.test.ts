import * as fc from 'fast-check';
import { type Hold, References } from '../../../../engine/revisions/references/references';

const WEB_3 = { family: 'web', revision: 3 };

test('evidence is told in an order of its own, counted, and at most three lines of it', () => {
  const references = new References();
  for (const line of ['c', 'a', 'b', 'a', 'd', 'e']) references.add(WEB_3, line);
  expect(references.of(WEB_3)).toEqual(['a (2 times)', 'b', 'c', 'and 2 more']);
  expect(references.has(WEB_3)).toBe(true);
  expect(references.has({ family: 'web', revision: 30 })).toBe(false);
  expect(references.of({ family: 'we', revision: 3 })).toEqual([]);
});

test('a family is held for the same reason, in whatever order its holds were found', () => {
  const hold = fc.record<Hold>({
    reason: fc.constantFrom('referenced', 'not-managed'),
    evidence: fc.constantFrom('a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(hold, { minLength: 1 }), (holds) => {
      const [one, other] = [new References(), new References()];
      for (const each of holds) one.hold('web', each);
      for (const each of holds.toReversed()) other.hold('web', each);
      expect(one.holdOn('web')).toEqual(other.holdOn('web'));
    }),
  );
  const both = new References();
  both.hold('web', { reason: 'not-managed', evidence: 'a' });
  both.hold('web', { reason: 'referenced', evidence: 'b' });
  expect(both.holdOn('web')?.reason).toBe('referenced');
});

test('families with the names of object members are families like others', () => {
  const references = new References();
  for (const family of ['__proto__', 'constructor', 'toString']) {
    expect(references.has({ family, revision: 1 })).toBe(false);
    expect(references.holdOn(family)).toBeUndefined();
  }
});
