import { parseRevision } from './arn';
import { isExactFamily, isFamilyPattern } from './family-pattern';
import { type Fault, shown, shownName } from './fault';
import { givenNumber } from './given-number';

/** Says of a value that only the deployment will know it: such a value is checked at run time. */
export type IsUnresolved = (value: unknown) => boolean;

/** The rule that a value breaks, if it breaks one. */
export type Check = (value: unknown, isUnresolved: IsUnresolved) => string | undefined;

/** Holds every member of a document against its check, and knows no other member. */
export function checkFields(
  given: Record<string, unknown>,
  checks: Record<string, Check>,
  prefix: string,
  isUnresolved: IsUnresolved,
  faults: Fault[],
): void {
  for (const [name, check] of Object.entries(checks)) {
    const value = given[name];
    const rule = isUnresolved(value) ? undefined : check(value, isUnresolved);
    if (rule) faults.push({ path: prefix + name, rule, got: shown(value) });
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(checks, name)) {
      faults.push({ path: prefix + shownName(name), rule: 'is not a setting', got: shown(given[name]) });
    }
  }
}

export const MINUTES_PER_DAY = 24 * 60;
export const LONGEST_AGE_MINUTES = 3650 * MINUTES_PER_DAY;

export const optional =
  (check: Check): Check =>
  (value, isUnresolved) =>
    value === undefined ? undefined : check(value, isUnresolved);

export const exactly =
  (number: number): Check =>
  (value) =>
    givenNumber(value) === number ? undefined : `must be ${number}`;

export const wholeNumber =
  (least: number, most: number): Check =>
  (value) => {
    const number = givenNumber(value);
    return Number.isInteger(number) && number >= least && number <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
  };

export const families =
  (least: number): Check =>
  (value, isUnresolved) => {
    if (!Array.isArray(value) || value.length < least) {
      return least > 0 ? 'must be a list of at least one family name or pattern' : 'must be a list of family names or patterns';
    }
    if (value.some((pattern) => typeof pattern === 'string' && /^\*+$/.test(pattern))) {
      return "must not be '*' alone: 'allFamilies: true' says it in so many words";
    }
    return value.every((pattern) => isUnresolved(pattern) || (typeof pattern === 'string' && isFamilyPattern(pattern)))
      ? undefined
      : "must hold names of 1 to 255 letters, digits, '-' and '_', with '*' for any run of characters";
  };

export const exactFamilies: Check = (value, isUnresolved) => {
  if (!Array.isArray(value) || value.length === 0) return 'must be a list of at least one family name';
  const isName = (name: unknown) => typeof name === 'string' && isFamilyPattern(name) && isExactFamily(name);
  return value.every((name) => isUnresolved(name) || isName(name))
    ? undefined
    : "must hold names of 1 to 255 letters, digits, '-' and '_'";
};

export const keepLatest = wholeNumber(1, 1_000_000);

/** At least one: ECS rolls back to the last successful deployment. */
export const keepSuccessfulDeployments = wholeNumber(1, 100);

export const actionsPerSecond: Check = (value) => {
  const number = givenNumber(value);
  return number > 0 && number <= 0.9
    ? undefined
    : 'must be above 0 and at most 0.9: ECS gives deregister and register together one a second';
};

export const keepTag: Check = (value) =>
  typeof value === 'string' && /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(value)
    ? undefined
    : "must be a tag key of 1 to 128 characters that does not begin with 'aws:'";

export const revisions: Check = (value, isUnresolved) => {
  const isRevision = (text: unknown) => typeof text === 'string' && parseRevision(text) !== undefined;
  return Array.isArray(value) && value.every((text) => isUnresolved(text) || isRevision(text))
    ? undefined
    : "must be a list of revisions, such as 'web:12' or the ARN of one";
};

export const referrers =
  (kinds: readonly string[]): Check =>
  (value) =>
    Array.isArray(value) && value.every((kind) => kinds.includes(kind))
      ? undefined
      : `must be a list of kinds of referrers: ${kinds.join(', ')}`;

export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
