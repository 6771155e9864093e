import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const BUILT = path.join(__dirname, '..', '..', 'dist', 'cli');
const SLOWEST_START_MS = 300;
let alone: string;

beforeAll(() => {
  alone = mkdtempSync(path.join(tmpdir(), 'cli-'));
  copyFileSync(path.join(BUILT, 'main.js'), path.join(alone, 'main.js'));
});

afterAll(() => rmSync(alone, { recursive: true }));

/** Runs the one file in a folder where nothing else is. */
function cli(...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: alone, AWS_EC2_METADATA_DISABLED: 'true' };
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: alone, env, encoding: 'utf8' });
  return { status, stdout, stderr, milliseconds: performance.now() - start };
}

test('the command line is one file that needs nothing beside it, and says which version it is', () => {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'package.json'), 'utf8'));
  expect(cli('main.js', '--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test(`--help is there within ${SLOWEST_START_MS} ms of what Node itself takes`, () => {
  const best = (...args: string[]) => Math.min(cli(...args).milliseconds, cli(...args).milliseconds);
  expect(cli('main.js', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('doctor'), stderr: '' });
  expect(best('main.js', '--help') - best('--eval', '0')).toBeLessThan(SLOWEST_START_MS);
});

test('without a Region or credentials it says so in one line', () => {
  expect(cli('main.js', 'doctor')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'cdk-ecs-caretaker: no Region: give --region, or set AWS_REGION\n',
  });
  const { status, stdout, stderr } = cli('main.js', 'doctor', '--region', 'eu-west-1');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^cdk-ecs-caretaker: no AWS credentials: .*\n$/);
});

test('the licences of what is in it go with it', () => {
  const notices = readFileSync(path.join(BUILT, 'THIRD-PARTY-LICENSES'), 'utf8');
  for (const name of ['commander 14', '@aws-sdk/client-sts', 'table 6']) expect(notices).toContain(name);
});
