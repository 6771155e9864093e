import * as fc from 'fast-check';
import type { Condition, Stored } from '../../engine/ledger/ledger';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { Random } from '../../simulator';
import { SETTINGS } from '../engine/pruner';
import { MINUTE, type WorldSpec, world } from '../engine/random-world';
import { FaultyLedger } from './faulty-ledger';
import { type Death, Mortal } from './mortal';
import { type Late, MortalWorld } from './mortal-world';

jest.setTimeout(900_000);

// A failure prints seed and path: `CRASH_SEED=… CRASH_PATH=… npx jest test/crash/prefixes -t '…'` plays it again.
const WORLDS = Number(process.env.CRASH_WORLDS ?? 15);
const PARAMETERS = {
  seed: Number(process.env.CRASH_SEED ?? 20261125),
  numRuns: WORLDS,
  ...(process.env.CRASH_PATH === undefined ? {} : { path: process.env.CRASH_PATH }),
};
const LATE: readonly Late[] = ['never', 'at once', 'after the run'];

/** Three revisions go, a service and a task keep one each, a tag a third. */
const SMALL: WorldSpec = {
  seed: 1,
  families: [
    { count: 5, stepMinutes: 90, newestAgeMinutes: 90, tagged: 0, inactive: 0, batch: false },
    { count: 4, stepMinutes: 90, newestAgeMinutes: 90, tagged: 1, inactive: 0, batch: false },
  ],
  services: [{ family: 0, pick: 1, history: [], kind: 'rolling', cluster: 'blue' }],
  tasks: [],
  settings: {
    ...SETTINGS,
    rules: [{ allFamilies: true, keepLatest: 2, minAgeMinutes: 60 }],
    noticePeriodMinutes: 10,
    actionsPerSecond: 0.9,
  },
  ways: { tokens: 'offset', emptyPages: 0, varyPageSizes: false, pageSize: 100, latency: 5, lag: 0 },
};

/** Announces, lets go, verifies. Of all calls of these runs one is the last of the run that makes it. */
async function play(
  spec: WorldSpec,
  late: Late,
  death?: Death,
  ledger = new FaultyLedger([]),
): Promise<{ readonly scene: MortalWorld; readonly calls: number }> {
  const scene = new MortalWorld(spec, ledger, late);
  for (const minutes of [0, spec.settings.noticePeriodMinutes + 1, 16]) {
    scene.clock.advance(minutes * MINUTE);
    const call = (death?.call ?? 0) - scene.calls;
    await scene.run(new Mortal(death && call > 0 ? { ...death, call } : undefined));
  }
  const { calls } = scene;
  await scene.goOn();
  return { scene, calls };
}

/** A death at each call, before its effect and after, whoever is late. Every day one of the six at each call. */
function* deaths(calls: number): Generator<Death & { readonly late: Late }> {
  for (let call = 1; call <= calls; call += 1) {
    const all = LATE.flatMap((late) => [false, true].map((effect) => ({ call, effect, late })));
    yield* WORLDS > 15 ? all : all.slice(call % 6, (call % 6) + 1);
  }
}

/** The first death after which the runs owe something, and what. */
async function firstOwed(ledgerOf?: () => FaultyLedger): Promise<object | undefined> {
  const whole = await play(SMALL, 'never');
  const { gone } = whole.scene;
  expect([gone.length, whole.scene.owed({ gone })]).toEqual([3, []]);
  for (const { late, ...death } of deaths(whole.calls)) {
    const { scene } = await play(SMALL, late, death, ledgerOf?.());
    const owed = scene.owed({ gone });
    if (owed.length > 0) return { late, ...death, owed };
  }
  return undefined;
}

