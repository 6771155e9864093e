import { LEDGER } from '../../lib/contract/ledger-keys';
import { RawAnswer } from '../../simulator';
import { BUCKET, type Invocation, LambdaHost } from './lambda-host';
import { DUE, dueWorld, SMALL_SETTINGS as SETTINGS } from './small-world';

let host: LambdaHost;
beforeAll(async () => {
  host = await LambdaHost.start();
});
beforeEach(async () => {
  await dueWorld(host);
});
afterEach(() => expect(host.leaks()).toEqual([]));
afterAll(() => host.stop());

/** A fault of the input: thrown and counted, and nothing else. */
function expectThrown({ error, metrics, calls, events, output }: Invocation, ...parts: string[]): void {
  for (const part of parts) expect(error?.message).toContain(part);
  expect(metrics).toEqual({ RunsFailed: 1 });
  expect([calls, events]).toEqual([{}, []]);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ level }) => level === 'ERROR').map((line) => line.error)).toEqual([error?.message]);
}

async function expectNextRunActs(): Promise<void> {
  host.configure(SETTINGS);
  const { answer } = await host.invoke({ maxActions: 1 });
  expect(answer).toEqual({ outcome: 'done', ended: 'most acts', deregistered: 1, refusals: [] });
}

describe('settings that cannot be used are thrown and counted before any call, and the next run works', () => {
  test.each([
    ['none', '', ['the environment variable CARETAKER_SETTINGS is not set']],
    ['no JSON', '{"version":1,', ['CARETAKER_SETTINGS', 'holds no JSON']],
    ['null', 'null', ["'settings' must be an object, got: null"]],
    ['a list', '[]', ["'settings' must be an object"]],
    ['an unknown key', { ...SETTINGS, keepLatest: 3 }, ["'keepLatest' is not a setting, got: 3"]],
    [
      'an unknown key of a rule',
      { ...SETTINGS, rules: [{ ...SETTINGS.rules[0], minAge: 3 }] },
      ["'rules[0].minAge' is not a setting"],
    ],
    ['a version of the future', { ...SETTINGS, version: 2 }, ["'version' must be 1, got: 2"]],
    [
      'a pace above what leaves room for deployments',
      { ...SETTINGS, actionsPerSecond: 5 },
      ["'actionsPerSecond' must be", 'got: 5'],
    ],
  ] as [string, unknown, string[]][])('%s', async (_, settings, parts) => {
    host.configure(settings);
    expectThrown(await host.invoke(), ...parts);
    if (settings === '') await expectNextRunActs();
  });

  test('several faults at once are named in one error', async () => {
    host.configure({ ...SETTINGS, mode: 'DELETE', rules: [{ keepLatest: 0, minAgeMinutes: 'x' }], keepTag: '', speed: 1 });
    const thrown = await host.invoke();
    expectThrown(
      thrown,
      "'mode'",
      "'rules[0].families'",
      "'rules[0].keepLatest'",
      "'rules[0].minAgeMinutes'",
      "'keepTag'",
      "'speed'",
    );
    expect(thrown.error?.name).toBe('InputError');
  });
});

describe('an event that cannot be used is thrown and counted before any call (X-06)', () => {
  test.each([
    ['an unknown field', { planonly: true }, ["'planonly' is not one of 'planOnly', 'families', 'maxActions'"]],
    [
      'several faults',
      { planOnly: 'yes', families: [], maxActions: -1, mode: 'DEREGISTER' },
      ["'mode'", "'planOnly'", "'families'", "'maxActions'"],
    ],
    ['a list', [], ["'event' must be an object"]],
    ['text', 'prune everything', ["'event' must be an object"]],
  ] as [string, unknown, string[]][])('%s', async (_, event, parts) => {
    expectThrown(await host.invoke(event), ...parts);
    if (typeof event === 'string') await expectNextRunActs();
  });

  test.each([
    ['planOnly', { planOnly: true }, 0],
    ['maxActions', { maxActions: 2 }, 2],
    ['maxActions as text', { maxActions: '3' }, 3],
    ['families', { families: ['api'] }, 4],
  ])('%s only narrows the run', async (_, event, expected) => {
    const { answer } = await host.invoke(event);
    expect(answer?.deregistered).toBe(expected);
    expect(host.world.deregistered).toHaveLength(expected);
  });

  test('a forged envelope with settings in it is an ordinary tick: nothing in it is read (X-06)', async () => {
    const detail = {
      mode: 'DEREGISTER',
      rules: [{ allFamilies: true, keepLatest: 1, minAgeMinutes: 60 }],
      noticePeriodMinutes: 10,
    };
    const { answer } = await host.invoke({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      detail,
      settings: detail,
    });
    expect(answer).toMatchObject({ outcome: 'done', deregistered: DUE });
    expect(host.world.plan.settings).toEqual(SETTINGS);
  });

  test('the same event twice does once what it does (P-13)', async () => {
    await host.invoke({ maxActions: 100 });
    const before = host.world.deregistered;
    const again = await host.invoke({ maxActions: 100 });
    expect(again.answer?.deregistered).toBe(0);
    expect(host.world.deregistered).toEqual(before);
  });
});

describe('two invocations at once (P-12)', () => {
  test('one works, the other says that it is busy, and nothing is acted on twice', async () => {
    const both = await host.invokeTogether([{}, {}]);
    expect(both.map(({ answer }) => answer?.outcome).sort()).toEqual(['busy', 'done']);
    expect(new Set(host.world.deregistered).size).toBe(host.world.deregistered.length);
    expect(host.world.ecs.log.destructive.map(({ statusBefore }) => statusBefore)).not.toContain('INACTIVE');
    expect(both[0]?.events).toHaveLength(1);
  });

  test('where both work all the same, nothing that must stay goes: safety does not rest on the mark', async () => {
    host.world.objects.intercept = async ({ action, key }, answer) =>
      action === 'PutObject' && key === LEDGER.running ? new RawAnswer(200, '', undefined, { etag: '"x"' }) : answer();
    const both = await host.invokeTogether([{}, {}]);
    // At the same instant both announce the same, word for word: neither has overtaken the other.
    expect(both.map(({ answer }) => answer?.outcome)).toEqual(['done', 'done']);
    expect(new Set(host.world.deregistered).size).toBe(DUE);
    for (const act of host.world.ecs.log.destructive) expect(act).toMatchObject({ referencedBy: [], newestActive: false });
  });

  test('a mark that a killed run left behind lapses at its deadline (P-14)', async () => {
    const iso = (at: number) => new Date(at).toISOString();
    const mark = (expiresAt: number) =>
      host.world.objects.put(
        BUCKET,
        LEDGER.running,
        JSON.stringify({ version: 1, startedAt: iso(expiresAt - 900_000), expiresAt: iso(expiresAt) }),
      );
    mark(host.time.now() + 60_000);
    expect((await host.invoke()).answer?.outcome).toBe('busy');
    mark(host.time.now() - 1);
    expect((await host.invoke()).answer?.outcome).toBe('done');
    expect(host.world.objects.keys(BUCKET)).not.toContain(LEDGER.running);
  });

  test('a cold start goes on where a warm one ended', async () => {
    await host.invoke({ maxActions: 5 });
    host.load();
    expect((await host.invoke()).answer).toMatchObject({ outcome: 'done', deregistered: DUE - 5 });
    expect(new Set(host.world.deregistered).size).toBe(DUE);
  });
});
