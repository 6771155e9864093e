import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';

const BUILT = path.join(__dirname, '..', '..', 'dist', 'client');
const MOST_PACKED_BYTES = 15_000;

function node(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim();
}

test(`the client is one file of less than ${MOST_PACKED_BYTES} bytes, compressed`, () => {
  expect(gzipSync(readFileSync(path.join(BUILT, 'index.js'))).length).toBeLessThan(MOST_PACKED_BYTES);
});

test('to require it loads that file and nothing else of the package, nor of any other', () => {
  const script = `require(${JSON.stringify(BUILT)}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  expect(JSON.parse(node('--eval', script))).toEqual([path.join(BUILT, 'index.js')]);
});

test('imported as a module it is the same class: a process has one client', () => {
  const script =
    `import { createRequire } from 'node:module'; import * as client from ${JSON.stringify(path.join(BUILT, 'index.mjs'))};` +
    `const required = createRequire('file:///x.js')(${JSON.stringify(path.join(BUILT, 'index.js'))});` +
    'console.log(Object.keys(client).join(), client.TaskProtectionClient === required.TaskProtectionClient)';
  expect(node('--input-type=module', '--eval', script)).toBe('InputError,ProtectionEnds,TaskProtectionClient true');
});

test('a program that is over ends, whether the client was closed or not; outside ECS it says so once', () => {
  const script = `const { TaskProtectionClient } = require(${JSON.stringify(BUILT)}); const client = new TaskProtectionClient();
    client.during(() => console.log('worked')).then(() => client.during(() => console.log('again')));`;
  expect(node('--eval', script).split('\n')).toEqual([
    'cdk-ecs-caretaker: protection does not work here, and jobs run without: ECS_AGENT_URI is not set, so this is no ECS task',
    'worked',
    'again',
  ]);
});
