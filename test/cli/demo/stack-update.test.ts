import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { canariesIn } from '../../../simulator/canaries';

const MAIN = path.join(__dirname, '../../../cli/demo/main.ts');

function run(args: readonly string[], cwd: string) {
  // tsx by its path: the folder has no packages of its own.
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', require.resolve('tsx/cjs'), MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: undefined, NODE_OPTIONS: undefined },
  });
  return { status, stdout, stderr };
}

describe('the demo of stack updates, in a process of its own', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  const { status, stdout, stderr } = run(['stack-update', '--seed', '3'], folder);
  const [ours = '', control = ''] = stdout.split('CONTROL');
  const read = (name: string) => readFileSync(path.join(folder, 'demo-out', name), 'utf8');

  test('ends well, with nothing against it', () => {
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('✗ 0');
    expect(stdout).toContain('✓ 0 deregistrations before the clean-up of an update that is over');
    expect(stdout).toContain('✓ 0 rollbacks blocked');
    expect(stdout).toContain('✓ 0 revisions left ACTIVE that nothing needs');
  });

  test('the pruner acts between the begin and the end of a clean-up, and the failed update is rolled back', () => {
    const statuses = [...ours.matchAll(/ (UPDATE_[A-Z_]+)$/gm)].map(([, name]) => name);
    expect(statuses).toEqual([
      ...['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'],
      ...['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'],
      ...['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'],
      ...['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'],
    ]);
    expect(ours).toMatch(/CLEANUP_IN_PROGRESS\n.* → Delete .*\n.* the function deregistered/);
    expect(ours).toContain('the stack was or is being');
    expect(ours).not.toContain('UPDATE_ROLLBACK_FAILED');
  });

  test('the old design ends in UPDATE_ROLLBACK_FAILED, and no deployment goes through any more', () => {
    expect(control).toMatch(/UPDATE_ROLLBACK_FAILED\s+ClientException: TaskDefinition is\s+inactive/);
    expect(control).toMatch(/refused {2}Stack KeepLastRevisions is in UPDATE_ROLLBACK_FAILED\s+state and can not\s+be updated/);
    expect(control).toMatch(/✗.*\n.*ROLLBACK BLOCKED|ROLLBACK BLOCKED .*✗/);
    expect(control).toContain('✓ 1 rollback blocked with the old design: TaskDefinition is inactive');
  });

  test('fits a terminal of 80 columns, without colours when it is none', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain('\u001b');
  });

  test('leaves the log and both journals, with no address that lets anybody answer', () => {
    const files = ['stack-update.log.jsonl', 'stack-update.txt', 'stack-update.control.txt'].map(read);
    expect(files[1]).toContain('handler deregistered');
    expect(files[2]).toContain('UPDATE_ROLLBACK_FAILED');
    expect(canariesIn(files.join('') + stdout)).toEqual([]);
    expect(files.join('')).not.toContain('X-Amz-Signature');
  });
});

test('--help lists the stories', () => {
  const { status, stdout } = run(['stack-update', '--help'], tmpdir());
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}prune {11}.*\n(.*\n)* {2}stack-update {4}/m);
});
