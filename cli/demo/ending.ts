import type { PruneSettings } from '../../lib/contract/prune-settings';
import { findingLines } from './findings';
import type { Ink } from './ink';
import { elsewhereLines, keptLines } from './kept';
import { numbersTable } from './numbers';
import type { NamedAndGone, Outcome } from './outcome';
import { plainTable } from './tables';
import { count, counted, hanging, NARROW, span, wrap } from './words';

export interface Ending {
  readonly realMs: number;
  /** Paths, with what is in them. */
  readonly files: readonly (readonly [string, string])[];
  readonly settings: PruneSettings;
}

/** What was kept, the numbers, the oracle's findings, and where to go from here. */
export function endingLines(outcome: Outcome, { realMs, files }: Ending, ink: Ink, width: number): string[] {
  const { story, numbers, kept, named, findings, virtualMs, logLines } = outcome;
  const [inEcs, elsewhere] = [kept.filter(({ kind }) => !kind), kept.filter(({ kind }) => kind)];
  const paragraph = (text: string) => wrap(text, width - 4).map((line) => `  ${line}`);
  return [
    `  ${ink.title('What stayed, and why')}`,
    '',
    ...paragraph(
      `${counted(inEcs.length, 'old revision')} that ECS or a tag tells to be needed, and what the last plan says of each.`,
    ),
    '',
    ...keptLines(inEcs, ink, width),
    '',
    `  ${ink.title('Pinned from outside ECS')}`,
    '',
    ...paragraph(
      `${counted(elsewhere.length, 'old revision')} that nothing in ECS refers to. Who does, kind by kind, and where the plan says it was found:`,
    ),
    '',
    ...elsewhereLines(elsewhere, ink, width),
    ...paragraph(namedInWords(named)),
    '',
    `  ${ink.title('Numbers')}`,
    '',
    ...numbersTable(numbers, ink, width),
    '',
    `  ${ink.title('The oracle')}`,
    '',
    ...paragraph(
      `By the simulated ECS's own log of all ${count(numbers.deregistered)} deregistrations, each with the world at that instant, and by what the simulated services around it know of themselves; not by what the pruner says.`,
    ),
    '',
    ...findingLines('deregistrations', findings.acts, ink, width),
    ...findingLines('deregistrations', findings.pins, ink, width),
    ...findingLines('revisions', findings.revisions, ink, width),
    ...findingLines('planted secrets', findings.secrets, ink, width),
    '',
    ...verdictLines(outcome, ink, width),
    '',
    ...paragraph(
      `${span(virtualMs)} of virtual time and ${counted(story.ticks.length, 'tick')} in ${(realMs / 1000).toFixed(1)} s of yours; ${count(logLines)} log lines.`,
    ),
    '',
    ...pairs(files, ink, width),
    '',
    `  ${ink.title('Next')}`,
    '',
    ...pairs(
      NEXT.map(([command, what]) => [ink.strong(command), what] as const),
      ink,
      width,
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

function namedInWords(named: readonly NamedAndGone[]): string {
  const each = named.map(({ by, family, gone }) => `the ${by} runs ${family}, of which ${count(gone)} went`);
  return `Who names no revision means the newest, and keeps no old one: ${each.join('; ')}.`;
}

/** Beside each other, or below each other where there is no room. */
function pairs(rows: readonly (readonly [string, string])[], ink: Ink, width: number): string[] {
  if (width >= NARROW)
    return plainTable(
      rows.map(([name, what]) => [name, ink.faint(what)]),
      [{}, {}],
    );
  return rows.flatMap(([name, what]) => [`  ${name}`, ...hanging('    ', what, width, (line) => ink.faint(line))]);
}

function verdictLines({ failures, numbers }: Outcome, ink: Ink, width: number): string[] {
  const { activeBefore, deregistered } = numbers;
  return failures > 0
    ? hanging('  ', `THE PRUNER DID WHAT IT MUST NOT: ${failures} of the findings above are not 0.`, width, (line) =>
        ink.bad(line),
      )
    : hanging(
        '  ',
        `${count(activeBefore)} revisions, ${count(activeBefore)} verdicts, ${count(deregistered)} deregistered, 0 that anything needed.`,
        width,
        (line) => ink.good(line),
      );
}
