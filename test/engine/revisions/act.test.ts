import * as fc from 'fast-check';
import { EcsCallError } from '../../../engine/ecs-call-error';
import { IncompleteScan } from '../../../engine/incomplete-scan';
import { type ActOptions, act } from '../../../engine/revisions/act';
import { Deregistration } from '../../../engine/revisions/deregistration';
import type { RevisionFacts, TaskDefinitions } from '../../../engine/revisions/ports';
import { ReferenceWatch } from '../../../engine/revisions/reference-watch';
import { References } from '../../../engine/revisions/references/references';
import type { ReferenceScan } from '../../../engine/revisions/references/scan';
import { StopSign } from '../../../engine/revisions/stop-sign';
import type { PrunePlan } from '../../../lib/contract/prune-plan';
import { VirtualClock } from '../../../simulator';
import { MemoryLedger } from '../memory-ledger';
import { RecordingReporter, SETTINGS } from '../pruner';
import { ENVIRONMENT, MINUTE, START } from '../random-world';

const SECOND = 1000;
const DAYS = 24 * 60 * MINUTE;

interface Stage {
  readonly due?: readonly number[];
  /** Of each of them the same are due. */
  readonly families?: readonly string[];
  readonly describe?: (revision: number, facts: RevisionFacts) => RevisionFacts | undefined | Promise<RevisionFacts>;
  readonly newest?: (count: number) => readonly number[] | Promise<readonly number[]>;
  /** How long each look takes. */
  readonly looks?: number;
  readonly deregister?: (revision: number, time: number, family: string) => void;
  readonly throttlesInARow?: () => number;
  readonly references?: (references: References) => void;
  /** How long a scan takes. */
  readonly scans?: number;
  readonly began?: number;
  readonly options?: Partial<ActOptions>;
}

/** Acts on `web`, or others, whose newest ten of fifty stay, with ECS played by the test. */
function stage(given: Stage = {}) {
  const clock = new VirtualClock(START);
  const ledger = new MemoryLedger();
  const reporter = new RecordingReporter();
  const { due = [1, 2, 3], families = ['web'], looks = 0, scans = SECOND, began = START } = given;
  const called: { family: string; revision: number; at: number }[] = [];
  const sent: number[] = [];
  const definitions: TaskDefinitions = {
    environment: ENVIRONMENT,
    active: () => Promise.reject(new Error('not here')),
    async describe({ family, revision }) {
      await clock.sleep(looks);
      const facts = { family, revision, status: 'ACTIVE', registeredAt: START - 100 * DAYS, tagKeys: [] };
      return given.describe ? given.describe(revision, facts) : facts;
    },
    async newest(_, count) {
      await clock.sleep(looks);
      return given.newest ? given.newest(count) : Array.from({ length: count }, (__, index) => 50 - index);
    },
    async deregister({ family, revision }) {
      await clock.sleep(definitions.delay());
      called.push({ family, revision, at: clock.now() });
      given.deregister?.(revision, called.length, family);
    },
    delay: () => (called.length === 0 ? 0 : Math.max(0, (called.at(-1)?.at ?? 0) + 2 * SECOND - clock.now())),
    throttles: () => ({ total: 0, inARow: given.throttlesInARow?.() ?? 0 }),
  };
  const scan = (at: number): ReferenceScan => {
    const references = new References();
    given.references?.(references);
    return { began: at, ended: at + SECOND, references, clusters: 1, services: 1, examined: [], notExamined: [] };
  };
  const watch = new ReferenceWatch(
    scan(began),
    async () => {
      const at = clock.now();
      await clock.sleep(scans);
      return { ...scan(at), ended: clock.now() };
    },
    async () => undefined,
    clock,
  );
  const plan = {
    settings: { ...SETTINGS },
    refusals: [],
    families: families.map((family) => ({
      family,
      verdicts: [{ from: 1, to: 30, count: 30, action: 'deregister', reason: 'superseded' }],
    })),
  } as unknown as PrunePlan;
  const options: ActOptions = {
    due: due.flatMap((revision) => families.map((family) => ({ family, revision }))),
    settings: SETTINGS,
    ruleOf: () => SETTINGS.rules[0],
    definitions,
    deregistration: new Deregistration(plan, definitions),
    watch,
    stop: new StopSign(ledger, clock),
    clock,
    deadline: START + 15 * MINUTE,
    mostActs: Number.POSITIVE_INFINITY,
    reporter,
    sent: ({ revision }) => sent.push(revision),
    ...given.options,
  };
  return {
    clock,
    ledger,
    reporter,
    called,
    sent,
    run: () => clock.run(act(options)),
    revisions: () => called.map((one) => one.revision),
  };
}

