import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type Figures, option, rounded, runAlone } from './figures';

const SERVICES = 500;
const MOST_RATIO = 1.05;
const CHILD = path.join(__dirname, 'protection-synth-child.ts');

function synthesize(protect: boolean, policies: boolean): number {
  const given = [protect ? 'protect' : 'plain', policies ? 'policies' : 'bare', String(SERVICES)];
  const env = { ...process.env, CDK_VALIDATION: 'false' };
  return Number(execFileSync(process.execPath, ['--expose-gc', '-r', 'tsx/cjs', CHILD, ...given], { encoding: 'utf8', env }));
}

/** Both ways in turns, each first as often as the other; a pair of neighbours met the same machine, so that their ratio is what counts. */
function compare(policies: boolean, rounds: number) {
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const times = new Map(
      (round % 2 ? [true, false] : [false, true]).map((protect) => [protect, synthesize(protect, policies)]),
    );
    return { plain: times.get(false) ?? Number.NaN, guarded: times.get(true) ?? Number.NaN };
  });
  return {
    policies,
    plainMs: median(pairs.map(({ plain }) => plain)),
    protectedMs: median(pairs.map(({ guarded }) => guarded)),
    ratio: median(pairs.map(({ plain, guarded }) => guarded / plain)),
    fastestRatio: Math.min(...pairs.map(({ guarded }) => guarded)) / Math.min(...pairs.map(({ plain }) => plain)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/** What TaskScaleInProtection adds to the time of a synthesis: 500 Fargate services in nine stacks, with it and without. */
export async function protectionSynth(): Promise<Figures> {
  const rounds = option('rounds', 7);
  const results = [true, false].map((policies) => compare(policies, rounds));
  return {
    bench: 'protection-synth',
    figures: { services: SERVICES, rounds, results },
    rows: [
      ['task roles', 'without, ms', 'with, ms', 'ratio'],
      ...results.map(({ policies, plainMs, protectedMs, ratio }) => [
        policies ? 'that have a policy' : 'that have none',
        plainMs,
        protectedMs,
        ratio,
      ]),
    ],
    gates: results.map(({ policies, ratio }) => ({
      what: `synthesis of ${SERVICES} services, ${policies ? 'roles with a policy' : 'roles without one'}: with against without`,
      value: ratio,
      most: MOST_RATIO,
    })),
    summary: Object.fromEntries(
      results.map(({ policies, ratio }) => [
        `protection of ${SERVICES} services, roles ${policies ? 'with a policy' : 'without one'}, times a synthesis without`,
        rounded(ratio),
      ]),
    ),
  };
}

runAlone(module, protectionSynth);
