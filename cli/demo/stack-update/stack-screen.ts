import { statSync } from 'node:fs';
import * as path from 'node:path';
import { findingLines } from '../findings';
import type { Ink } from '../ink';
import { plainTable } from '../tables';
import { clockTime, count, counted, span, wrap } from '../words';
import type { ExampleStack } from './example-stack';
import type { Deployment, Life } from './life';
import { legend, momentsTable } from './moments';
import type { StackFindings, Staying } from './stack-oracle';
import { deregistrationsTable, timeline, whyPruned, whyPrunedTooEarly } from './timeline';

const LABEL = 12;
const MINUTE = 60_000;
const FUNCTION = 'the function';
const OLD_DESIGN = 'the old design';

/** What is real, what is not, and what the template says. */
export function openingLines(example: ExampleStack, ink: Ink, width: number): string[] {
  const { name, templates, file, settings, policies, family } = example;
  const bundle = `${path.basename(path.dirname(file)).slice(0, 14)}…/${path.basename(file)}`;
  const { keepLatest, minAgeMinutes, keepSuccessfulDeployments } = settings;
  const rows = [
    [ink.good('real'), `the CDK app: ${name}, synthesized just now`],
    ['', `its template: all ${templates[0]?.resources.length} resources, settings, policies; only the image`],
    ['', 'changes from one deployment to the next, as with `-c image=…`'],
    ['', `the Lambda bundle: ${bundle}, ${count(Math.round(statSync(file).size / 1000))} kB, unmodified`],
    ['', `the AWS SDK in it, by HTTP on loopback`],
    [ink.goes('not real'), 'AWS: CloudFormation and ECS are simulated on this machine'],
    ['', "the function's PUT to S3 ends on this machine, without TLS"],
    ['', 'ECS refuses what is INACTIVE at once; AWS within ten minutes'],
    ['', 'one resource at a time, the service last; time jumps'],
    ['', ''],
    ['settings', `${family}: keep the newest ${keepLatest}, all younger than ${span(minAgeMinutes * MINUTE)},`],
    ['', `and what the last ${keepSuccessfulDeployments} successful deployments run`],
    ['policies', `UpdateReplacePolicy ${policies.updateReplacePolicy}, DeletionPolicy ${policies.deletionPolicy}`],
  ];
  return [
    '',
    `  ${ink.title('cdk-ecs-caretaker')}  three deployments, one StackRevisionPruner, no AWS account`,
    '',
    ...plainTable(rows, [{ width: LABEL - 2 }, { width: width - LABEL - 2 }]),
  ];
}

/** The three deployments with the product. */
export function lifeLines(life: Life, stays: Staying, example: ExampleStack, ink: Ink, width: number): string[] {
  return [
    ...life.deployments.flatMap((deployment) => deploymentLines(deployment, example, FUNCTION, ink, width)),
    '',
    `  ${ink.title('Which revision was ACTIVE when')}`,
    '',
    ...tableLines(life, ink),
    '',
    `  ${ink.title('What went, and why')}`,
    '',
    ...deregistrationsTable(life.happenings, whyPruned, FUNCTION, ink, width),
    '',
    `  ${ink.title('What stays, and why')}`,
    '',
    ...stayingLines(stays, example, ink),
    '',
  ];
}

/** The same story with the design to avoid. */
export function controlLines(life: Life, example: ExampleStack, ink: Ink, width: number): string[] {
  const text =
    'The same stack, the same days, the same number of revisions kept. Only that this function, which is part of the demo and ' +
    'nothing that is shipped, prunes when CloudFormation sends Update: before anybody knows how the update ends.';
  return [
    '',
    `  ${ink.bad('CONTROL')}  ${ink.title('the old design, which prunes in Update')}`,
    '',
    ...wrap(text, width - 4).map((line) => `  ${line}`),
    ...life.deployments.flatMap((deployment) => deploymentLines(deployment, example, OLD_DESIGN, ink, width)),
    '',
    ...tableLines(life, ink),
    '',
    ...deregistrationsTable(life.happenings, whyPrunedTooEarly, OLD_DESIGN, ink, width),
    '',
  ];
}

export interface StackEnding {
  readonly findings: StackFindings;
  readonly pruned: number;
  /** How often the control's rollback was blocked. */
  readonly blocked: number;
  readonly isWell: boolean;
  readonly files: readonly (readonly [string, string])[];
  readonly realMs: number;
  readonly life: Life;
}

export function endingLines(ending: StackEnding, ink: Ink, width: number): string[] {
  const { findings, pruned, blocked, files, realMs, life } = ending;
  const acts = life.happenings.filter(({ kind }) => kind === 'deregistration').length;
  const text = `By the journals of the simulated CloudFormation and ECS: ${counted(acts, 'deregistration')}, ${pruned} of them by the function.`;
  const control = blocked > 0 ? ink.good(`✓ ${blocked}`) : ink.bad('✗ 0');
  return [
    `  ${ink.title('The oracle')}`,
    '',
    ...wrap(text, width - 4).map((line) => `  ${line}`),
    '',
    ...findingLines('deregistrations', findings.acts, ink, width),
    ...findingLines('requests', findings.requests, ink, width),
    ...findingLines('rollbacks', findings.rollbacks, ink, width),
    ...findingLines('revisions', findings.revisions, ink, width),
    `  ${control} rollback blocked with the old design: TaskDefinition is inactive`,
    '',
    verdictLine(ending, ink),
    '',
    `  ${(realMs / 1000).toFixed(1)} s of your time.`,
    '',
    ...plainTable(
      files.map(([file, what]) => [file, ink.faint(what)]),
      [{}, {}],
    ),
    '',
  ];
}

function verdictLine({ isWell, pruned, life }: StackEnding, ink: Ink): string {
  if (!isWell) return ink.bad('  THE STORY DID NOT END AS IT MUST: see the findings above.');
  const ended = life.deployments.at(-1)?.ended;
  return ink.good(`  ${counted(pruned, 'revision')} pruned, the failed update rolled back, the stack ${ended}.`);
}

const TITLES = ['succeeds', 'fails and is rolled back', 'succeeds'];

function deploymentLines(deployment: Deployment, example: ExampleStack, handler: string, ink: Ink, width: number): string[] {
  const { number, at, image, ended, refusal } = deployment;
  const planned = TITLES[number - 1] ?? '';
  const isBlocked = ended === 'UPDATE_ROLLBACK_FAILED';
  const how = refusal !== undefined ? ink.bad('is refused') : isBlocked ? ink.bad('fails and cannot be rolled back') : planned;
  return [
    '',
    `  ${ink.title(`${number}  ${clockTime(at)}`)}  ${ink.strong(`image ${image.split(':').at(-1)}`)} ${how}`,
    '',
    ...timeline(deployment, example, handler, ink, width),
  ];
}

function stayingLines({ newest, deployed, unneeded }: Staying, { settings }: ExampleStack, ink: Ink): string[] {
  const { keepLatest, keepSuccessfulDeployments } = settings;
  const rows = [
    [newest, `among the newest ${keepLatest}`],
    [deployed, `it came with one of the last ${keepSuccessfulDeployments} successful deployments`],
    [unneeded, ink.bad('nothing needs it')],
  ] as const;
  return plainTable(
    rows.filter(([revisions]) => revisions.length > 0).map(([revisions, why]) => [revisions.join(' '), why]),
    [{}, {}],
  );
}

function tableLines({ before, deployments, revisions }: Life, ink: Ink): string[] {
  return [...momentsTable([before, ...deployments.map(({ moments }) => moments)], revisions, ink), '', legend(ink)];
}
