import { LEDGER } from '../../lib/contract/ledger-keys';
import { Random } from '../../simulator';
import { BUCKET, CrashWorld, DUE, type KillPoint } from './crash-world';

jest.setTimeout(600_000);

const CRASHES = Number(process.env.CRASHES ?? 20);
const SEED = Number(process.env.CRASH_SEED ?? 20261125);
/** At once: most of a process's time is waiting for the pace. */
const TOGETHER = 20;
/** So many requests take a run into its third act. */
const LAST_REQUEST = 48;

interface Case extends KillPoint {
  readonly damage: Damage;
}

type Damage = (typeof DAMAGES)[number];
const DAMAGES = ['none', 'none', 'none', 'cut short', 'garbage', 'lost', 'from the future', 'older'] as const;

const random = new Random(SEED);
const below = (count: number) => Math.floor(random.next() * count);
const cases: Case[] = Array.from({ length: CRASHES }, () => ({
  request: 1 + below(LAST_REQUEST),
  effect: random.next() < 0.5,
  damage: DAMAGES[below(DAMAGES.length)] as Damage,
}));

const DAMAGED = [LEDGER.state, LEDGER.announcements, LEDGER.unverified];
/** These the reader refuses, and says what to do; so it does with announcements that are older than the last plan. */
const UNUSABLE: ReadonlySet<Damage> = new Set(['cut short', 'garbage', 'from the future']);

/** Damages a document as a crash of the store would; gives its key when the reader must refuse it. */
function damage(world: CrashWorld, how: Damage, place: number, before: ReadonlyMap<string, string>): string | undefined {
  const key = DAMAGED[place % DAMAGED.length] as string;
  const text = world.objects.text(BUCKET, key);
  if (how === 'none' || text === undefined) return undefined;
  if (how === 'lost') world.objects.delete(BUCKET, key);
  else if (how === 'older') world.objects.put(BUCKET, key, before.get(key) ?? text);
  else if (how === 'cut short') world.objects.put(BUCKET, key, text.slice(0, text.length / 2));
  else if (how === 'garbage') world.objects.put(BUCKET, key, '\u0000');
  else world.objects.put(BUCKET, key, text.replace('"version":1', '"version":2'));
  const isOlder = how === 'older' && key === LEDGER.announcements && plannedAt(world, key) < plannedAt(world, LEDGER.state);
  return UNUSABLE.has(how) || isOlder ? key : undefined;
}

function plannedAt(world: CrashWorld, key: string): number {
  return Date.parse(JSON.parse(world.objects.text(BUCKET, key) ?? '{}').plannedAt);
}

async function crash({ damage: how, ...kill }: Case, place: number): Promise<{ killed: boolean; acts: number }> {
  const world = await CrashWorld.announced();
  const before = new Map(world.objects.keys(BUCKET).map((key) => [key, world.objects.text(BUCKET, key) ?? '']));
  const [lastLine] = await world.processes(1, kill);
  const { gone } = world;
  // What has happened is written down, whenever the process died.
  expect(world.noted).toEqual(expect.arrayContaining(gone));
  expect(world.breaches()).toEqual([]);

  const unusable = damage(world, how, place, before);
  // Nobody gives back the turn of a dead run: it lapses at its deadline.
  const first = await world.tick(16);
  if (unusable) {
    expect(first).toMatchObject({ outcome: 'failed', deregistered: 0 });
    expect(first.refusals.join()).toMatch(new RegExp(`${unusable}: .*remove the document to begin anew`));
    expect(world.gone).toEqual(gone);
    world.objects.delete(BUCKET, unusable);
  }
  // A lost announcement costs the notice again: plan, wait, act, verify.
  for (const minutes of [1, 24 * 60 + 1, 16, 16, 24 * 60 + 1, 16, 16]) await world.tick(minutes);
  expect([...world.gone].sort()).toEqual(DUE);
  expect(world.breaches()).toEqual([]);
  expect(world.noted).toEqual([]);
  return { killed: lastLine === '', acts: gone.length };
}

test(`P-14: ${CRASHES} processes killed at random requests, some with a damaged ledger: nothing needed goes, all acts are written down, and the work is finished`, async () => {
  const results: { killed: boolean; acts: number }[] = [];
  for (let from = 0; from < cases.length; from += TOGETHER) {
    const some = cases.slice(from, from + TOGETHER);
    results.push(
      ...(await Promise.all(
        some.map((one, index) =>
          crash(one, from + index).catch((error: Error) => {
            error.message = `CRASH_SEED=${SEED}, case ${from + index}: ${JSON.stringify(one)}\n${error.message}`;
            throw error;
          }),
        ),
      )),
    );
  }
  // A test that kills nobody, or nobody who has acted, proves nothing.
  expect(results.filter(({ killed }) => killed).length).toBeGreaterThan(CRASHES / 2);
  expect(results.filter(({ acts }) => acts > 0).length).toBeGreaterThan(CRASHES / 10);
});

test('P-12: of two processes at once on one ledger one works, and the other goes home', async () => {
  const world = await CrashWorld.announced();
  const lines = await world.processes(2, { request: LAST_REQUEST, effect: true });
  expect(lines.filter((line) => line.includes('"busy"'))).toHaveLength(1);
  expect(world.breaches()).toEqual([]);
});

test('P-14: what a killed process did, and somebody uses by then, is told by the next run', async () => {
  const world = await CrashWorld.announced();
  for (let request = LAST_REQUEST - 12; world.gone.length === 0; request += 4)
    await world.processes(1, { request, effect: true });
  const [taken = ''] = world.gone;
  world.ecs.seedTask({ cluster: 'green', taskDefinition: taken });
  const { late } = await world.tick(16);
  expect(late.map(({ revision }) => revision)).toEqual([taken]);
});
