import type { PruneSettings } from '../../lib/contract/prune-settings';
import { findingLines } from './findings';
import type { Ink } from './ink';
import { keptLines } from './kept';
import { numbersTable } from './numbers';
import type { Outcome } from './outcome';
import { plainTable } from './tables';
import { count, counted, span, wrap } from './words';

export interface Ending {
  readonly realMs: number;
  /** Paths, with what is in them. */
  readonly files: readonly (readonly [string, string])[];
  readonly settings: PruneSettings;
}

/** What was kept, the numbers, the oracle's findings, and where to go from here. */
export function endingLines(outcome: Outcome, { realMs, files }: Ending, ink: Ink, width: number): string[] {
  const { story, numbers, kept, findings, virtualMs, logLines } = outcome;
  const paragraph = (text: string) => wrap(text, width - 4).map((line) => `  ${line}`);
  return [
    `  ${ink.title('What stayed, and why')}`,
    '',
    ...paragraph(
      `${counted(kept.length, 'old revision')} that something in the account needs, and what the last plan says of each.`,
    ),
    '',
    ...keptLines(kept, ink, width),
    '',
    `  ${ink.title('Numbers')}`,
    '',
    ...numbersTable(numbers, ink),
    '',
    `  ${ink.title('The oracle')}`,
    '',
    ...paragraph(
      `By the simulated ECS's own log of all ${count(numbers.deregistered)} deregistrations, each with the world at that instant; not by what the pruner says.`,
    ),
    '',
    ...findingLines('deregistrations', findings.acts, ink),
    ...findingLines('revisions', findings.revisions, ink),
    ...findingLines('planted secrets', findings.secrets, ink),
    '',
    verdictLine(outcome, ink),
    '',
    ...paragraph(
      `${span(virtualMs)} of virtual time and ${counted(story.ticks.length, 'tick')} in ${(realMs / 1000).toFixed(1)} s of yours; ${count(logLines)} log lines.`,
    ),
    '',
    ...plainTable(
      files.map(([file, what]) => [file, ink.faint(what)]),
      [{}, {}],
    ),
    '',
    `  ${ink.title('Next')}`,
    '',
    ...plainTable(
      NEXT.map(([command, what]) => [ink.strong(command), ink.faint(what)]),
      [{}, {}],
    ),
    '',
  ];
}

const NEXT = [
  ['npm run demo -- --serve', 'the same, then look at the account with the AWS CLI'],
  ['npm run demo -- --seed 7', 'another account'],
  ['npm run synth', 'the CloudFormation templates of the examples'],
  ['npm test', 'the whole suite'],
] as const;

function verdictLine({ failures, numbers }: Outcome, ink: Ink): string {
  if (failures > 0) return ink.bad(`  THE PRUNER DID WHAT IT MUST NOT: ${failures} of the findings above are not 0.`);
  const { activeBefore, deregistered } = numbers;
  return ink.good(
    `  ${count(activeBefore)} revisions, ${count(activeBefore)} verdicts, ${count(deregistered)} deregistered, 0 that anything needed.`,
  );
}
