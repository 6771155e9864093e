import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Environment } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { endingLines } from './ending';
import { JumpingTime } from './jumping-time';
import { LambdaHost } from './lambda-host';
import { openingLines } from './opening';
import type { DemoOptions } from './options';
import { type Outcome, outcomeOf } from './outcome';
import { OutputFolder } from './output-folder';
import type { Screen } from './screen';
import { ScreenNarrator } from './screen-narrator';
import { serve } from './serve';
import { SimulatedAws } from './simulated-aws';
import { play } from './story';
import { readPruner, type SynthesizedPruner, synthesize, withoutReferrers } from './synthesized-app';

const REPOSITORY = path.join(__dirname, '../..');
const APP = 'examples/prune-on-schedule/app.ts';
const ENVIRONMENT: Environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const START = Date.parse('2026-03-02T09:00:00Z');

/** Shows the product at work, and gives the exit code: 0 only if nothing went that had to stay. */
export async function demo(options: DemoOptions, screen: Screen): Promise<number> {
  const began = performance.now();
  const folder = new OutputFolder('demo-out');
  const assembly = mkdtempSync(path.join(tmpdir(), 'caretaker-demo-'));
  try {
    screen.live('  synthesizing the example app');
    synthesize(REPOSITORY, APP, assembly);
    const pruner = withoutReferrers(readPruner(assembly, ENVIRONMENT), options.without);
    const { aws, outcome } = await pruneAccount(options, pruner, folder, screen);
    try {
      const realMs = performance.now() - began;
      const files = writeOutcome(folder, outcome, pruner, aws, { ...options, realMs });
      screen.lines(...endingLines(outcome, { realMs, files, settings: pruner.settings }, screen.ink, screen.width));
      if (options.serve) await serve(aws.url, ENVIRONMENT, screen);
    } finally {
      await aws.stop();
    }
    return outcome.failures > 0 ? 1 : 0;
  } finally {
    rmSync(assembly, { recursive: true, force: true });
  }
}

interface Pruned {
  readonly aws: SimulatedAws;
  readonly outcome: Outcome;
}

/** Everything that happens in virtual time. */
async function pruneAccount(
  options: DemoOptions,
  pruner: SynthesizedPruner,
  folder: OutputFolder,
  screen: Screen,
): Promise<Pruned> {
  let aws: SimulatedAws | undefined;
  const time = new JumpingTime(START, () => aws?.isServing === true);
  try {
    aws = new SimulatedAws({ environment: ENVIRONMENT, ...options, listAllowed: pruner.listAllowed });
    await aws.start();
    screen.lines(...openingLines(pruner, options.revisions, screen.ink, screen.width));
    const host = new LambdaHost(pruner, ENVIRONMENT, aws.url);
    const narrator = new ScreenNarrator(screen, aws, () => time.now(), pruner.everyMs);
    try {
      const story = await play(aws, host, time, pruner, narrator);
      return { aws, outcome: outcomeOf(story, aws, pruner, host.output) };
    } finally {
      narrator.close();
      // Of a run that failed above all.
      folder.write('log.jsonl', host.output.text);
    }
  } catch (error) {
    await aws?.stop();
    throw new Error(`${error instanceof Error ? error.message : String(error)}; see ${folder.path('log.jsonl')}`, {
      cause: error,
    });
  } finally {
    const now = time.now();
    time.uninstall();
    aws?.keepTime(now);
  }
}

function writeOutcome(
  folder: OutputFolder,
  { story, numbers, findings, kept, named, virtualMs }: Outcome,
  { ledgerBucket }: SynthesizedPruner,
  { objects }: SimulatedAws,
  { seed, realMs }: { readonly seed: number; readonly realMs: number },
): readonly (readonly [string, string])[] {
  const [plan] = objects.keys(ledgerBucket, LEDGER.plans);
  const text = JSON.stringify(JSON.parse(objects.text(ledgerBucket, plan ?? '') ?? 'null'), undefined, 2);
  const ticks = story.ticks.filter(({ answer }) => answer.outcome !== 'idle');
  const result = { seed, ...numbers, findings, kept, named, ticks, virtualMs, realMs: Math.round(realMs) };
  return [
    [folder.write('plan.json', text), 'every verdict, as the first tick announced it'],
    [folder.write('result.json', JSON.stringify(result, undefined, 2)), 'the numbers above, for machines'],
    [folder.path('log.jsonl'), "the function's own log and metrics"],
  ];
}
