import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { PRUNE_METRICS } from '../../lib/contract/metrics';
import { type BelievableAccount, CANARIES, canariesIn, fillBelievableAccount } from '../../simulator';
import {
  BUCKET,
  DAY,
  ENVIRONMENT,
  emfIn,
  type Invocation,
  KEEP_TAG,
  LambdaHost,
  MINUTE,
  misplaced,
  SETTINGS,
  World,
} from './lambda-host';
import { seedOwningStack, seedReferrers } from './referrers';

const ROOT = path.join(__dirname, '..', '..');
const REVISIONS = 240;
const ACTS_PER_RUN = 30;

let host: LambdaHost;
let world: World;
let account: BelievableAccount;
/** What the simulator answered, word for word. */
let answers = '';
let template: Promise<Template>;
let first: Invocation;
let idle: Invocation[];
let acting: Invocation[];
let stopped: Invocation;
let broken: Invocation;

beforeAll(async () => {
  template = synthesized('prune-on-schedule');
  host = await LambdaHost.start();
  host.configure({ ...SETTINGS, maxActionsPerRun: ACTS_PER_RUN });
  world = host.world = new World();
  account = fillBelievableAccount(world.ecs, { revisions: REVISIONS, families: 16 });
  seedReferrers(world.neighbors, world.ecs, 'nobody:1');
  await seedOwningStack(world.stacks, account.families[0]?.name ?? '');
  world.ecs.intercept = async (_, answer) => {
    const given = await answer();
    answers += JSON.stringify(given);
    return given;
  };
  first = await host.invoke();
  idle = [];
  for (let tick = 0; tick < 3; tick += 1) idle.push(await later(15 * MINUTE));
  acting = [await later(DAY)];
  world.objects.put(BUCKET, LEDGER.stop, '');
  stopped = await later(15 * MINUTE);
  world.objects.delete(BUCKET, LEDGER.stop);
  while (acting.length < 10 && acting.at(-1)?.answer?.outcome !== 'idle') acting.push(await later(15 * MINUTE));
  host.configure('{}');
  broken = await host.invoke();
});

afterAll(async () => {
  await host.stop();
  await template;
});

function later(milliseconds: number): Promise<Invocation> {
  host.time.advanceTo(host.time.now() + milliseconds);
  return host.invoke();
}

const all = () => [first, ...idle, ...acting, stopped, broken];

describe('a small account under a schedule, from the first tick to the last due revision', () => {
  test('the first tick announces and deregisters nothing', () => {
    expect(first.answer).toEqual({ outcome: 'done', ended: 'nothing left', deregistered: 0, refusals: [] });
    expect(first.calls.DeregisterTaskDefinition).toBeUndefined();
    // One more than was seeded: a stack has registered a newest one.
    expect(first.metrics.RevisionsActive).toBe(REVISIONS + 1);
    expect(first.metrics.RevisionsAnnounced).toBeGreaterThan(ACTS_PER_RUN);
    expect(world.objects.keys(BUCKET, LEDGER.announcements)).toHaveLength(1);
  });

  test('ticks within the notice period are idle, cost one request to S3 and none to ECS, and count as successes', () => {
    for (const tick of idle) {
      expect(tick.answer?.outcome).toBe('idle');
      expect([tick.requests, tick.calls]).toEqual([1, {}]);
      expect(tick.metrics).toEqual({ RunsSucceeded: 1 });
    }
  });

  test('a day later ticks deregister what was announced, as many as the settings allow a run, until nothing is left', () => {
    const done = acting.map(({ answer }) => answer?.deregistered);
    const announced = first.metrics.RevisionsAnnounced ?? 0;
    expect(done.filter(Boolean)).toEqual([ACTS_PER_RUN, ACTS_PER_RUN, announced - 2 * ACTS_PER_RUN]);
    expect(world.deregistered).toHaveLength(announced);
    expect(acting.at(-1)?.answer).toEqual({ outcome: 'idle', ended: 'nothing is due', deregistered: 0, refusals: [] });
    expect(acting.every(({ error }) => error === undefined)).toBe(true);
  });

  test('by the log of the simulator, nothing referenced, newest, kept, opted out or young was touched', () => {
    for (const act of world.ecs.log.destructive) {
      expect(act).toMatchObject({
        action: 'DeregisterTaskDefinition',
        statusBefore: 'ACTIVE',
        referencedBy: [],
        newestActive: false,
      });
      expect(act.newerActive).toBeGreaterThanOrEqual(10);
      expect(act.ageMinutes).toBeGreaterThanOrEqual(7 * 24 * 60);
      expect(act.tags).not.toContain(KEEP_TAG);
    }
    const notable = account.notable.map(({ revision }) => revision);
    expect(world.deregistered.filter((revision) => notable.includes(revision))).toEqual([]);
  });

  test('nothing went that the plan of the first tick had not announced (X-02)', () => {
    const [key = ''] = world.objects.keys(BUCKET, LEDGER.plans);
    const announced = new Set<string>();
    for (const { family, verdicts } of world.ledger(key).families) {
      for (const { reason, from, to } of verdicts) {
        if (reason === 'announced') for (let n = from; n <= to; n += 1) announced.add(`${family}:${n}`);
      }
    }
    expect(world.deregistered.filter((revision) => !announced.has(revision))).toEqual([]);
  });

  test('no deregistration was throttled, and half of the rate is left to deployments (P-23)', () => {
    expect(world.ecs.stat().DeregisterTaskDefinition).toEqual({ calls: world.deregistered.length, throttles: 0 });
    const times = world.ecs.log.destructive.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1990);
  });

  test('the object named stop refuses a run before any call to ECS, in words', () => {
    expect(stopped.answer?.outcome).toBe('refused');
    expect(stopped.calls).toEqual({});
    expect(detailOf(stopped)).toMatchObject({ refusals: [expect.stringContaining('stop object')], deregistered: 0 });
  });

  test('the ledger holds exactly the documents that its contract names, each with its version', () => {
    const keys = world.objects.keys(BUCKET);
    const planned = [first, ...acting.slice(0, -1)].length;
    const folders = keys.filter((key) => key.startsWith(LEDGER.plans) || key.startsWith(LEDGER.results));
    expect(keys.filter((key) => !folders.includes(key))).toEqual(
      [LEDGER.announcements, LEDGER.latestPlan, LEDGER.state, LEDGER.unverified].sort(),
    );
    expect(folders).toHaveLength(2 * planned);
    expect(world.ledger(LEDGER.unverified)).toEqual({ version: 1, ...ENVIRONMENT, acts: [] });
    expect(world.ledger(LEDGER.state)).toMatchObject({ version: 1, settings: expect.stringMatching(/^[0-9a-f]{64}$/) });
    for (const key of folders.filter((name) => name.startsWith(LEDGER.plans))) expect(world.ledger(key).version).toBe(1);
  });

  test('its metrics carry the names and units of the contract, under the one dimension that alarms look at', () => {
    const lines = all().flatMap(({ output }) => emfIn(output));
    const emitted = new Map(lines.flatMap(({ metrics }) => Object.entries(metrics).map(([name, { unit }]) => [name, unit])));
    expect(Object.fromEntries(emitted)).toEqual(
      Object.fromEntries(Object.values(PRUNE_METRICS).map(({ name, unit }) => [name, unit])),
    );
    expect(misplaced(lines)).toEqual([]);
    expect(lines).toHaveLength(all().length);
  });

  test('its output is one JSON record a line', () => {
    for (const { output } of all())
      for (const line of output.trim().split('\n')) expect(JSON.parse(line)).toBeInstanceOf(Object);
  });

  test('every run sends one event, and an idle tick none', () => {
    const types = (invocation: Invocation) => invocation.events.map(({ Source, DetailType }) => `${Source} ${DetailType}`);
    expect(types(first)).toEqual(['cdk-ecs-caretaker Prune Completed']);
    expect(types(stopped)).toEqual(['cdk-ecs-caretaker Prune Refused']);
    for (const tick of acting.slice(0, -1)) expect(types(tick)).toEqual(['cdk-ecs-caretaker Prune Completed']);
    for (const tick of [...idle, acting.at(-1) as Invocation]) expect(types(tick)).toEqual([]);
  });

  test('the events add up to what was done, and name the plan in the ledger', () => {
    const details = [first, ...acting.slice(0, -1)].map(detailOf);
    expect(details.reduce((sum, { deregistered }) => sum + deregistered, 0)).toBe(world.deregistered.length);
    for (const { plan } of details) expect(world.objects.keys(BUCKET)).toContain(plan);
  });
});

