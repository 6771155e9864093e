import type { RightStatus } from '../../engine/doctor/probing';
import { visibleText } from '../../lib/contract/visible-text';
import type { Ink } from '../demo/ink';
import { plainTable } from '../demo/tables';
import { count, counted } from '../demo/words';
import { type ConstructEndpoints, endpointName } from './endpoints';
import { grouped } from './grouped';
import type { HeadRoom, UnknownHeadRoom } from './head-room';
import { type DoctorReport, isFine } from './report';

const WORDS: Readonly<Record<RightStatus, string>> = {
  ALLOWED: 'allowed',
  DENIED: 'denied',
  NOT_OFFERED: 'not offered here',
  UNREACHED: 'no answer',
  UNCLEAR: 'unclear',
  NOT_ASKED: 'not asked',
};

const USUAL_NAMES: ReadonlySet<string> = new Set(['aws', 'aws-us-gov']);
const OTHER_NAMES = 'In this partition some of the names begin otherwise: `aws ec2 describe-vpc-endpoint-services` lists them.';

export interface Page {
  readonly ink: Ink;
  readonly width: number;
  /** The name that requests named, which nothing has. */
  readonly nobody: string;
}

/** The report for people, line by line. */
export function reportText(report: DoctorReport, page: Page): string[] {
  const { ink, width } = page;
  const { caller, rights, notExamined, missing, endpoints, modifyBucket } = report;
  const place = [
    ['caller', caller.arn],
    ['account', caller.account],
    ['partition', caller.partition],
    ['Region', caller.region],
  ];
  return [
    ink.title('Who asks, and where'),
    ...plainTable(
      place.map((row) => row.map((cell) => visibleText(cell))),
      [{}, {}],
    ),
    '',
    ink.title('The rights of a RevisionPruner'),
    ...rightLines(rights, page),
    ...notExamined.map((name) => `  ${ink.faint(`${name}: left out; a plan lists them as not examined`)}`),
    '',
    ...paragraphs(calledText(report, page.nobody), width),
    '',
    ink.title('The task definition modify bucket'),
    ...paragraphs(bucketText(modifyBucket), width),
    '',
    ink.title('VPC endpoints, for functions in subnets without a way to the internet'),
    ...endpointLines(caller.region, endpoints, page),
    ...(USUAL_NAMES.has(caller.partition) ? [] : paragraphs(OTHER_NAMES, width)),
    '',
    ...(isFine(report)
      ? [ink.good('Nothing is missing.')]
      : [
          ink.title('What is missing, to send on'),
          ...paragraphs(missing.text, width),
          ...(missing.policy ? ['', ...indented(JSON.stringify(missing.policy, null, 2))] : []),
        ]),
  ];
}

function rightLines(rights: DoctorReport['rights'], { ink, width }: Page): string[] {
  const actionWidth = Math.max(...rights.map(({ action }) => action.length));
  const rest = width - 4 - WORDS.NOT_OFFERED.length - 2 - actionWidth - 2;
  return [...grouped(rights, ({ group }) => group)].flatMap(([group, alike]) => [
    `  ${ink.strong(group)}`,
    ...plainTable(
      alike.map((finding) => [inked(finding, ink), finding.action, ink.faint(said(finding))]),
      [{ width: WORDS.NOT_OFFERED.length }, { width: actionWidth }, ...(rest < 20 ? [{}] : [{ width: rest }])],
      '    ',
    ),
  ]);
}

function inked({ status }: DoctorReport['rights'][number], ink: Ink): string {
  if (status === 'ALLOWED') return ink.good(WORDS[status]);
  return status === 'NOT_OFFERED' ? ink.faint(WORDS[status]) : ink.bad(WORDS[status]);
}

/** Why a right is denied is told below, once: AWS says it at length. */
function said({ status, code = '', reason = '' }: DoctorReport['rights'][number]): string {
  if (status === 'ALLOWED' || status === 'DENIED') return visibleText(code);
  return visibleText([code, reason].filter((text) => text !== '').join(': '));
}

function calledText({ rights }: DoctorReport, nobody: string): string {
  const deregister = rights.find(({ action }) => action === 'ecs:DeregisterTaskDefinition');
  return [
    `Each call read one item at most, or named ${nobody}, which nothing has: a service tells that it is not there only to those who may ask. Nothing was written or changed.`,
    ...(deregister?.called
      ? [`DeregisterTaskDefinition was called with ${nobody}:1, of which ECS had just said that it does not exist.`]
      : []),
    'This holds for the caller above. To know it of the function, run doctor with the role of the function.',
  ].join('\n');
}

function bucketText(room: HeadRoom | UnknownHeadRoom): string {
  if (!room.known) return `Not known: ${visibleText(room.why)}`;
  const { since, registered, deregistered, throttledAtLeast, busiestMinute, tokensPerMinute, leftInBusiestMinute } = room;
  return [
    `ECS gives registering and deregistering together ${tokensPerMinute} calls a minute. On CloudTrail's record since ${since.slice(0, 16).replace('T', ' ')} UTC:`,
    `${count(registered)} registered, ${count(deregistered)} deregistered; ${counted(busiestMinute, 'call')} in the busiest minute, which left ${leftInBusiestMinute}.`,
    throttledAtLeast > 0
      ? `${counted(throttledAtLeast, 'call')} or more throttled: let the pruner go slower (actionsPerSecond).`
      : 'No throttled call is on record; AWS does not say that ECS records them all.',
  ].join('\n');
}

function endpointLines(region: string, constructs: readonly ConstructEndpoints[], { ink, width }: Page): string[] {
  return constructs.flatMap(({ construct, endpoints, note }) => [
    `  ${ink.strong(construct)}`,
    ...(endpoints.length === 0
      ? []
      : plainTable(
          endpoints.map((endpoint) => [endpointName(region, endpoint), endpoint.type, endpoint.purpose]),
          [{}, {}, {}],
          '    ',
        )),
    ...(note ? paragraphs(note, width - 2).map((line) => `  ${line}`) : []),
  ]);
}

function paragraphs(text: string, width: number): string[] {
  return plainTable(
    text.split('\n').map((line) => [visibleText(line)]),
    [{ width: width - 2 }],
  );
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${line}`);
