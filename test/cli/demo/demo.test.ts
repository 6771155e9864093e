import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Kept } from '../../../cli/demo/kept';
import { ALL_REFERRERS, REFERRERS } from '../../../lib/contract/referrers';
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
    // A line that is too long goes on below.
    const told = stdout.replaceAll(/\s+/g, ' ');
    const tagged = /somebody tags (\S+) to keep it/.exec(told)?.[1];
    const rolledBack = /somebody rolls (\S+) back to (\S+)/.exec(told)?.[2];
    expect(stdout).toContain(`✓ ${tagged}  opted-out`);
    expect(stdout).toContain(`✓ ${rolledBack}  referenced`);
  });

  test('P-19: what a rule, a schedule, a pipe, a state machine, a version of one, CodeDeploy and a stack need is kept for that', () => {
    const { kept } = JSON.parse(read('result.json')) as { kept: Kept[] };
    const found = kept
      .filter(({ kind }) => kind)
      .map(({ kind, verdict, evidence, isActive }) => [kind, verdict, isActive, evidence[0]]);
    expect(found).toEqual([
      ['CLOUD_FORMATION', 'referenced', true, 'stack checkout-production is in UPDATE_IN_PROGRESS'],
      ['EVENTBRIDGE_RULES', 'referenced', true, 'EventBridge rule nightly-invoices on bus default, target run-invoices'],
      ['EVENTBRIDGE_SCHEDULER', 'referenced', true, 'EventBridge Scheduler schedule billing/month-end-close'],
      ['EVENTBRIDGE_PIPES', 'referenced', true, 'EventBridge pipe orders-to-fulfilment'],
      ['STEP_FUNCTIONS', 'referenced', true, 'Step Functions state machine order-fulfilment, state Run'],
      ['STEP_FUNCTIONS', 'referenced', true, 'Step Functions state machine nightly-etl, version 1, state Run'],
      ['CODE_DEPLOY', 'referenced', true, expect.stringMatching(/^CodeDeploy application storefront, deployment group /)],
      ['CLOUD_FORMATION', 'referenced', true, 'recorded by stack quarterly-audit'],
    ]);
    for (const { evidence } of kept.filter(({ kind }) => kind)) expect(evidence.join()).not.toContain('announced at first');
    for (const { name } of Object.values(REFERRERS)) {
      expect(stdout).toContain(`✓ 0 deregistrations of a revision pinned by ${name}\n`);
      expect(stdout).toMatch(new RegExp(`^ +[1-9]\\d*  ${name}`, 'm'));
    }
    expect(stdout).toContain('✓ 0 deregistrations in a family whose stack is in the middle of an update');
  });

  test('what names a family without a revision keeps no old one of it', () => {
    const { named } = JSON.parse(read('result.json')) as { named: { by: string; gone: number }[] };
    expect(named.map(({ by }) => by)).toEqual(['rule hourly-heartbeat', 'schedule weekly-digest']);
    expect(Math.min(...named.map(({ gone }) => gone))).toBeGreaterThan(0);
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

describe('P-19, the control: a pruner that does not look at what is beside ECS', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
  const kinds = ALL_REFERRERS.flatMap((kind) => ['--without', kind]);
  const { status, stdout, stderr } = run(['--revisions', '200', '--seed', '3', ...kinds], folder);

  test('takes what each kind needs, and the demo fails for it', () => {
    expect([status, stderr]).toEqual([1, '']);
    const { findings, kept } = JSON.parse(readFileSync(path.join(folder, 'demo-out', 'result.json'), 'utf8')) as {
      findings: { pins: { what: string; found: number }[]; acts: { found: number }[] };
      kept: Kept[];
    };
    const gone = kept.filter(({ isActive }) => !isActive);
    expect(gone.map(({ kind }) => kind)).toEqual(kept.flatMap(({ kind }) => kind ?? []));
    expect(findings.pins.map(({ what, found }) => [what, found > 0])).toEqual(findings.pins.map(({ what }) => [what, true]));
    for (const { revision } of gone) expect(stdout).toContain(`✗ GONE ${revision}`);
    expect(stdout).toContain('THE PRUNER DID WHAT IT MUST NOT');
  });

  test('says what it was told not to look at, and that it was not examined', () => {
    for (const { name } of Object.values(REFERRERS))
      expect(stdout).toContain(`Not examined (left out by the settings): ${name}.`);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('does not look at EventBridge rules, EventBridge Scheduler,');
  });
});

test('an option that there is not is refused by name', () => {
  const { status, stdout, stderr } = run(['--revsions', '300']);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.split('\n')[0]).toBe("Unknown option '--revsions'");
});
