import fc from 'fast-check';
import { RankedSet } from '../../simulator/ranked-set';

test('a ranked set counts and selects like a sorted list, after any additions and removals', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 300 }), (numbers) => {
      const ranked = new RankedSet();
      const plain = new Set<number>();
      for (const n of numbers) {
        if (plain.delete(n)) ranked.delete(n);
        else {
          plain.add(n);
          ranked.add(n);
        }
      }
      const sorted = [...plain].sort((a, b) => a - b);
      expect(sorted.map((_, rank) => ranked.select(rank + 1))).toEqual(sorted);
      for (const n of [0, 1, 50, 199, 1000]) expect(ranked.countUpTo(n)).toBe(sorted.filter((m) => m <= n).length);
      expect(ranked.size).toBe(sorted.length);
    }),
  );
});