describe('secrets (X-01)', () => {
  test('every canary was in the answers that the function read', () => {
    expect(canariesIn(answers)).toEqual(Object.values(CANARIES));
  });

  test('none came out: not on standard output or error, in a thrown error, the ledger or an event', () => {
    expect(host.leaks()).toEqual([]);
  });

  test.each(['output', 'ledger', 'events'] as const)('the check sees one that does come out by way of %s', async (sink) => {
    const whole = host.world;
    host.world = new World();
    if (sink === 'ledger') host.world.objects.put(BUCKET, 'plans/x', `... ${CANARIES.command} ...`);
    if (sink === 'events') {
      const Detail = JSON.stringify({ why: CANARIES.command });
      await host.world.events.call('PutEvents', { Entries: [{ Source: 'x', DetailType: 'y', Detail }] });
    }
    if (sink === 'output') {
      host.configure({ ...SETTINGS, unknown: CANARIES.command });
      await host.invoke();
    }
    expect(host.leaks()).toEqual([CANARIES.command]);
    host.forgetSinks();
    host.world = whole;
  });
});

describe('permissions', () => {
  test('the function uses every action that the synthesized template grants it, and no other', async () => {
    const granted = grantedTo(await template);
    const own = granted.filter((action) => !/^(logs|sqs):/.test(action));
    const used = [...world.used, ...Object.keys(world.stacks.log.calls).map((action) => `cloudformation:${action}`)];
    expect(used.sort()).toEqual(own);
    // Lambda itself, not the code, writes the log and fills the dead-letter queue.
    expect(granted.filter((action) => !own.includes(action))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: documents are read freely in tests
function detailOf({ events }: Invocation): any {
  return JSON.parse(events[0]?.Detail ?? '');
}

interface Template {
  // biome-ignore lint/suspicious/noExplicitAny: templates are read freely in tests
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: any }>>;
}

async function synthesized(example: string): Promise<Template> {
  const outdir = mkdtempSync(path.join(tmpdir(), 'grants-'));
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', NODE_OPTIONS: '' };
  await promisify(execFile)(process.execPath, ['-r', 'tsx/cjs', `examples/${example}/app.ts`], { cwd: ROOT, env });
  const file = readdirSync(outdir).find((name) => name.endsWith('.template.json')) ?? '';
  return JSON.parse(readFileSync(path.join(outdir, file), 'utf8'));
}

function grantedTo({ Resources }: Template): string[] {
  const resources = Object.values(Resources);
  const role = resources.find(({ Type }) => Type === 'AWS::Lambda::Function')?.Properties.Role['Fn::GetAtt'][0];
  return resources
    .filter(
      ({ Type, Properties }) =>
        Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
    )
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }) => Action)
    .sort();
}
