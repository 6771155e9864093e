import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type Figures, option, rounded, runAlone } from './figures';

const SERVICES = 500;
const MOST_RATIO = 1.05;
const CHILD = path.join(__dirname, 'protection-synth-child.ts');

const WAYS = ['plain', 'hand', 'protect'] as const;
type Way = (typeof WAYS)[number];

function synthesize(way: Way, policies: boolean): number {
  const given = [way, policies ? 'policies' : 'bare', String(SERVICES)];
  const env = { ...process.env, CDK_VALIDATION: 'false' };
  // One thread: compiling and collecting garbage beside it is what differs most from run to run.
  const node = ['--single-threaded', '--expose-gc', '-r', 'tsx/cjs'];
  return Number(execFileSync(process.execPath, [...node, CHILD, ...given], { encoding: 'utf8', env }));
}

/** All ways in turns, each first as often as the others; neighbours met the same machine, so that their ratio is what counts. */
function compare(policies: boolean, rounds: number) {
  const times = Array.from({ length: rounds }, (_, round) => {
    const inTurn = WAYS.map((_way, place) => WAYS[(place + round) % WAYS.length] as Way);
    return Object.fromEntries(inTurn.map((way) => [way, synthesize(way, policies)])) as Record<Way, number>;
  });
  const ratio = (way: Way, to: Way) => median(times.map((time) => time[way] / time[to]));
  return {
    policies,
    milliseconds: Object.fromEntries(WAYS.map((way) => [way, median(times.map((time) => time[way]))])),
    byHand: ratio('hand', 'plain'),
    inAll: ratio('protect', 'plain'),
    ratio: ratio('protect', 'hand'),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

/**
 * What TaskScaleInProtection adds to the time of a synthesis of 500 Fargate services in nine stacks that has none of it. What the same
 * permissions and values cost by hand is measured beside it, and not gated.
 */
export async function protectionSynth(): Promise<Figures> {
  const rounds = option('rounds', 9);
  const results = [true, false].map((policies) => compare(policies, rounds));
  return {
    bench: 'protection-synth',
    figures: { services: SERVICES, rounds, results },
    rows: [
      ['task roles', 'by hand / without', 'construct / without', 'construct / by hand'],
      ...results.map(({ policies, byHand, inAll, ratio }) => [
        policies ? 'that have a policy' : 'that have none',
        rounded(byHand),
        rounded(inAll),
        rounded(ratio),
      ]),
    ],
    gates: results.map(({ policies, inAll }) => ({
      what: `synthesis of ${SERVICES} services, ${policies ? 'roles with a policy' : 'roles without one'}: with against without`,
      value: inAll,
      most: MOST_RATIO,
    })),
    summary: Object.fromEntries(
      results.map(({ policies, inAll }) => [
        `protection of ${SERVICES} services, roles ${policies ? 'with a policy' : 'without one'}, times a synthesis without`,
        rounded(inAll),
      ]),
    ),
  };
}

runAlone(module, protectionSynth);
