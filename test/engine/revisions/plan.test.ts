import * as fc from 'fast-check';
import { Inventory } from '../../../engine/revisions/inventory';
import { type PlanInput, planPruning } from '../../../engine/revisions/plan';
import type { RevisionFacts } from '../../../engine/revisions/ports';
import { References } from '../../../engine/revisions/references/references';
import { type PrunePlan, REASONS } from '../../../lib/contract/prune-plan';
import { SETTINGS } from '../pruner';
import { ENVIRONMENT, MINUTE, START } from '../random-world';

const DAY = 24 * 60 * MINUTE;
const OLD = START - 100 * DAY;
const NOTICE = SETTINGS.noticePeriodMinutes * MINUTE;

interface Given extends Partial<PlanInput> {
  readonly revisions?: Readonly<Record<string, readonly number[]>>;
  readonly known?: readonly RevisionFacts[];
  /** Since when everything has been announced. */
  readonly since?: number;
  readonly refer?: (references: References) => void;
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const facts = (revision: number, more: Partial<RevisionFacts> = {}): RevisionFacts => ({
  family: 'web',
  revision,
  status: 'ACTIVE',
  registeredAt: OLD,
  tagKeys: [],
  ...more,
});

/** Twelve revisions of `web`, of which the rule keeps ten; all old enough unless a test says otherwise. */
function plan({ revisions = { web: upTo(12) }, known = [], since, refer, ...more }: Given = {}): PrunePlan {
  const inventory = new Inventory();
  for (const [family, numbers] of Object.entries(revisions)) for (const revision of numbers) inventory.add(family, revision);
  inventory.settle();
  const references = new References();
  refer?.(references);
  const families = inventory.families();
  return planPruning({
    at: START,
    environment: ENVIRONMENT,
    settings: SETTINGS,
    request: {},
    inventory,
    references,
    ages: new Map(families.map((family) => [family, { oldUpTo: 1e9, complete: true }])),
    facts: (family, revision) => known.find((one) => one.family === family && one.revision === revision),
    announcements: {
      spans: new Map(since === undefined ? [] : families.map((family) => [family, [{ from: 1, to: 1e9, since }]])),
      ages: new Map(),
    },
    examined: [],
    notExamined: [],
    refusals: [],
    ...more,
  });
}

const lines = ({ families }: PrunePlan) =>
  families.flatMap(({ family, verdicts }) =>
    verdicts.map(({ from, to, action, reason }) => `${family} ${from}-${to} ${action} ${reason}`),
  );

describe('a revision', () => {
  test('P-10: that nothing keeps is announced first, and goes when the notice period has passed', () => {
    expect(lines(plan())).toEqual(['web 1-2 keep announced', 'web 3-11 keep latest', 'web 12-12 keep newest']);
    expect(lines(plan({ since: START - NOTICE + 1 }))[0]).toBe('web 1-2 keep announced');
    expect(lines(plan({ since: START - NOTICE }))[0]).toBe('web 1-2 deregister superseded');
  });

  test('P-01 P-03: that is referred to stays, with the evidence', () => {
    const { families } = plan({
      since: OLD,
      refer: (found) => found.add({ family: 'web', revision: 2 }, 'service blue/shop: taskDefinition'),
    });
    expect(families[0]?.verdicts[1]).toEqual({
      from: 2,
      to: 2,
      count: 1,
      action: 'keep',
      reason: 'referenced',
      evidence: ['service blue/shop: taskDefinition'],
    });
  });

  test('P-24: that is the newest stays, even the only one of its family', () => {
    expect(lines(plan({ revisions: { web: [7] }, since: OLD }))).toEqual(['web 7-7 keep newest']);
  });

  test('P-19: that carries the tag stays, and so does one in a family that is held', () => {
    expect(lines(plan({ since: OLD, known: [facts(1, { tagKeys: [SETTINGS.keepTag] }), facts(2)] }))[0]).toBe(
      'web 1-1 keep opted-out',
    );
    const hold = (reason: 'referenced' | 'not-managed') =>
      lines(plan({ since: OLD, refer: (found) => found.hold('web', { reason, evidence: 'x' }) }))[0];
    expect([hold('referenced'), hold('not-managed')]).toEqual(['web 1-2 keep referenced', 'web 1-2 keep not-managed']);
  });

  test('P-19: that carries the tag stays when its family is young or held as well, and the newest is told as the newest', () => {
    const tagged = [1, 12].map((revision) => facts(revision, { tagKeys: ['other', SETTINGS.keepTag] }));
    expect(lines(plan({ since: OLD, known: tagged }))).toEqual([
      'web 1-1 keep opted-out',
      'web 2-2 deregister superseded',
      'web 3-11 keep latest',
      'web 12-12 keep newest',
    ]);
    expect(plan({ since: OLD, known: tagged }).families[0]?.verdicts[0]?.evidence).toEqual([`tag ${SETTINGS.keepTag}`]);
    expect(lines(plan({ since: OLD, known: tagged, ages: new Map() }))[0]).toBe('web 1-1 keep opted-out');
    const held = plan({
      since: OLD,
      known: tagged,
      refer: (found) => found.hold('web', { reason: 'not-managed', evidence: 'x' }),
    });
    expect(lines(held).slice(0, 2)).toEqual(['web 1-1 keep opted-out', 'web 2-2 keep not-managed']);
  });

  test('that is due when its stack goes may be the newest of its family; what something refers to stays even then', () => {
    const leaving = {
      since: OLD,
      retiring: true,
      refer: (found: References) => found.add({ family: 'web', revision: 3 }, 'task'),
    };
    expect(lines(plan(leaving))).toEqual([
      'web 1-2 deregister superseded',
      'web 3-3 keep referenced',
      'web 4-12 deregister superseded',
    ]);
  });

  test('P-02 P-11: that is young, has no date, or has one to come, stays', () => {
    for (const registeredAt of [START, undefined, START + DAY]) {
      expect(lines(plan({ since: OLD, known: [facts(1, { registeredAt }), facts(2)] }))[0]).toBe('web 1-1 keep too-young');
    }
    expect(lines(plan({ since: OLD, ages: new Map([['web', { oldUpTo: 1, complete: true }]]) })).slice(0, 2)).toEqual([
      'web 1-1 deregister superseded',
      'web 2-2 keep too-young',
    ]);
    expect(lines(plan({ since: OLD, ages: new Map() }))[0]).toBe('web 1-2 keep too-young');
  });

  test('P-02: that is old by its place in the family is young when what was read of it says so', () => {
    const known = [facts(1, { registeredAt: START - 7 * DAY + 1 }), facts(2, { registeredAt: START - 7 * DAY })];
    expect(lines(plan({ since: OLD, known })).slice(0, 2)).toEqual(['web 1-1 keep too-young', 'web 2-2 deregister superseded']);
    const unsettled = { ages: new Map([['web', { oldUpTo: 0, complete: false }]]) };
    expect(lines(plan({ since: OLD, known, ...unsettled })).slice(0, 2)).toEqual([
      'web 1-1 keep too-young',
      'web 2-2 deregister superseded',
    ]);
  });

  test('of which age or tags are not read yet is announced, and says so', () => {
    const { families } = plan({
      revisions: { web: upTo(14) },
      ages: new Map([['web', { oldUpTo: 2, complete: false }]]),
      known: [facts(1), facts(3)],
    });
    expect(families[0]?.verdicts.slice(0, 4).map(({ from, to, reason, evidence }) => [from, to, reason, evidence])).toEqual([
      [1, 1, 'announced', undefined],
      [2, 2, 'announced', ['tags not read yet']],
      [3, 3, 'announced', ['age not read yet']],
      [4, 4, 'announced', ['age not read yet', 'tags not read yet']],
    ]);
  });

  test('of a family out of scope stays, and says why', () => {
    const { families } = plan({ since: OLD, settings: { ...SETTINGS, exceptFamilies: ['w*'] } });
    expect(families[0]).toMatchObject({
      verdicts: [{ from: 1, to: 12, count: 12, reason: 'out-of-scope', evidence: ["exceptFamilies has 'w*'"] }],
    });
  });
});

describe('neighbors', () => {
  const runs = (given: Given) => plan(given).families[0]?.verdicts.map(({ from, to }) => `${from}-${to}`);

  test('that are kept by the same things share a verdict, and no others', () => {
    const kept = (...evidence: readonly (readonly string[])[]) =>
      runs({
        revisions: { web: [...upTo(evidence.length), 9] },
        refer: (found) => {
          for (const [index, lines] of evidence.entries()) {
            for (const line of lines) found.add({ family: 'web', revision: index + 1 }, line);
          }
        },
      });
    expect(kept(['task'], ['task'], ['task'])).toEqual(['1-3', '9-9']);
    expect(kept(['task'], ['service a'], ['service b'])).toEqual(['1-1', '2-2', '3-3', '9-9']);
    expect(kept(['a', 'b'], ['a', 'b'], ['a'])).toEqual(['1-2', '3-3', '9-9']);
    expect(kept(['a', 'bc'], ['ab', 'c'])).toEqual(['1-1', '2-2', '9-9']);
  });

  test('P-10: that were announced at different times wait each for their own time', () => {
    const spans = [
      { from: 1, to: 1, since: START - NOTICE },
      { from: 2, to: 3, since: START - NOTICE + MINUTE },
    ];
    const { families } = plan({
      revisions: { web: upTo(14) },
      announcements: { spans: new Map([['web', spans]]), ages: new Map() },
    });
    expect(families[0]?.verdicts.slice(0, 3).map(({ from, to, reason, since }) => [from, to, reason, since])).toEqual([
      [1, 1, 'superseded', '2026-02-28T12:00:00.000Z'],
      [2, 3, 'announced', '2026-02-28T12:01:00.000Z'],
      [4, 4, 'announced', '2026-03-01T12:00:00.000Z'],
    ]);
  });

  test('P-10: of which one is read and one is not are announced each with its date', () => {
    const since = '2026-03-01T12:00:00.000Z';
    expect(plan({ known: [facts(2)] }).families[0]?.verdicts.slice(0, 2)).toEqual([
      { from: 1, to: 1, count: 1, reason: 'announced', action: 'keep', evidence: ['tags not read yet'], since },
      { from: 2, to: 2, count: 1, reason: 'announced', action: 'keep', since },
    ]);
  });

  test('that stay for a plain reason cost no room for evidence or a date: there may be a million', () => {
    expect(Object.keys(plan().families[0]?.verdicts.at(-1) ?? {})).toEqual(['from', 'to', 'count', 'reason', 'action']);
  });
});

test('the first keep rule that fits is the one that is told', () => {
  const all: Given = {
    since: OLD,
    revisions: { web: upTo(30) },
    known: [12, 25].map((revision) => facts(revision, { tagKeys: [SETTINGS.keepTag] })),
    refer: (found) => {
      for (const revision of [12, 25, 30]) found.add({ family: 'web', revision }, 'task');
    },
  };
  const reasonOf = (revision: number, given: Given) =>
    plan(given).families[0]?.verdicts.find(({ from, to }) => from <= revision && revision <= to)?.reason;
  expect([30, 25, 12].map((revision) => reasonOf(revision, all))).toEqual(['newest', 'referenced', 'referenced']);
  expect([25, 12].map((revision) => reasonOf(revision, { ...all, refer: undefined }))).toEqual(['opted-out', 'opted-out']);
  expect(reasonOf(25, { ...all, refer: undefined, known: [] })).toBe('latest');
});

describe('a plan', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 60 });
  const world = fc.record({
    revisions: fc.dictionary(fc.constantFrom('web', 'web-a', 'Web', '__proto__', 'job'), numbers, { maxKeys: 5 }),
    referenced: fc.array(fc.nat(300)),
    tagged: fc.array(fc.nat(300)),
    keepLatest: fc.integer({ min: 1, max: 20 }),
    oldUpTo: fc.nat(300),
    complete: fc.boolean(),
    since: fc.option(fc.constantFrom(OLD, START - 1), { nil: undefined }),
    except: fc.boolean(),
  });

  const of = ({
    revisions,
    referenced,
    tagged,
    keepLatest,
    oldUpTo,
    complete,
    since,
    except,
  }: typeof world extends fc.Arbitrary<infer T> ? T : never) =>
    plan({
      revisions,
      since,
      settings: {
        ...SETTINGS,
        rules: [{ allFamilies: true, keepLatest, minAgeMinutes: 60 }],
        exceptFamilies: except ? ['web-*'] : [],
      },
      ages: new Map(
        Object.keys(revisions)
          .sort()
          .map((family) => [family, { oldUpTo, complete }]),
      ),
      known: tagged.map((revision) => facts(revision, { tagKeys: [SETTINGS.keepTag] })),
      refer: (found) => {
        for (const revision of referenced) found.add({ family: 'web', revision }, 'task');
      },
    });

  test('gives every revision exactly one verdict, in runs of one reason, and counts them', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { families, totals, backlog } = of(given);
        let revisions = 0;
        const byReason: Record<string, number> = {};
        for (const { family, verdicts } of families) {
          const sorted = [...(given.revisions[family] ?? [])].sort((a, b) => a - b);
          const covered = verdicts.flatMap(({ from, to, count, reason, action }) => {
            const inside = sorted.filter((revision) => from <= revision && revision <= to);
            expect([inside.length, inside[0], inside.at(-1)]).toEqual([count, from, to]);
            expect(action === 'deregister').toBe(reason === 'superseded');
            expect(Object.keys(REASONS)).toContain(reason);
            byReason[reason] = (byReason[reason] ?? 0) + count;
            return inside;
          });
          expect(covered).toEqual(sorted);
          revisions += sorted.length;
        }
        expect(totals).toEqual({ families: Object.keys(given.revisions).length, revisions, byReason });
        expect([backlog.due, backlog.announced]).toEqual([byReason.superseded ?? 0, byReason.announced ?? 0]);
      }),
    );
  });

  test('is the same text for the same world, in whatever order it was listed', () => {
    fc.assert(
      fc.property(world, (given) => {
        const turned = Object.fromEntries(
          Object.entries(given.revisions)
            .reverse()
            .map(([family, list]) => [family, [...list].reverse()]),
        );
        expect(JSON.stringify(of({ ...given, revisions: turned }))).toBe(JSON.stringify(of(given)));
      }),
    );
  });

  test('of the same world names its settings, its place and its time, and is of a known version', () => {
    expect(plan({ request: { planOnly: true } })).toMatchObject({
      version: 1,
      at: '2026-03-01T12:00:00.000Z',
      ...ENVIRONMENT,
      settings: SETTINGS,
      request: { planOnly: true },
    });
    expect(plan().request).toBeUndefined();
  });

  test('P-16: says when the backlog will be done at the pace of the settings', () => {
    const many = { revisions: { web: upTo(10_000) }, since: START - NOTICE };
    const { backlog } = plan(many);
    expect(backlog.due).toBe(9990);
    // Half an act a second, seventeen parts in twenty of the time.
    expect((Date.parse(backlog.doneBy as string) - START) / 1000).toBeCloseTo(9990 / 0.425, 0);
    expect(plan({ ...many, settings: { ...SETTINGS, mode: 'PLAN' } }).backlog.doneBy).toBeUndefined();
    expect(plan({ revisions: { web: [1] } }).backlog).toEqual({ due: 0, announced: 0 });
    // Two that were announced just now begin when their notice has passed.
    expect((Date.parse(plan().backlog.doneBy as string) - START - NOTICE) / 1000).toBeCloseTo(2 / 0.425, 2);
  });

  test('P-16: is not done before the last announced has had its notice, and begins when the first has had it', () => {
    const doneAfter = (...since: number[]) => {
      const spans = new Map(since.map((one, index) => [`f${index}`, [{ from: 1, to: 1, since: one }]]));
      const revisions = Object.fromEntries(since.map((_, index) => [`f${index}`, upTo(11)]));
      const { backlog } = plan({ revisions, announcements: { spans, ages: new Map() } });
      return Date.parse(backlog.doneBy as string) - START;
    };
    const work = (acts: number) => (acts / 0.425) * 1000;
    // One is long due, the other has all its notice before it.
    expect(doneAfter(START - NOTICE, START)).toBe(NOTICE);
    expect(doneAfter(START, START - NOTICE)).toBe(NOTICE);
    // The first of three begins in a second; the last comes before they are done.
    const second = START - NOTICE + 1000;
    expect(doneAfter(second + 500, second, second + 1000)).toBe(1000 + Math.floor(work(3)));
    // Both were due long ago: work begins now.
    expect(doneAfter(OLD, OLD + DAY)).toBe(Math.floor(work(2)));
  });

  test('P-04: a family is not warned of at fifty a day, when nobody knows, when it is out of scope, or when its rule asks no age', () => {
    const of = (revisions: number, more: Given = {}) =>
      plan({
        revisions: { web: upTo(revisions) },
        ages: new Map([['web', { oldUpTo: 10, complete: true }]]),
        ...more,
      }).warnings;
    expect(of(10 + 7 * 50)).toEqual([]);
    expect(of(10 + 7 * 50 + 1)).toEqual(['family web registers about 50 revisions a day']);
    expect(of(5000, { ages: new Map([['web', { oldUpTo: 10, complete: false }]]) })).toEqual([]);
    expect(of(5000, { settings: { ...SETTINGS, exceptFamilies: ['web'] } })).toEqual([]);
    expect(of(5000, { settings: { ...SETTINGS, rules: [{ allFamilies: true, keepLatest: 1, minAgeMinutes: 0 }] } })).toEqual(
      [],
    );
  });

  test('P-04: warns of a family that registers more than fifty a day, and keeps its young ones', () => {
    const made = plan({ since: OLD, revisions: { web: upTo(500) }, ages: new Map([['web', { oldUpTo: 10, complete: true }]]) });
    expect(made.warnings).toEqual(['family web registers about 70 revisions a day']);
    expect(lines(made)[1]).toBe('web 11-490 keep too-young');
  });

  test('P-15: warns of ARNs that it could not read', () => {
    const inventory = new Inventory();
    inventory.unreadable = 2;
    expect(plan({ inventory }).warnings).toEqual(['2 ARNs in the list of revisions could not be read and are kept']);
  });
});
