import type { EcsAction } from '../../lib/contract/limits';
import { EcsCallError } from '../ecs-call-error';
import { IncompleteScan } from '../incomplete-scan';
import type { EcsCall } from './ecs-call';

export type Json = Readonly<Record<string, unknown>>;

/**
 * The member that carries the result of each call. Absent or of another type, the call told nothing:
 * an answer without its list is a failed read, never an empty list.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html, "Response Syntax" of each action
 */
const RESULT_LIST = {
  ListTaskDefinitions: 'taskDefinitionArns',
  ListClusters: 'clusterArns',
  ListServices: 'serviceArns',
  DescribeServices: 'services',
  ListServiceDeployments: 'serviceDeployments',
  DescribeServiceDeployments: 'serviceDeployments',
  DescribeServiceRevisions: 'serviceRevisions',
  ListTasks: 'taskArns',
  DescribeTasks: 'tasks',
} as const satisfies Partial<Record<EcsAction, string>>;

export type ListAction = keyof typeof RESULT_LIST;

export interface Page {
  readonly items: readonly unknown[];
  readonly nextToken?: string;
  readonly failures: readonly Failure[];
  readonly answer: Json;
}

/** One thing ECS did not describe, though it answered 200. */
export interface Failure {
  readonly arn: string;
  readonly reason: string;
}

/** One call for a list, complete or failed. `where` names what it was for, in the message. */
export async function page(call: EcsCall, action: ListAction, input: Record<string, unknown>, where = ''): Promise<Page> {
  const name = named(action, where);
  return wholePage(await asked(call, action, input, name), RESULT_LIST[action], 'nextToken', name);
}

/** An answer as one page of a list, of whichever service. */
export function wholePage(given: unknown, list: string, token: string, name: string): Page {
  const answer = record(given, name);
  const items = answer[list];
  if (!Array.isArray(items)) throw new IncompleteScan(name, `the answer has no list '${list}'`);
  const nextToken = answer[token];
  if (nextToken !== undefined && nextToken !== null && typeof nextToken !== 'string') {
    throw new IncompleteScan(name, `the answer's '${token}' is no text`);
  }
  return { items, failures: failures(answer, name), answer, ...(nextToken ? { nextToken } : {}) };
}

/** Members of an answer beside its result. */
export function besideResult(action: string, answer: Json): Json {
  const { [RESULT_LIST[action as ListAction]]: _, ...rest } = answer;
  return rest;
}

function named(action: ListAction, where: string): string {
  return where ? `${action} (${where})` : action;
}

/** What a taker of pages says when it wants no more of them. */
export const ENOUGH = Symbol('no further pages wanted');

/** Every page of a list, given to `take` one by one until it answers `ENOUGH`. A page may be empty and yet have a successor. */
export function everyPage(
  call: EcsCall,
  action: ListAction,
  input: Record<string, unknown>,
  where: string,
  take: (items: readonly unknown[]) => unknown,
): Promise<void> {
  const ask = (nextToken?: string) => page(call, action, { ...input, ...(nextToken ? { nextToken } : {}) }, where);
  return pageByPage(ask, named(action, where), take);
}

/** The pages of a list of whichever service. */
export async function pageByPage(
  ask: (token?: string) => Promise<Page>,
  name: string,
  take: (items: readonly unknown[]) => unknown,
): Promise<void> {
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const { items, nextToken, failures } = await ask(token);
    // No list that is read here has failures today: one that has some lacks what failed.
    if (failures[0]) throw new IncompleteScan(name, `${failures[0].arn}: ${failures[0].reason}`);
    if (take(items) === ENOUGH || nextToken === undefined) return;
    if (seen.has(nextToken)) throw new IncompleteScan(name, 'the same page token came twice');
    seen.add(nextToken);
    token = nextToken;
  }
}

/** A list of ARNs, all pages. */
export async function everyArn(
  call: EcsCall,
  action: ListAction,
  input: Record<string, unknown>,
  where = '',
): Promise<string[]> {
  const arns: string[] = [];
  await everyPage(call, action, input, where, (items) => {
    for (const item of items) arns.push(text(item, action));
  });
  return arns;
}

/** A call that gives one thing. */
export async function asked(call: EcsCall, action: EcsAction, input: Record<string, unknown>, name: string): Promise<unknown> {
  try {
    return await call(action, input);
  } catch (error) {
    if (error instanceof EcsCallError) throw new IncompleteScan(name, `${error.code}: ${error.reason}`, error.code);
    throw error;
  }
}

export function record(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new IncompleteScan(name, 'the answer is no object');
  }
  return value as Json;
}

/** A list inside an answer that may be left out, but not be of another type. */
export function optionalList(value: unknown, name: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new IncompleteScan(name, 'a list in the answer is of another type');
  return value.map((item) => record(item, name));
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new IncompleteScan(name, 'a name in the answer is missing or no text');
  return value;
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A timestamp of the JSON protocol, seconds since 1970, in milliseconds. */
export function optionalTime(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY ? value * 1000 : undefined;
}

export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

function failures(answer: Json, name: string): Failure[] {
  return optionalList(answer.failures, name).map((failure) => ({
    arn: optionalText(failure.arn) ?? 'unnamed',
    reason: optionalText(failure.reason) ?? 'no reason given',
  }));
}
