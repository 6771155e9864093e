import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { type Figures, type Gate, rounded, runAlone } from './figures';
import type { Measured } from './million-child';

/** Shapes of the account, and how many times the decoding of its pages a run may take. */
const SHAPES = [
  { families: 1, mostRatio: 30 },
  { families: 2_000, mostRatio: 30 },
  { families: 100_000, mostRatio: 120 },
];
const MOST_MB = 128;

/** As V8 sizes itself in a function of 256 MB: with the heap of a large machine it would measure how seldom garbage is collected. */
const HEAP = ['--max-old-space-size=128', '--max-semi-space-size=2'];

/** What a plan of a million revisions takes, in a process of its own for each shape of account. */
export async function million(revisions = 1_000_000): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'caretaker-bench-'));
  try {
    const outfile = path.join(folder, 'million.js');
    buildSync({
      entryPoints: [path.join(__dirname, 'million-child.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
    const run = (families: number, what: 'plan' | 'pages', flags = HEAP): Measured => {
      const given = [...flags, '--expose-gc', outfile, String(revisions), String(families), what];
      return JSON.parse(execFileSync(process.execPath, given, { encoding: 'utf8' })) as Measured;
    };
    const shapes = SHAPES.map(({ families, mostRatio }) => {
      const pages = run(families, 'pages');
      const plan = run(families, 'plan');
      const roomy = run(families, 'plan', []);
      return { families, mostRatio, pages, plan, roomyMb: roomy.peakRssMb, aboveMb: plan.peakRssMb - pages.peakRssMb };
    });
    return figuresOf(revisions, shapes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface ShapeMeasured {
  readonly families: number;
  readonly mostRatio: number;
  /** The pages alone, decoded and dropped. */
  readonly pages: Measured;
  readonly plan: Measured;
  /** The same plan where V8 may take as much as it likes. */
  readonly roomyMb: number;
  /** Peak above the start, less what the pages alone take. */
  readonly aboveMb: number;
}

function figuresOf(revisions: number, shapes: readonly ShapeMeasured[]): Figures {
  const gates = shapes.flatMap(({ families, mostRatio, plan, aboveMb }): Gate[] => {
    const name = `${revisions} revisions in ${families} ${families === 1 ? 'family' : 'families'}`;
    return [
      { what: `${name}: MB above the start`, value: aboveMb, most: MOST_MB },
      { what: `${name}: time against decoding the pages`, value: ratioOf(plan), most: mostRatio },
      { what: `${name}: ticks that did not end well`, value: failures(plan), most: 0 },
    ];
  });
  const rows = shapes.map(({ families, pages, plan, aboveMb, roomyMb }) => [
    families,
    aboveMb,
    pages.peakRssMb,
    plan.peakHeapMb,
    roomyMb,
    ...plan.ticks.map(({ ratio }) => ratio),
    Math.max(...plan.ticks.map(({ planBytes }) => planBytes)) / (1024 * 1024),
  ]);
  const heading = ['families', 'MB above', 'pages MB', 'heap MB', 'roomy MB', 'announce ratio', 'act ratio', 'plan MB'];
  const summary = Object.fromEntries(
    shapes.map(({ families, plan, aboveMb }) => [
      `a plan of ${revisions} revisions in ${families}, times the decoding of their list`,
      `${rounded(ratioOf(plan))} (and ${rounded(aboveMb)} MB)`,
    ]),
  );
  return { bench: 'million', figures: { revisions, shapes }, rows: [heading, ...rows], gates, summary };
}

function ratioOf({ ticks }: Measured): number {
  return Math.max(...ticks.map(({ ratio }) => ratio));
}

/** The first tick announces all, the second finds all of them due and begins. */
function failures({ ticks }: Measured): number {
  const [announcing, acting] = ticks;
  const well = announcing?.outcome === 'done' && acting?.outcome === 'done' && acting.deregistered > 0;
  return well && announcing.announced > 0 && announcing.announced === acting.due ? 0 : 1;
}

runAlone(module, () => million());
