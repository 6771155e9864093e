import * as fc from 'fast-check';
import { type FamilyAges, readAges } from '../../../engine/revisions/ages';
import { Descriptions } from '../../../engine/revisions/descriptions';
import type { TaskDefinitions } from '../../../engine/revisions/ports';
import { VirtualClock } from '../../../simulator';

const CUTOFF = 1000;

/** A family as revision number → date; an undefined date is one that ECS does not tell. */
function reading(dates: ReadonlyMap<number, number | undefined>, until = Number.POSITIVE_INFINITY) {
  const read: number[] = [];
  // A look takes a millisecond.
  const clock = new VirtualClock(0);
  const definitions = {
    async describe({ family, revision }: { family: string; revision: number }) {
      read.push(revision);
      clock.advance(1);
      const registeredAt = dates.get(revision);
      return { family, revision, status: 'ACTIVE', tagKeys: [], ...(registeredAt === undefined ? {} : { registeredAt }) };
    },
  } as unknown as TaskDefinitions;
  return { read, descriptions: new Descriptions(definitions, clock, until) };
}

const candidates = fc
  .uniqueArray(fc.integer({ min: 1, max: 100_000 }), { maxLength: 300 })
  .map((numbers) => numbers.sort((a, b) => a - b));

/** Dates that rise with the number, as ECS gives them. */
const family = fc
  .tuple(candidates, fc.array(fc.nat(20), { minLength: 300, maxLength: 300 }), fc.nat(2000))
  .map(([numbers, steps, first]) => {
    let date = first;
    return new Map(
      numbers.map((revision, place) => {
        date += steps[place] as number;
        return [revision, date] as const;
      }),
    );
  });

const oldIn = (dates: ReadonlyMap<number, number>) =>
  [...dates].filter(([, date]) => date <= CUTOFF).map(([revision]) => revision);
const oldBy = (ages: FamilyAges, dates: ReadonlyMap<number, unknown>) =>
  [...dates.keys()].filter((revision) => revision <= ages.oldUpTo);

test('a few looks tell what looking at every revision would tell: twice log2 of them, and two', async () => {
  await fc.assert(
    fc.asyncProperty(family, async (dates) => {
      const { read, descriptions } = reading(dates);
      const ages = await readAges('web', [...dates.keys()], CUTOFF, undefined, descriptions);
      expect(oldBy(ages, dates)).toEqual(oldIn(dates));
      expect(ages.complete).toBe(true);
      expect(read.length).toBeLessThanOrEqual(2 * Math.log2(Math.max(1, dates.size)) + 2);
    }),
  );
});

test('what an earlier plan settled is not looked at again, and changes no answer', async () => {
  await fc.assert(
    fc.asyncProperty(family, fc.nat(299), async (dates, place) => {
      const old = oldIn(dates);
      const revision = old[place % Math.max(1, old.length)];
      const known = revision === undefined ? undefined : { revision, registeredAt: dates.get(revision) as number };
      const { read, descriptions } = reading(dates);
      const ages = await readAges('web', [...dates.keys()], CUTOFF, known, descriptions);
      expect(oldBy(ages, dates)).toEqual(old);
      expect(read.filter((one) => one <= (revision ?? 0))).toEqual([]);
    }),
  );
});

test('a day on, a family in which nothing grew old costs one look', async () => {
  const dates = new Map(Array.from({ length: 100 }, (_, index) => [index + 1, index < 50 ? 500 : 5000] as const));
  const { read, descriptions } = reading(dates);
  await readAges('web', [...dates.keys()], CUTOFF, { revision: 50, registeredAt: 500 }, descriptions);
  expect(read).toEqual([51]);
});

test('an age known from before counts no longer when the settings ask for more age', async () => {
  const dates = new Map([
    [1, 900],
    [2, 950],
  ]);
  const { descriptions } = reading(dates);
  expect(await readAges('web', [1, 2], 800, { revision: 2, registeredAt: 950 }, descriptions)).toEqual({
    oldUpTo: 0,
    complete: true,
    newestOld: undefined,
  });
});