const reasons = ({ kept }: { kept: readonly { revision: string; reason: string }[] }) =>
  kept.map(({ revision, reason }) => `${revision} ${reason}`);
const refused = (code: string) => {
  throw new EcsCallError('DeregisterTaskDefinition', code, 'no');
};

test('lets go what is due, oldest first, at the pace of deregistrations', async () => {
  const { run, called } = stage();
  expect(await run()).toMatchObject({ ended: 'nothing left', kept: [], remaining: 0 });
  expect(called).toEqual([
    { family: 'web', revision: 1, at: START },
    { family: 'web', revision: 2, at: START + 2 * SECOND },
    { family: 'web', revision: 3, at: START + 4 * SECOND },
  ]);
});

describe('the look before the act keeps a revision that', () => {
  test.each<[string, string, Stage]>([
    ['P-13: somebody else deregistered', 'gone', { describe: (_, facts) => ({ ...facts, status: 'INACTIVE' }) }],
    ['P-18: has a status nobody knows', 'gone', { describe: (_, facts) => ({ ...facts, status: 'ARCHIVED' }) }],
    ['ECS does not know any more', 'gone', { describe: () => undefined }],
    ['P-19: was tagged since the plan', 'opted-out', { describe: (_, facts) => ({ ...facts, tagKeys: [SETTINGS.keepTag] }) }],
    ['P-02: turns out to be young', 'too-young', { describe: (_, facts) => ({ ...facts, registeredAt: START - 6 * DAYS }) }],
    ['P-02: has no date', 'too-young', { describe: (_, facts) => ({ ...facts, registeredAt: undefined }) }],
    ['P-11: has a date to come', 'too-young', { describe: (_, facts) => ({ ...facts, registeredAt: START + DAYS }) }],
    [
      'AWS Batch registered',
      'not-managed',
      { describe: (_, facts) => ({ ...facts, registeredBy: 'x/AWSServiceRoleForBatch/y' }) },
    ],
    [
      'P-15: is described in a way that makes no sense',
      'unreadable',
      { describe: () => Promise.reject(new IncompleteScan('DescribeTaskDefinition', 'no')) },
    ],
    ['P-24: is among the newest since others went', 'latest', { newest: () => [9, 8, 1] }],
    ['P-05: a list of the newest too short to be true does not show', 'latest', { newest: () => [] }],
    [
      'P-01: something refers to by now',
      'referenced',
      { references: (found) => found.add({ family: 'web', revision: 1 }, 'task') },
    ],
    [
      'lies in a family that is held by now',
      'referenced',
      { references: (found) => found.hold('web', { reason: 'referenced', evidence: 'x' }) },
    ],
    ['no rule names', 'out-of-scope', { options: { ruleOf: () => undefined } }],
  ])('%s (%s)', async (_, reason, given) => {
    const { run, called, reporter } = stage({ due: [1], ...given });
    const result = await run();
    expect(reasons(result)).toEqual([`web:1 ${reason}`]);
    expect([result.ended, result.remaining, called]).toEqual(['nothing left', 0, []]);
    expect(reporter.lines[0]?.fields).toEqual({ revision: 'web:1', reason });
  });
});

