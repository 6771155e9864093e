import * as fc from 'fast-check';
import type { Stored } from '../../engine/ledger/ledger';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { MemoryLedger } from '../engine/memory-ledger';
import { broken } from '../engine/must-keep';
import { MINUTE, type WorldSpec, world } from '../engine/random-world';
import { type Deed, deeds, Scene } from '../engine/scene';
import { DOCUMENTS, FaultyLedger, LEDGER_FAULTS, type LedgerFault, ledgerFaults } from './faulty-ledger';

jest.setTimeout(900_000);

const WORLDS = Number(process.env.LEDGER_WORLDS ?? 30);
const SEED = Number(process.env.LEDGER_SEED ?? 20261125);
const REMOVE = /^ledger, (\S+): .*; remove the document to begin anew/;

/** What a run may say of a ledger in trouble: one sentence, with the name of the document. */
const CLEAR = new RegExp(`^ledger, (${Object.values(LEDGER).join('|')})\\S*: \\S|^the ledger holds a stop object`);

/** Nobody but AWS Batch registers in its families: what others do there is no matter of the ledger. */
const unmixed = world.map((spec) => ({ ...spec, families: spec.families.map((family) => ({ ...family, batch: false })) }));

/** What went although it had to stay. A plan counts as made once its announcements are kept. */
function breaches(scene: Scene, ledger: FaultyLedger): string[] {
  const plans = scene.plans.filter(({ at }) => ledger.keptPlans.has(at));
  return scene
    .breaches()
    .filter(({ act, promises }) => promises.some((one) => one !== 'not announced') || broken(act, scene.spec, plans).length > 0)
    .map(({ act, promises }) => `${act.family}:${act.revision} ${promises}`);
}

async function play(spec: WorldSpec, schedule: readonly Deed[], ledger: MemoryLedger): Promise<Scene> {
  const scene = new Scene(spec, { ledger });
  await scene.play(schedule);
  return scene;
}

/** Ticks of days to come, with a person who does what the messages say. */
async function goOn(scene: Scene, ledger: MemoryLedger): Promise<void> {
  // What a lost write of these left behind, a person takes away.
  ledger.documents.delete(LEDGER.stop);
  const notice = scene.spec.settings.noticePeriodMinutes;
  for (const minutes of [24 * 60, 1, 16, 16, notice + 1, 16, 16, 24 * 60, notice + 1, 16]) {
    scene.clock.advance(minutes * MINUTE);
    const { outcome, refusals } = await scene.tick();
    if (outcome !== 'failed') continue;
    const [, key = ''] = REMOVE.exec(refusals.join()) ?? [];
    expect(ledger.documents.has(key)).toBe(true);
    ledger.documents.delete(key);
  }
}

const known = new WeakMap<WorldSpec, string[]>();

/** What is left where nothing happens, and the ledger is sound. */
async function leftOverBySound(spec: WorldSpec): Promise<string[]> {
  const ledger = new MemoryLedger();
  const before = known.get(spec);
  if (before) return before;
  const scene = await play(spec, [], ledger);
  await goOn(scene, ledger);
  const left = scene.leftOver();
  known.set(spec, left);
  return left;
}

/** Plays a world on a ledger in trouble, and on when it is mended, and holds the promises against both. */
async function survive(spec: WorldSpec, schedule: readonly Deed[], faults: readonly LedgerFault[]) {
  const ledger = new FaultyLedger(faults);
  const scene = await play(spec, schedule, ledger);
  const failed = scene.reports.filter(({ outcome }) => outcome === 'failed');
  for (const { refusals } of failed) {
    expect(refusals.filter((one) => !CLEAR.test(one))).toEqual([]);
    // One for each trouble: giving the turn back may be a second one.
    expect(new Set(refusals).size).toBe(refusals.length);
  }
  expect(breaches(scene, ledger)).toEqual([]);
  ledger.mend();
  await goOn(scene, ledger);
  expect(breaches(scene, ledger)).toEqual([]);
  if (schedule.length === 0) expect(scene.leftOver()).toEqual(await leftOverBySound(spec));
  expect(JSON.parse(ledger.documents.get(LEDGER.unverified)?.text ?? '{"acts":[]}').acts).toEqual([]);
  return { scene, ledger, failed };
}

test('P-10 P-12 P-14: whatever goes wrong with the ledger, nothing needed goes, each trouble is told once with the name of the document, and the work goes on when it is over', async () => {
  const hits = new Map(LEDGER_FAULTS.map((kind) => [kind, 0]));
  let acts = 0;
  let troubled = 0;
  await fc.assert(
    fc.asyncProperty(unmixed, fc.oneof(deeds, fc.constant([])), ledgerFaults, async (spec, schedule, faults) => {
      const { scene, ledger, failed } = await survive(spec, schedule, faults);
      troubled += failed.length;
      for (const [kind, count] of ledger.hits) hits.set(kind, (hits.get(kind) ?? 0) + count);
      acts += scene.acts.length;
    }),
    { seed: SEED, numRuns: WORLDS, ...(process.env.LEDGER_PATH ? { path: process.env.LEDGER_PATH } : {}) },
  );
  if (WORLDS > 30)
    process.stdout.write(`${WORLDS} worlds, ${troubled} runs in trouble, ${acts} acts, ${JSON.stringify([...hits])}\n`);
  if (process.env.LEDGER_PATH) return;
  expect(troubled).toBeGreaterThan(WORLDS / 10);
  expect(acts).toBeGreaterThan(WORLDS / 10);
  if (WORLDS >= 1000) expect([...hits].filter(([, count]) => count < WORLDS / 100)).toEqual([]);
});