test('P-02: a revision found without a date is young, and nothing newer is taken for old', async () => {
  const dates = new Map<number, number | undefined>(
    [1, 2, 3, 4].map((revision) => [revision, revision === 3 ? undefined : 10]),
  );
  const { descriptions } = reading(dates);
  expect((await readAges('web', [1, 2, 3, 4], CUTOFF, undefined, descriptions)).oldUpTo).toBe(2);
});

test('with no time left to look, nothing more is old, and the plan is told that nobody looked', async () => {
  const { read, descriptions } = reading(new Map([[1, 10]]), 0);
  expect(await readAges('web', [1], CUTOFF, undefined, descriptions)).toMatchObject({ oldUpTo: 0, complete: false });
  expect(await readAges('web', [1, 2], CUTOFF, { revision: 1, registeredAt: 10 }, descriptions)).toMatchObject({
    oldUpTo: 1,
    complete: false,
  });
  expect(read).toEqual([]);
});

/** A family of which so many are old, the last of them on the very cutoff. */
const partlyOld = (old: number, all: number) =>
  new Map(Array.from({ length: all }, (_, index) => [index + 1, CUTOFF - old + 1 + index] as const));

test.each([0, 1, 2, 3, 50, 511, 512, 999, 1000])(
  'of 1000, the %d that have the age to the millisecond are found',
  async (old) => {
    const dates = partlyOld(old, 1000);
    const { read, descriptions } = reading(dates);
    expect(await readAges('web', [...dates.keys()], CUTOFF, undefined, descriptions)).toEqual({
      oldUpTo: old,
      complete: true,
      newestOld: old === 0 ? undefined : { revision: old, registeredAt: CUTOFF },
    });
    expect(new Set(read).size).toBe(read.length);
  },
);

test.each([
  [0, 1],
  [10, 7],
  [1000, 20],
  [100_000, 17],
])('P-16: of 100,000 of which %d are old, %d looks are enough', async (old, looks) => {
  const dates = partlyOld(old, 100_000);
  const { read, descriptions } = reading(dates);
  await readAges('web', [...dates.keys()], CUTOFF, undefined, descriptions);
  expect(read.length).toBeLessThanOrEqual(looks);
});

test('what an earlier plan settled stands when nothing is left to look at, and on the very cutoff', async () => {
  const known = { revision: 7, registeredAt: CUTOFF };
  const { read, descriptions } = reading(new Map([[8, CUTOFF + 1]]));
  const ages = { oldUpTo: 7, complete: true, newestOld: known };
  expect(await readAges('web', [3, 7], CUTOFF, known, descriptions)).toEqual(ages);
  expect(await readAges('web', [], CUTOFF, known, descriptions)).toEqual(ages);
  expect(read).toEqual([]);
  expect(await readAges('web', [3, 7, 8], CUTOFF, known, descriptions)).toEqual(ages);
  expect(read).toEqual([8]);
});

test('when the time to look ends, what was seen to be old counts, and the next plan begins there', async () => {
  const dates = partlyOld(50, 100);
  const { read, descriptions } = reading(dates, 3);
  expect(await readAges('web', [...dates.keys()], CUTOFF, undefined, descriptions)).toEqual({
    oldUpTo: 7,
    complete: false,
    newestOld: { revision: 7, registeredAt: dates.get(7) },
  });
  expect(read).toEqual([1, 3, 7]);
  const none = reading(dates, 0);
  expect(await readAges('web', [1], CUTOFF, undefined, none.descriptions)).toEqual({ oldUpTo: 0, complete: false });
});

test('P-02: a revision that cannot be read is young, and nothing newer is taken for old', async () => {
  const definitions = {
    describe: async ({ revision }: { revision: number }) => (revision < 3 ? { revision, registeredAt: 1 } : undefined),
  };
  const descriptions = new Descriptions(definitions as unknown as TaskDefinitions, new VirtualClock(0), 1);
  expect((await readAges('web', [1, 2, 3, 4], CUTOFF, undefined, descriptions)).oldUpTo).toBe(2);
});
