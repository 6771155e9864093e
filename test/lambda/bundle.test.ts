import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { homedir, hostname } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { ENV } from '../../lib/contract/environment';
import { EcsSimulator, EventBus, fillBelievableAccount, ObjectStore, startServer } from '../../simulator';

const ROOT = path.join(__dirname, '..', '..');
/** What each function weighs today; a change that adds more than 3 % says why, and writes the new figure here. */
const KILOBYTES = { 'prune-on-schedule': 572, 'prune-on-stack-update': 485 };
const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

const run = promisify(execFile);
const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8');

/** Not in the repository, so that no `node_modules` lies on the way up. */
const elsewhere: string[] = [];
const bundled: string[] = [];

beforeAll(async () => {
  for (let copy = 0; copy < 2; copy += 1) elsewhere.push(mkdtempSync('/tmp/bundle-'));
  bundled.push(...(await Promise.all(elsewhere.map((out) => bundle(out, out)))));
});
afterAll(() => {
  for (const folder of elsewhere) rmSync(folder, { recursive: true, force: true });
});

async function bundle(out: string, cwd: string): Promise<string> {
  await run(process.execPath, [path.join(ROOT, 'scripts', 'bundle.mjs'), '--out', out, '--metafile'], { cwd });
  return out;
}

describe.each(Object.entries(KILOBYTES))('the bundle %s', (name, weight) => {
  test('bundled twice, from other folders into other folders, it is the same byte for byte', () => {
    const [one = '', two = ''] = bundled;
    for (const file of ['index.js', 'THIRD-PARTY-LICENSES']) expect(read(one, name, file) === read(two, name, file)).toBe(true);
  });

  test('what lies in assets is what the sources make: if not, npm run bundle', () => {
    for (const file of ['index.js', 'THIRD-PARTY-LICENSES']) {
      expect(`${file} is fresh: ${read(ROOT, 'assets', name, file) === read(bundled[0] ?? '', name, file)}`).toBe(
        `${file} is fresh: true`,
      );
    }
  });

  test('it weighs what it weighed, give or take 3 %', () => {
    const kilobytes = read(bundled[0] ?? '', name, 'index.js').length / 1000;
    expect(kilobytes).toBeLessThanOrEqual(weight * 1.03);
    // A figure that has become too high would let a later growth through.
    expect(kilobytes).toBeGreaterThanOrEqual(weight * 0.97);
  });

  test('every package in it, and no other, stands in THIRD-PARTY-LICENSES with its version and its licence', () => {
    const { inputs } = JSON.parse(read(bundled[0] ?? '', `${name}.json`)) as { inputs: Record<string, unknown> };
    const taken = Object.keys(inputs)
      .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
      .filter((folder) => folder !== undefined);
    const expected = [...new Set(taken)].map((folder) => {
      const { name, version, license } = JSON.parse(read(ROOT, folder, 'package.json'));
      return `${name} ${version} (${license})`;
    });
    expect(expected.length).toBeGreaterThan(10);
    const listed = read(bundled[0] ?? '', name, 'THIRD-PARTY-LICENSES').match(/^\S+ \d\S* \([A-Za-z0-9.-]+\)$/gm);
    expect(listed?.sort()).toEqual(expected.sort());
  });

  test('no path, name or address of the machine that built it is in it, nor any registry', () => {
    const lock = JSON.parse(read(ROOT, 'package-lock.json')) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.values(lock.packages).map(({ resolved: url }) => url);
    const hosts = new Set(resolved.filter((url) => url?.startsWith('http')).map((url) => new URL(url ?? '').host));
    const configured = process.env.npm_config_registry;
    if (configured) hosts.add(new URL(configured).host);
    const traces = [
      ROOT,
      homedir() + path.sep,
      ...elsewhere,
      ...hosts,
      'registry.npmjs.org',
      'node_modules/',
      'sourceMappingURL',
    ];
    if (hostname().length > 8) traces.push(hostname());
    for (const file of ['index.js', 'THIRD-PARTY-LICENSES']) {
      const text = read(bundled[0] ?? '', name, file);
      expect(traces.filter((trace) => trace.length > 1 && text.includes(trace))).toEqual([]);
    }
  });

  test('it is the runtime alone: no aws-cdk-lib, no constructs, no simulator, no tests', () => {
    const inputs = Object.keys(JSON.parse(read(bundled[0] ?? '', `${name}.json`)).inputs);
    const own = inputs.filter((file) => !file.includes('node_modules/')).map((file) => file.split('/')[0]);
    expect([...new Set(own)].sort()).toEqual(['engine', 'lambda', 'lib']);
    expect(inputs.filter((file) => file.startsWith('lib/') && !file.startsWith('lib/contract/'))).toEqual([]);
    expect(inputs.filter((file) => /node_modules\/(aws-cdk-lib|constructs|@sinonjs)\//.test(file))).toEqual([]);
    expect(read(bundled[0] ?? '', name, 'index.js')).not.toContain('aws-cdk-lib');
  });

  test('what it leaves to the runtime are Node’s own modules, and credential sources that Lambda never asks', () => {
    const { outputs } = JSON.parse(read(bundled[0] ?? '', `${name}.json`)) as {
      outputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>;
    };
    const left = Object.values(outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ path: name }) => !builtinModules.includes(name.replace('node:', '')));
    expect(left.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
    expect(
      [...new Set(left.map(({ path: name }) => name))].every((name) => /credential-provider|token-providers/.test(name)),
    ).toBe(true);
  });
});

test('alone in an empty folder, with credentials from the environment, it makes its first plan', async () => {
  const alone = mkdtempSync('/tmp/alone-');
  elsewhere.push(alone);
  copyFileSync(path.join(bundled[0] ?? '', 'prune-on-schedule', 'index.js'), path.join(alone, 'index.js'));
  const clock = { now: () => Date.now() };
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
  // Settings that need no look at a single revision, so that it is over at once by the clock on the wall.
  fillBelievableAccount(ecs, { revisions: 200, families: 16 });
  const objects = new ObjectStore({ clock, listAllowed: true });
  const events = new EventBus();
  const server = await startServer({ ecs, objects, events });
  try {
    const settings = {
      version: 1,
      mode: 'DEREGISTER',
      rules: [{ families: ['web-nginx'], keepLatest: 1000, minAgeMinutes: 60 }],
      exceptFamilies: [],
      keepSuccessfulDeployments: 1,
      noticePeriodMinutes: 60,
      actionsPerSecond: 0.5,
      keepTag: 'keep',
    };
    const { stdout } = await run(process.execPath, ['-e', INVOKE], {
      cwd: alone,
      env: {
        [ENV.settings]: JSON.stringify(settings),
        [ENV.ledgerBucket]: 'ledger',
        [ENV.pruner]: 'Alone',
        AWS_ENDPOINT_URL: server.url,
        AWS_REGION: ENVIRONMENT.region,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'token',
      },
    });
    expect(stdout).toContain('no SDK here');
    expect(stdout).toContain('"outcome":"done"');
    expect(events.entries).toHaveLength(1);
    expect(objects.keys('ledger')).toContain('plan.json');
    expect(Object.keys(ecs.stat())).toContain('DescribeServices');
  } finally {
    await server.close();
  }
});

const INVOKE = `
try { require.resolve('@aws-sdk/client-ecs'); } catch { console.log('no SDK here'); }
const { handler } = require('./index.js');
handler({}, {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:alone',
  getRemainingTimeInMillis: () => 900000,
}).then((answer) => console.log(JSON.stringify(answer)));
`;
