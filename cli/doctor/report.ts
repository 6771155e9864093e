import type { Caller } from '../../engine/doctor/probing';
import type { ConstructEndpoints } from './endpoints';
import { endpointName } from './endpoints';
import type { Finding } from './examine';
import { grouped } from './grouped';
import type { HeadRoom, UnknownHeadRoom } from './head-room';
import { isMissing, type PolicyDocument, policyFor } from './policy';

/** What `doctor --json` prints. */
export interface DoctorReport {
  readonly version: 1;
  readonly caller: Caller;
  readonly rights: readonly Omit<Finding, 'offeredHere' | 'purpose'>[];
  /** Kinds of referrers that were left out, by name. */
  readonly notExamined: readonly string[];
  readonly missing: {
    /** To send to whoever keeps the permissions. */
    readonly text: string;
    readonly policy: PolicyDocument | null;
    /** Services that gave no answer. */
    readonly unreached: readonly string[];
  };
  readonly endpoints: readonly ConstructEndpoints[];
  readonly modifyBucket: HeadRoom | UnknownHeadRoom;
}

export interface Examined {
  readonly caller: Caller;
  readonly findings: readonly Finding[];
  readonly notExamined: readonly string[];
  readonly endpoints: readonly ConstructEndpoints[];
  readonly modifyBucket: HeadRoom | UnknownHeadRoom;
}

export function doctorReport({ caller, findings, notExamined, endpoints, modifyBucket }: Examined): DoctorReport {
  const missing = findings.filter(isMissing);
  const unreached = [
    ...new Set(findings.filter(({ status }) => status === 'UNREACHED').map(({ action }) => serviceOf(action))),
  ];
  return {
    version: 1,
    caller,
    rights: findings.map(({ offeredHere, purpose, ...finding }) => finding),
    notExamined,
    missing: {
      text: missing.length === 0 && unreached.length === 0 ? '' : request(caller, missing, unreached),
      policy: missing.length === 0 ? null : policyFor(missing),
      unreached,
    },
    endpoints,
    modifyBucket,
  };
}

export function isFine({ missing }: DoctorReport): boolean {
  return missing.policy === null && missing.unreached.length === 0;
}

/** Paragraphs without line breaks of their own: mail and terminals break them as they like. */
function request(caller: Caller, missing: readonly Finding[], unreached: readonly string[]): string {
  const place = `account ${caller.account}, Region ${caller.region}`;
  const parts = [
    missing.length > 0 ? rightsRequest(caller, place, missing) : [],
    unreached.length > 0 ? endpointsRequest(caller, place, unreached) : [],
  ];
  return parts
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function rightsRequest({ arn }: Caller, place: string, missing: readonly Finding[]): string[] {
  const actions = (findings: readonly Finding[]) => findings.map(({ action }) => action).join(', ');
  const wishes = [...grouped(missing, ({ purpose }) => purpose)].map(
    ([purpose, alike]) => `- to ${purpose}: ${actions(alike)}`,
  );
  const [denial] = missing.filter(({ status, reason }) => status === 'DENIED' && reason);
  const explicit = missing.filter(({ reason }) => /explicit deny/i.test(reason ?? ''));
  return [
    `We look after old ECS task definition revisions with cdk-ecs-caretaker in ${place}. Asked as ${arn}, these rights were not there, or could not be told. Please give them to the role it runs with; the policy names nothing else:`,
    ...wishes,
    ...(denial ? [`In AWS's own words, for ${denial.action}: ${denial.reason}`] : []),
    ...(explicit.length > 0
      ? [
          `An explicit deny, e.g. of a service control policy or a permissions boundary, stands against ${actions(explicit)}: to allow is not enough there, the deny has to make an exception.`,
        ]
      : []),
  ];
}

function endpointsRequest({ region }: Caller, place: string, unreached: readonly string[]): string[] {
  const names = unreached.map((service) => `- ${endpointName(region, { service })}`);
  return [
    `No answer came from ${unreached.join(', ')} in ${place}. From a VPC without a way to the internet these need VPC endpoints:`,
    ...names,
  ];
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(':'));
}