describe('P-14: a run may end at any call, before it has its effect or after: what goes is what would have gone, once, written down before, verified, and told where it was needed after all', () => {
  test('at every call of a small world', async () => {
    expect(await firstOwed()).toBeUndefined();
  });

  test('at any call of any world', async () => {
    let died = 0;
    const cases = fc.tuple(world, fc.constantFrom(...LATE), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, async ([spec, late, part, effect]) => {
        const whole = await play(spec, 'never');
        const call = 1 + Math.floor(part * (whole.calls - 1));
        const { scene } = await play(spec, late, { call, effect });
        if (whole.scene.gone.length > 0) died += 1;
        expect(scene.owed({ gone: whole.scene.gone })).toEqual([]);
      }),
      PARAMETERS,
    );
    expect(died).toBeGreaterThan(process.env.CRASH_PATH === undefined ? WORLDS / 5 : -1);
  });
});

/** Nobody knows of another run. */
class Unmarked extends FaultyLedger {
  override async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
    return key === LEDGER.running || super.write(key, body, condition);
  }
}

interface Meeting {
  readonly seed: number;
  /** How much later the second run begins. */
  readonly laterMs: number;
  /** Each call, and each answer, may take so long. */
  readonly slowMs: number;
  /** One of them dies. */
  readonly death: Death | undefined;
  readonly late: Late;
}

const meetings: fc.Arbitrary<Meeting> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  laterMs: fc.nat(20_000),
  slowMs: fc.constantFrom(1, 100, 1500),
  death: fc.option(fc.record({ call: fc.integer({ min: 1, max: 90 }), effect: fc.boolean() }), { nil: undefined }),
  late: fc.constantFrom(...LATE),
});

/** Two runs at once on what has been announced, neither of which knows of the other. */
async function meet(
  spec: WorldSpec,
  { seed, laterMs, slowMs, death, late }: Meeting,
  ledger = new Unmarked([]),
): Promise<MortalWorld> {
  const scene = new MortalWorld(spec, ledger, late);
  const { clock } = scene;
  await scene.run();
  clock.advance((spec.settings.noticePeriodMinutes + 1) * MINUTE);
  const random = new Random(seed);
  const delay = () => clock.sleep(random.next() * slowMs);
  const second = clock.sleep(laterMs).then(() => scene.start(new Mortal(undefined, delay)));
  await clock.run(Promise.all([scene.start(new Mortal(death, delay)), second]));
  await scene.goOn();
  return scene;
}

describe('P-12 P-14: two runs at once, each call of which comes in any order, and one of which may die', () => {
  test('let go what one would have, written down before, verified, and told where it was needed after all', async () => {
    let both = 0;
    await fc.assert(
      fc.asyncProperty(world, meetings, async (spec, meeting) => {
        const { gone } = (await play(spec, 'never')).scene;
        const scene = await meet(spec, meeting);
        both += gone.length > 0 ? 1 : 0;
        expect(scene.owed({ gone, twice: true })).toEqual([]);
      }),
      PARAMETERS,
    );
    expect(both).toBeGreaterThan(process.env.CRASH_PATH === undefined ? WORLDS / 5 : -1);
  });
});

describe('the properties find an engine', () => {
  /** Says that it is written when it is not yet. */
  class Hasty extends FaultyLedger {
    private waiting: (() => Promise<boolean>) | undefined;

    override async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
      if (key !== LEDGER.unverified) return super.write(key, body, condition);
      await this.waiting?.();
      this.waiting = () => super.write(key, body);
      return true;
    }
  }

  test('that begins before it is written down', async () => {
    const owed = expect.arrayContaining([expect.stringMatching(/went before it was written down$/)]);
    expect(await firstOwed(() => new Hasty([]))).toMatchObject({ owed });
  });

  test('that takes the marks of others away', async () => {
    class Alone extends Unmarked {
      override async read(key: string): Promise<Stored | undefined> {
        const stored = await super.read(key);
        return stored && key === LEDGER.unverified
          ? { ...stored, text: stored.text.replace(/"acts":.*/, '"acts":[]}') }
          : stored;
      }
    }
    const property = fc.asyncProperty(world, meetings, async (spec, meeting) => {
      const scene = await meet(spec, meeting, new Alone([]));
      return scene.owed({ gone: scene.gone, twice: true }).length === 0;
    });
    expect((await fc.check(property, { seed: PARAMETERS.seed, numRuns: 100, endOnFailure: true })).failed).toBe(true);
  });
});
