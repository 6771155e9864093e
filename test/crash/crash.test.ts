import { LEDGER } from '../../lib/contract/ledger-keys';
import { Random } from '../../simulator';
import { BUCKET, CrashWorld, DAY, DUE, MINUTE, type Point } from './crash-world';

jest.setTimeout(600_000);

const CRASHES = Number(process.env.CRASHES ?? 8);
const SEED = Number(process.env.CRASH_SEED ?? 20261125);
/** `CRASH_CASE` plays one case again. */
const ONLY = process.env.CRASH_CASE;
const TOGETHER = 4;
/** A run that nobody kills makes so many requests, and takes so many real milliseconds at most. */
const REQUESTS = 62;
const REAL_MS = 600;

/** To three documents, and to the mark of the run at work. */
const DAMAGED = [LEDGER.state, LEDGER.announcements, LEDGER.unverified, LEDGER.running];
type Damage = (text: string, before: string | undefined) => string | undefined;
const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut short': (text) => text.slice(0, text.length / 2),
  garbage: () => '\u0000',
  'from a newer release': (text) => text.replace('"version":1', '"version":2'),
  'of another account': (text) => text.replace('111122223333', '999999999999'),
  'from a far future': (text) => text.replaceAll(/"(plannedAt|since|at|startedAt|expiresAt)":"20/g, '"$1":"21'),
  lost: () => undefined,
  'without its last write': (_, before) => before,
};
/** These no reader may take for anything. */
const UNUSABLE = ['cut short', 'garbage', 'from a newer release', 'of another account'];

interface Case extends Point {
  /** Instead of the request: an instant of real time. */
  readonly killAfter?: number;
  readonly damage?: { readonly how: string; readonly key: string };
}

function randomCase(place: number): Case {
  const random = new Random(SEED + place);
  const below = (count: number) => Math.floor(random.next() * count);
  const how = Object.keys(DAMAGES)[below(7)] as string;
  const key = DAMAGED[below(4)] as string;
  return {
    request: 1 + below(REQUESTS),
    effect: random.next() < 0.5,
    ...(place % 5 === 4 ? { killAfter: below(REAL_MS) } : {}),
    ...(place % 2 === 1 ? { damage: { how, key } } : {}),
  };
}

/** Whether the document may not be used in any way now. */
function spoil(world: CrashWorld, { how, key }: NonNullable<Case['damage']>, before: ReadonlyMap<string, string>): boolean {
  const text = world.objects.text(BUCKET, key);
  if (text === undefined) return false;
  const spoilt = (DAMAGES[how] as Damage)(text, before.get(key));
  if (spoilt === undefined) world.objects.delete(BUCKET, key);
  else world.objects.put(BUCKET, key, spoilt);
  return key !== LEDGER.running && UNUSABLE.includes(how) && spoilt !== text;
}

/** Ticks as a schedule makes them; a person removes the documents that a failed run calls unusable. */
async function finish(world: CrashWorld): Promise<{ late: string[]; unusable: string[] }> {
  const late: string[] = [];
  const unusable: string[] = [];
  const ticks = [1, 15, 15, 1, 24 * 60, 16, 16, 24 * 60, 16, 16, 24 * 60, 16];
  for (const minutes of ticks) {
    const before = world.gone.length;
    const report = await world.tick(minutes);
    late.push(...report.late.map(({ revision }) => revision));
    if (report.outcome !== 'failed') continue;
    const [, key = ''] = /^ledger, (\S+): .*; remove the document to begin anew/.exec(report.refusals.join()) ?? [];
    expect([report.refusals, DAMAGED]).toEqual([[expect.any(String)], expect.arrayContaining([key])]);
    expect(world.gone).toHaveLength(before);
    world.objects.delete(BUCKET, key);
    unusable.push(key);
  }
  return { late, unusable };
}

