import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { canariesIn } from '../../../simulator/canaries';

const ROOT = path.join(__dirname, '../../..');
const MAIN = path.join(ROOT, 'cli/demo/main.ts');

function run(args: readonly string[], cwd = ROOT) {
  // tsx by its path: the folder has no packages of its own.
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', require.resolve('tsx/cjs'), MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: undefined, NODE_OPTIONS: undefined },
  });
  return { status, stdout, stderr };
}

describe('the demo, in a process of its own', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  const { status, stdout, stderr } = run(['--revisions', '600', '--seed', '3'], folder);
  const read = (name: string) => readFileSync(path.join(folder, 'demo-out', name), 'utf8');

  test('ends well and says what the oracle found', () => {
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/600 revisions, 600 verdicts, \d+ deregistered, 0 that anything needed\./);
    expect(stdout).toContain('✓ 0 deregistrations of a revision that anything referred to');
    expect(stdout).not.toContain('✗');
  });

  test('what people kept meanwhile stayed', () => {
    const tagged = /somebody tags (\S+) to keep it/.exec(stdout)?.[1];
    const rolledBack = /somebody rolls (\S+) back to (\S+)/.exec(stdout)?.[2];
    expect(stdout).toContain(`✓ ${tagged}  opted-out`);
    expect(stdout).toContain(`✓ ${rolledBack}  referenced`);
  });

  test('fits a terminal of 80 columns, without colours when it is none', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain('\u001b');
  });

  test('leaves the first plan, its numbers and the log', () => {
    const plan = JSON.parse(read('plan.json'));
    expect(plan).toMatchObject({ version: 1, totals: { revisions: 600 }, refusals: [] });
    const result = JSON.parse(read('result.json'));
    expect(result).toMatchObject({ seed: 3, activeBefore: 600, throttles: 0 });
    expect(result.activeAfter).toBe(600 - result.deregistered);
    expect(result.deregistered).toBeGreaterThan(0);
    const log = read('log.jsonl').trim().split('\n');
    expect(log.filter((line) => JSON.parse(line).message === 'Deregistered a task definition revision')).toHaveLength(
      result.deregistered,
    );
    expect(canariesIn(read('plan.json') + read('result.json') + read('log.jsonl') + stdout)).toEqual([]);
  });
});

test.each([
  [['--revsions', '300'], "Unknown option '--revsions'"],
  [['--seed', 'x'], "--seed must be a whole number from 0 to 2147483647, not 'x'"],
])('%j is refused by name', (args, message) => {
  const { status, stdout, stderr } = run(args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.split('\n')[0]).toBe(message);
});