/** These may not be used as anything: the message says what to do. What can be used is used, and nothing is told. */
const REFUSED = ['cut short', 'garbage', 'empty', 'from a newer release', 'of another account'];
const USED = ['from an older release', 'from a far future', 'of other settings', 'vanished'];
const SAID: Readonly<Record<string, RegExp>> = {
  'read denied': /AccessDenied/,
  'write denied': /AccessDenied/,
  'without dates': REMOVE,
  'write full': /ENOSPC/,
  'answer lost': /ECONNRESET/,
};

/** Which call of a document comes with what is due, where it is not the second. */
const CALL_AT_WORK: Readonly<Record<string, number>> = { [LEDGER.running]: 1, [LEDGER.unverified]: 4 };

describe('P-14: each document in turn, when what is due is to go, is met', () => {
  const [small] = fc.sample(
    unmixed.filter(({ families, services }) => services.length < 3 && families.some(({ count }) => count > 8)),
    { seed: SEED, numRuns: 1 },
  );

  test.each(LEDGER_FAULTS)('%s: nothing needed goes, it is told, and the work is finished', async (kind) => {
    const said: string[] = [];
    let hits = 0;
    for (const key of DOCUMENTS) {
      const fault = { kind, key, nth: CALL_AT_WORK[key] ?? 2 };
      const { ledger, failed, scene } = await survive(small as WorldSpec, [], [fault]);
      const refusals = failed.map((one) => one.refusals.join());
      const isOwn = [LEDGER.state, LEDGER.announcements, LEDGER.unverified].some((one) => one === key);
      if (isOwn && REFUSED.includes(kind)) expect(refusals).toContainEqual(expect.stringMatching(REMOVE));
      expect(scene.acts.length).toBeGreaterThan(0);
      said.push(...refusals);
      hits += ledger.hits.get(kind) ?? 0;
    }
    if (USED.includes(kind)) expect(said).toEqual([]);
    expect(said.join()).toMatch(SAID[kind] ?? '');
    // Not each document is read and written so often.
    expect(hits).toBeGreaterThan(2);
  });
});

describe('the property finds a reader', () => {
  /** Makes of what it cannot read what it likes. */
  class Careless extends FaultyLedger {
    constructor(
      faults: readonly LedgerFault[],
      private readonly reading: (stored: Stored) => Stored,
    ) {
      super(faults);
    }

    override async read(key: string): Promise<Stored | undefined> {
      const stored = await super.read(key).catch(() => undefined);
      return stored && this.reading(stored);
    }
  }

  /** Half of the notice has passed when the settings change, and the dates of what was announced are lost. */
  async function early(spec: WorldSpec, ledger: FaultyLedger): Promise<string[]> {
    const scene = new Scene(spec, { ledger });
    await scene.tick();
    scene.clock.advance((spec.settings.noticePeriodMinutes * MINUTE) / 2);
    await scene.tick();
    return breaches(scene, ledger);
  }
  const faults = [
    { kind: 'of other settings', key: LEDGER.state, nth: 2 },
    { kind: 'without dates', key: LEDGER.announcements, nth: 2 },
  ];
  const found = async (ledgerOf: () => FaultyLedger, numRuns: number) => {
    const property = fc.asyncProperty(world, async (spec) => (await early(spec, ledgerOf())).length === 0);
    return (await fc.check(property, { seed: SEED, numRuns, endOnFailure: true })).failed;
  };

  test('that takes an announcement without a date for an old one', async () => {
    const old = ({ text, etag }: Stored) => ({
      etag,
      text: text.replace('"plannedAt":null,', '').replaceAll('"since":null', '"since":"1970-01-01T00:00:00Z"'),
    });
    expect(await found(() => new Careless(faults, old), 4000)).toBe(true);
    expect(await found(() => new FaultyLedger(faults), WORLDS)).toBe(false);
  });
});

test('the property finds a reader that takes a stop object which it may not read for none', async () => {
  class Careless extends FaultyLedger {
    override read(key: string): Promise<Stored | undefined> {
      return super.read(key).catch(() => undefined);
    }
  }
  const acts = async (ledger: FaultyLedger) => {
    const [spec] = fc.sample(
      world.filter(({ families }) => families.some(({ count }) => count > 8)),
      { seed: SEED, numRuns: 1 },
    );
    const scene = new Scene(spec as WorldSpec, { ledger });
    await scene.tick();
    scene.clock.advance((spec as WorldSpec).settings.noticePeriodMinutes * MINUTE);
    await ledger.write(LEDGER.stop, '');
    await scene.tick();
    return scene.acts.length;
  };
  const denied = Array.from({ length: 500 }, (_, place) => ({ kind: 'read denied', key: LEDGER.stop, nth: place + 2 }));
  expect(await acts(new Careless(denied))).toBeGreaterThan(0);
  expect(await acts(new FaultyLedger(denied))).toBe(0);
});