async function crash({ damage, killAfter, ...kill }: Case): Promise<{ killed: boolean; acts: number; late: number }> {
  const world = await CrashWorld.announced();
  const before = new Map(world.objects.keys(BUCKET).map((key) => [key, world.objects.text(BUCKET, key) ?? '']));
  const began = world.clock.now();
  const line = await world.process(killAfter === undefined ? { kill } : { killAfter });
  const { gone } = world;
  // What has happened is written down, whenever the process died.
  expect(world.noted).toEqual(expect.arrayContaining(gone));
  expect(world.breaches()).toEqual([]);

  if (damage) {
    const unusable = spoil(world, damage, before);
    const found = await finish(world);
    expect(found.unusable).toEqual(unusable ? [damage.key] : found.unusable.slice(0, 1));
  } else {
    // Somebody uses what the dead run did last: whoever verifies it tells.
    const last = gone.at(-1);
    if (last) world.ecs.seedTask({ cluster: 'green', taskDefinition: last });
    const isHeld = world.objects.text(BUCKET, LEDGER.running) !== undefined;
    const { outcome } = await world.tick(1);
    // Where it had done all before it died, nobody asks for the turn.
    if (outcome === 'idle') expect([...gone].sort()).toEqual(DUE);
    else expect(outcome === 'busy').toBe(isHeld);
    // Nobody gives back the turn of a dead run: it lapses at its deadline.
    world.clock.advanceTo(began + 16 * MINUTE);
    const next = await world.tick();
    expect(next.outcome).not.toBe('busy');
    const { late, unusable } = await finish(world);
    const told = [...next.late.map(({ revision }) => revision), ...late];
    if (line === '') expect(told).toEqual(last ? [last] : []);
    expect(unusable).toEqual([]);
  }
  // As if nobody had died: the same is gone, each once, and all of it is verified.
  expect([...world.gone].sort()).toEqual(DUE);
  expect(world.breaches()).toEqual([]);
  expect(world.noted).toEqual([]);
  return { killed: line === '', acts: gone.length, late: gone.length > 0 && !damage ? 1 : 0 };
}