describe('the acts end', () => {
  test('P-14: half a minute before the deadline', async () => {
    const { run, called } = stage({
      due: Array.from({ length: 40 }, (_, index) => index + 1),
      options: { deadline: START + 40 * SECOND },
    });
    expect(await run()).toMatchObject({ ended: 'deadline', remaining: 35 });
    expect(called.at(-1)?.at).toBeLessThanOrEqual(START + 10 * SECOND);
  });

  test('P-14: half a minute before the deadline, also when the wait for a scan goes beyond it', async () => {
    const { run, called } = stage({ scans: 5 * MINUTE, began: START - 61 * SECOND, options: { deadline: START + 4 * MINUTE } });
    expect(await run()).toMatchObject({ ended: 'deadline', remaining: 3 });
    expect(called).toEqual([]);
  });

  test('after the most acts of the settings or the request', async () => {
    const { run, revisions } = stage({ options: { mostActs: 2 } });
    expect(await run()).toMatchObject({ ended: 'most acts', remaining: 1 });
    expect(revisions()).toEqual([1, 2]);
  });

  test('with no act at all when none may be done', async () => {
    const { run, called } = stage({ options: { mostActs: 0 } });
    expect(await run()).toMatchObject({ ended: 'most acts', remaining: 3 });
    expect(called).toEqual([]);
  });

  test('within ten seconds of a stop object', async () => {
    const { run, clock, ledger, called } = stage({ due: Array.from({ length: 40 }, (_, index) => index + 1) });
    clock.at(START + 20 * SECOND, () => void ledger.write('stop', ''));
    expect(await run()).toMatchObject({ ended: 'stopped', why: 'the ledger holds a stop object' });
    expect(called.at(-1)?.at).toBeLessThanOrEqual(START + 30 * SECOND);
  });

  test('at a stop object that was put there while the run waited for a scan', async () => {
    const { run, clock, ledger, called } = stage({ scans: 2 * MINUTE, began: START - 61 * SECOND });
    clock.at(START + MINUTE, () => void ledger.write('stop', ''));
    expect(await run()).toMatchObject({ ended: 'stopped', remaining: 3 });
    expect(called).toEqual([]);
  });

  test('P-05: at a scan that was not complete', async () => {
    const { run, called } = stage({
      newest: () => Promise.reject(new IncompleteScan('ListTaskDefinitions', 'ServerException: no', 'ServerException')),
    });
    expect(await run()).toMatchObject({
      ended: 'incomplete scan',
      why: 'ListTaskDefinitions: ServerException: no',
      remaining: 3,
    });
    expect(called).toEqual([]);
  });

  test('P-23: after five throttles in a row', async () => {
    let throttles = 0;
    const { run, called, sent } = stage({
      due: Array.from({ length: 9 }, (_, index) => index + 1),
      throttlesInARow: () => throttles,
      deregister: () => {
        throttles += 1;
        refused('ThrottlingException');
      },
    });
    expect(await run()).toMatchObject({ ended: 'throttled', remaining: 9, deregistered: [] });
    expect([called.length, sent]).toEqual([5, []]);
  });

  test('after five failures in a row, each of which may have taken effect and is verified', async () => {
    const { run, called, sent } = stage({ due: [1, 2], deregister: () => refused('ServerException') });
    expect(await run()).toMatchObject({ ended: 'failed', remaining: 2 });
    expect([called.length, sent]).toEqual([5, [1, 2, 1, 2, 1]]);
  });

  test('but not before every family has had its turn: those of which ECS deregisters nothing hold up no other', async () => {
    const bad = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { run, called } = stage({
      families: [...bad, 'web', 'worker'],
      deregister: (_, __, family) => {
        if (bad.includes(family)) refused('ClientException');
      },
    });
    const result = await run();
    expect(result).toMatchObject({ ended: 'failed', remaining: 18 });
    expect(result.deregistered.map(({ family, revision }) => `${family}:${revision}`)).toEqual([
      ...['web:1', 'worker:1', 'web:2', 'worker:2', 'web:3', 'worker:3'],
    ]);
    // Once each, and then five in a row.
    expect(called.filter(({ family }) => bad.includes(family))).toHaveLength(11);
  });
});

test('a call that failed and took effect all the same is no failure of the run, when nothing remains', async () => {
  let gone = false;
  const { run } = stage({
    due: [1],
    describe: (_, facts) => (gone ? { ...facts, status: 'INACTIVE' } : facts),
    deregister: () => {
      gone = true;
      refused('ServerException');
    },
  });
  expect(await run()).toMatchObject({ ended: 'nothing left', kept: [{ revision: 'web:1', reason: 'gone' }], remaining: 0 });
});

