import { statSync } from 'node:fs';
import * as path from 'node:path';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { REFERRERS } from '../../lib/contract/referrers';
import type { Ink } from './ink';
import type { SynthesizedPruner } from './synthesized-app';
import { plainTable } from './tables';
import { count, hanging, span } from './words';

const LABEL = 12;
const MINUTE = 60_000;

/** What is real, what is not, and what the pruner was told. */
export function openingLines(
  { stack, resources, file, settings, everyMs }: SynthesizedPruner,
  revisions: number,
  ink: Ink,
  width: number,
): string[] {
  const bundle = `${path.basename(path.dirname(file)).slice(0, 14)}…/${path.basename(file)}`;
  const rows = [
    [ink.good('real'), `the CDK app: ${stack}, synthesized just now to ${resources} resources`],
    ['', `the Lambda bundle: ${bundle}, ${count(Math.round(statSync(file).size / 1000))} kB, unmodified`],
    ['', `the AWS SDK in it: retries, pacing, signing, HTTP on loopback`],
    [ink.goes('not real'), 'AWS: ECS, S3, EventBridge and all that may refer to a revision are simulated on this machine'],
    ['', 'time: it jumps over whatever the function waits for'],
    ['', ''],
    ...settingsInWords(settings, everyMs).map((words, index) => [index === 0 ? 'settings' : '', words]),
  ];
  return [
    '',
    ...hanging(
      `  ${ink.title('cdk-ecs-caretaker')}  `,
      `${count(revisions)} revisions, one RevisionPruner, no AWS account`,
      width,
    ),
    '',
    ...plainTable(rows, [{ width: LABEL - 2 }, { width: width - LABEL - 2 }]),
  ];
}

/** As the function's environment in the template has them. */
export function settingsInWords(settings: PruneSettings, everyMs: number): string[] {
  const { mode, rules, exceptFamilies, noticePeriodMinutes, actionsPerSecond, withoutReferrers = [] } = settings;
  const except = exceptFamilies.length > 0 ? ` except ${exceptFamilies.join(', ')}` : '';
  return [
    ...rules.map(({ allFamilies, families = [], keepLatest, minAgeMinutes }) => {
      const names = allFamilies ? `every family${except}` : families.join(', ');
      return `${names}: keep the newest ${keepLatest}, and all younger than ${span(minAgeMinutes * MINUTE)}`;
    }),
    `mode ${mode}: announce for ${noticePeriodMinutes / 60} h, then at most ${actionsPerSecond} a second`,
    `a tick every ${span(everyMs)}`,
    ...(withoutReferrers.length > 0
      ? [`does not look at ${withoutReferrers.map((kind) => REFERRERS[kind].name).join(', ')}`]
      : []),
  ];
}