test(`P-14: ${CRASHES} processes killed at random instants, half of them with a damaged ledger: nothing needed goes, all is verified, and the work is finished as if nobody had died`, async () => {
  const places = ONLY === undefined ? Array.from({ length: CRASHES }, (_, place) => place) : [Number(ONLY)];
  const results: Awaited<ReturnType<typeof crash>>[] = [];
  const work = async () => {
    for (let place = places.shift(); place !== undefined; place = places.shift()) {
      const one = randomCase(place);
      try {
        results.push(await crash(one));
      } catch (error) {
        (error as Error).message =
          `CRASH_SEED=${SEED} CRASH_CASE=${place}: ${JSON.stringify(one)}\n${(error as Error).message}`;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  if (ONLY !== undefined) return;
  const killed = results.filter((one) => one.killed).length;
  const acted = results.filter(({ acts }) => acts > 0).length;
  const late = results.reduce((sum, one) => sum + one.late, 0);
  if (CRASHES > 20)
    process.stdout.write(`seed ${SEED}: ${killed} killed, ${acted} of them after acts, ${late} late references told\n`);
  // A test that kills nobody, or nobody who has acted, proves nothing.
  expect(killed).toBeGreaterThan(CRASHES / 2);
  expect(acted).toBeGreaterThan(CRASHES / 5);
  expect(late).toBeGreaterThan(0);
});

/** The request by which a run that nobody disturbs has let so many go. */
async function requestOf(acts: number): Promise<number> {
  firsts ??= undisturbed();
  return (await firsts).get(acts) as number;
}

let firsts: Promise<ReadonlyMap<number, number>> | undefined;

async function undisturbed(): Promise<ReadonlyMap<number, number>> {
  const world = await CrashWorld.announced();
  const found = new Map<number, number>();
  await world.process({
    watch: (count) => {
      if (!found.has(world.gone.length)) found.set(world.gone.length, count);
    },
  });
  return found;
}

describe('P-14: a process that stands still, as on a machine that sleeps', () => {
  test.each([
    [2, 'after its looks of before, looks again', 1],
    [20, 'beyond its deadline, does nothing any more', 3],
  ])('for %d minutes %s', async (minutes, _, onePlace) => {
    const first = await requestOf(1);
    // Whatever it waits for: the looks before the second act, and its answer.
    const all = CRASHES > 20 ? [0, 1, 2, 3, 4, 5, 6] : [onePlace];
    await Promise.all(
      all.map(async (place) => {
        const request = first + place;
        const world = await CrashWorld.announced();
        let taken = 0;
        const meanwhile = () => {
          taken = world.gone.length;
          for (const name of DUE.slice(taken)) world.ecs.seedTask({ cluster: 'green', taskDefinition: name });
        };
        await world.process({ freeze: { request, effect: true, minutes, meanwhile } });
        expect(taken).toBeGreaterThan(0);
        expect(world.gone).toEqual(DUE.slice(0, taken));
        expect(world.breaches()).toEqual([]);
      }),
    );
  });

  test('and finds another at work does not undo what that one has written', async () => {
    const world = await CrashWorld.announced();
    let state: string | undefined;
    const meanwhile = () => {
      // Another run has the turn by then, and has planned since.
      const at = (ms: number) => new Date(ms).toISOString();
      const now = world.clock.now() + 20 * MINUTE;
      world.objects.put(
        BUCKET,
        LEDGER.running,
        JSON.stringify({ version: 1, startedAt: at(now), expiresAt: at(now + DAY / 96) }),
      );
      state = world.objects.text(BUCKET, LEDGER.state)?.replace(/"plannedAt":"[^"]*"/, `"plannedAt":"${at(now)}"`);
      world.objects.put(BUCKET, LEDGER.state, state ?? '');
    };
    const request = await requestOf(2);
    await world.process({ freeze: { request, effect: true, minutes: 21, meanwhile } });
    expect(world.objects.text(BUCKET, LEDGER.state)).toBe(state);
    expect(world.objects.text(BUCKET, LEDGER.running)).toBeDefined();
    expect(world.noted).toEqual(expect.arrayContaining(world.gone));
  });
});

describe('P-12: of two processes on one account and one ledger', () => {
  test('one works, and the other goes home', async () => {
    const world = await CrashWorld.announced();
    const lines = await world.processes([0, 8], { inTurn: true });
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(['done', 'busy']);
    expect([...world.gone].sort()).toEqual(DUE);
    expect(world.breaches()).toEqual([]);
  });

  test('both work where the mark of the first is lost: what goes is what one would have let go, and all is written down', async () => {
    const world = await CrashWorld.announced();
    const second = (await requestOf(1)) + 1;
    let calls = 0;
    let meet: () => void = () => undefined;
    const watch = (_: number, action: string) => {
      world.objects.delete(BUCKET, LEDGER.running);
      if (action !== 'DeregisterTaskDefinition') return undefined;
      calls += 1;
      // The second call waits for the third: both processes have looked at the revision by then, and call at once.
      if (calls === 2) return new Promise<void>((resolve) => (meet = resolve));
      meet();
      return undefined;
    };
    const lines = await world.processes([0, second], { watch });
    expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(['done', 'done']);
    const { destructive } = world.ecs.log;
    const named = (status: string) => destructive.filter(({ statusBefore }) => statusBefore === status).map(nameOf);
    expect(named('ACTIVE').sort()).toEqual(DUE);
    // Deregistered twice, which is as good as once.
    expect(named('INACTIVE')).toContain('web:3');
    expect(destructive.filter(({ referencedBy, newerActive }) => referencedBy.length > 0 || newerActive < 3)).toEqual([]);
    expect([...world.noted].sort()).toEqual(DUE);
    await world.tick(16);
    await world.tick(16);
    expect(world.noted).toEqual([]);
  });
});

const nameOf = ({ family, revision }: { family: string; revision: number }) => `${family}:${revision}`;