test('a throttled revision comes last, and is looked at again before its next try', async () => {
  const tags: string[] = [];
  const { run, revisions } = stage({
    describe: (_, facts) => ({ ...facts, tagKeys: [...tags] }),
    deregister: (_, time) => {
      if (time === 3) tags.push(SETTINGS.keepTag);
      if (time === 1) refused('ThrottlingException');
    },
  });
  const result = await run();
  expect(revisions()).toEqual([1, 2, 3]);
  expect(reasons(result)).toEqual(['web:1 opted-out']);
});

test('P-01: no look at the revision itself is older than the wait for a scan', async () => {
  const tags: string[] = [];
  const { run, clock, called } = stage({
    due: [1],
    looks: 2 * SECOND,
    scans: 2 * MINUTE,
    began: START - 59 * SECOND,
    describe: (_, facts) => ({ ...facts, tagKeys: [...tags] }),
  });
  clock.at(START + MINUTE, () => tags.push(SETTINGS.keepTag));
  expect(reasons(await run())).toEqual(['web:1 opted-out']);
  expect(called).toEqual([]);
});

test('P-01: looks that took long are taken again before the act', async () => {
  const tags: string[] = [];
  let slow = true;
  const { run, clock, called } = stage({
    due: [1, 2],
    describe: (_, facts) => ({ ...facts, tagKeys: [...tags] }),
    newest: async (count) => {
      if (slow) await clock.sleep(21 * SECOND);
      slow = false;
      return Array.from({ length: count }, (__, index) => 50 - index);
    },
  });
  clock.at(START + SECOND, () => tags.push(SETTINGS.keepTag));
  expect(reasons(await run())).toEqual(['web:2 opted-out', 'web:1 opted-out']);
  expect(called).toEqual([]);
});

test('P-14: looks that never come in time end with the deadline, and no act', async () => {
  const { run, called } = stage({ due: [1], looks: 21 * SECOND });
  expect(await run()).toMatchObject({ ended: 'deadline', remaining: 1 });
  expect(called).toEqual([]);
});

describe('P-14: whatever becomes of calls and looks, in any order,', () => {
  const answers = fc.array(fc.constantFrom('done', 'throttled', 'broken'), { maxLength: 60 });
  const lookTimes = fc.array(fc.constantFrom(0, 1, 21, 400), { maxLength: 60 });

  test('the acts end by the deadline, each call comes after the last at the pace, and nothing is lost', async () => {
    await fc.assert(
      fc.asyncProperty(answers, lookTimes, async (given, looks) => {
        let [inARow, look] = [0, 0];
        const { run, clock, called } = stage({
          due: Array.from({ length: 20 }, (_, index) => index + 1),
          newest: async (count) => {
            await clock.sleep((looks[look++] ?? 0) * SECOND);
            return Array.from({ length: count }, (_, index) => 50 - index);
          },
          throttlesInARow: () => inARow,
          deregister: (_, time) => {
            const answer = given[time - 1];
            if (answer === 'throttled') inARow += 1;
            if (answer === 'throttled') refused('ThrottlingException');
            if (answer === 'broken') refused('ServerException');
            inARow = 0;
          },
        });
        const { ended, deregistered, kept, remaining } = await run();
        expect(clock.now()).toBeLessThanOrEqual(START + 15 * MINUTE);
        expect(deregistered.length + kept.length + remaining).toBe(20);
        expect(new Set(deregistered.map(({ revision }) => revision)).size).toBe(deregistered.length);
        expect(remaining > 0).toBe(ended !== 'nothing left');
        called.forEach(({ at }, place) => {
          if (place > 0) expect(at - (called[place - 1]?.at ?? 0)).toBeGreaterThanOrEqual(2 * SECOND);
        });
      }),
      { seed: 14, numRuns: 200 },
    );
  });
});

test('X-02: a revision that the plan does not let go is an error, and no call', async () => {
  const { run, called } = stage({ due: [31] });
  await expect(run()).rejects.toThrow('web:31 is not in the approved plan');
  expect(called).toEqual([]);
});
