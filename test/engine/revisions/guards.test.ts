import * as fc from 'fast-check';
import { refusals, remember, type Sighting } from '../../../engine/revisions/guards';
import { HOUR, MINUTE, START } from '../random-world';

const DAY = 24 * HOUR;
const seen = (clusters: number, services: number, at = START): Sighting => ({ at, clusters, services });

describe('P-09: a scan is not believed when', () => {
  test('it finds no cluster where there was one within the notice period', () => {
    expect(refusals(seen(0, 0), [seen(1, 0, START - HOUR)], DAY)).toEqual([
      'no cluster was found, but 1 at 2026-03-01T11:00:00.000Z: the scan is not believed',
    ]);
  });

  test('it finds fewer than half of the services, and at least ten fewer', () => {
    expect(refusals(seen(1, 9), [seen(1, 20, START - HOUR)], DAY)).toHaveLength(1);
    expect(refusals(seen(1, 10), [seen(1, 20, START - HOUR)], DAY)).toEqual([]);
    expect(refusals(seen(1, 0), [seen(1, 9, START - HOUR)], DAY)).toEqual([]);
    expect(refusals(seen(1, 0), [seen(1, 10, START - HOUR)], DAY)).toHaveLength(1);
    expect(refusals(seen(1, 4), [seen(1, 13, START - HOUR)], DAY)).toEqual([]);
    expect(refusals(seen(1, 4), [seen(1, 14, START - HOUR)], DAY)).toHaveLength(1);
  });

  test('any scan of the notice period saw more, however many since saw less', () => {
    const earlier = [seen(3, 40, START - DAY), seen(3, 2, START - 2 * HOUR), seen(3, 2, START - HOUR)];
    expect(refusals(seen(3, 2), earlier, DAY)).toHaveLength(1);
  });

  test('the last scan before the notice period saw more: from one plan to the next a day passes', () => {
    expect(refusals(seen(0, 0), [seen(3, 40, START - DAY - 1)], DAY)).toHaveLength(2);
    expect(refusals(seen(0, 0), [seen(3, 40, START - 9 * DAY)], DAY)).toHaveLength(2);
    expect(refusals(seen(0, 0), [seen(3, 40, START - DAY - 1), seen(0, 0, START - HOUR)], DAY)).toHaveLength(2);
  });

  test('and the refusal names the last scan that saw most: a notice period later the collapse is believed', () => {
    const earlier = [seen(1, 40, START - 3 * HOUR), seen(1, 40, START - 2 * HOUR), seen(1, 30, START - HOUR)];
    expect(refusals(seen(1, 2), earlier, DAY)).toEqual([
      'only 2 services were found, but 40 at 2026-03-01T10:00:00.000Z: the scan is not believed',
    ]);
    expect(refusals(seen(1, 2, START - 2 * HOUR + DAY), earlier, DAY)[0]).toContain('but 40 at 2026-03-01T10:00');
    const later = [...earlier, seen(1, 2, START)];
    expect(refusals(seen(1, 2, START + DAY - 1), later, DAY)).toHaveLength(1);
    expect(refusals(seen(1, 2, START + DAY), later, DAY)).toEqual([]);
  });
});

describe('a scan is believed', () => {
  test('in an account that never had a cluster, on the first run', () => {
    expect(refusals(seen(0, 0), [], DAY)).toEqual([]);
    expect(refusals(seen(0, 0), [seen(0, 0, START - HOUR)], DAY)).toEqual([]);
  });

  test('once neither a scan of the notice period nor the last before it saw more: things do go away', () => {
    expect(refusals(seen(0, 0), [seen(3, 40, START - DAY - 1), seen(0, 0, START - DAY)], DAY)).toEqual([]);
    expect(refusals(seen(0, 0), [seen(3, 40, START - DAY - 1), seen(0, 0, START - DAY + 1)], DAY)).toHaveLength(2);
  });
});

describe('what earlier scans saw is remembered', () => {
  test('as one sighting for each hour of the clock, with the most of each kind and the last time', () => {
    const ten = Date.parse('2026-03-01T10:00:00.000Z');
    const first = remember(seen(3, 5, ten), [seen(9, 9, ten - 1)], DAY);
    expect(first).toEqual([seen(9, 9, ten - 1), seen(3, 5, ten)]);
    const second = remember(seen(1, 40, ten + HOUR - 1), first, DAY);
    expect(second).toEqual([seen(9, 9, ten - 1), seen(3, 40, ten + HOUR - 1)]);
    expect(remember(seen(0, 0, ten + HOUR), second, DAY)).toEqual([...second, seen(0, 0, ten + HOUR)]);
  });

  test('for the notice period, and what was known when it began', () => {
    const [before, began, within] = [seen(1, 1, START - DAY - 2 * HOUR), seen(2, 2, START - DAY), seen(3, 3, START - DAY + 1)];
    expect(remember(seen(4, 4), [before, within], DAY)).toEqual([before, within, seen(4, 4)]);
    expect(remember(seen(4, 4), [before, began], DAY)).toEqual([began, seen(4, 4)]);
    expect(remember(seen(4, 4), [before], DAY)).toEqual([before, seen(4, 4)]);
  });
});

test('one sighting an hour is remembered, the one that saw most, for the notice period; no refusal is forgotten by it', () => {
  const ticks = fc.array(fc.record({ after: fc.integer({ min: 1, max: 90 }), clusters: fc.nat(3), services: fc.nat(60) }), {
    minLength: 1,
    maxLength: 60,
    // Long enough for the notice period to pass.
    size: 'max',
  });
  fc.assert(
    fc.property(ticks, (given) => {
      let at = START;
      let kept: Sighting[] = [];
      const all: Sighting[] = [];
      for (const { after, clusters, services } of given) {
        at += after * MINUTE;
        const now = seen(clusters, services, at);
        // What the whole history refuses, the short memory refuses as well.
        expect(refusals(now, kept, DAY).length).toBeGreaterThanOrEqual(refusals(now, all, DAY).length);
        kept = remember(now, kept, DAY);
        all.push(now);
        // One older than the notice period, and the hours of it.
        expect(kept.length).toBeLessThanOrEqual(27);
        expect(kept.slice(1).every((one) => one.at > at - DAY)).toBe(true);
      }
    }),
  );
});
