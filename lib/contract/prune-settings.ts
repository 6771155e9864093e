import { isFamilyPattern } from './family-pattern';
import { type Fault, InputError, shown } from './fault';
import { givenNumber } from './given-number';

export const SETTINGS_VERSION = 1;

/** Which families a rule is for, and what of them always stays. The first rule that matches a family decides. */
export interface PruneRuleSettings {
  /** Exact names, or patterns with `*`. */
  readonly families?: readonly string[];
  /** Every family, in so many words. */
  readonly allFamilies?: boolean;
  readonly keepLatest: number;
  readonly minAgeMinutes: number;
}

/** What a pruner is told, as one JSON document: rendered at synth, read once at the door. */
export interface PruneSettings {
  readonly version: typeof SETTINGS_VERSION;
  readonly mode: 'PLAN' | 'DEREGISTER';
  readonly rules: readonly PruneRuleSettings[];
  readonly exceptFamilies: readonly string[];
  readonly keepSuccessfulDeployments: number;
  readonly noticePeriodMinutes: number;
  readonly actionsPerSecond: number;
  readonly maxActionsPerRun?: number;
  /** A revision that carries this tag stays, whatever the tag's value. */
  readonly keepTag: string;
}

type IsUnresolved = (value: unknown) => boolean;
type Check = (value: unknown, isUnresolved: IsUnresolved) => string | undefined;

/**
 * Reads a settings document; numbers may come as strings, as CloudFormation and EventBridge make them.
 *
 * @throws InputError with every fault of the document
 */
export function parsePruneSettings(document: unknown): PruneSettings {
  const faults = pruneSettingsFaults(document);
  if (faults.length > 0) throw new InputError('the settings cannot be used', faults);
  const given = document as Record<keyof PruneSettings, unknown>;
  return {
    version: SETTINGS_VERSION,
    mode: given.mode as PruneSettings['mode'],
    rules: (given.rules as Record<keyof PruneRuleSettings, unknown>[]).map((rule) => ({
      ...(isTrue(rule.allFamilies) ? { allFamilies: true } : { families: [...(rule.families as string[])] }),
      keepLatest: Number(rule.keepLatest),
      minAgeMinutes: Number(rule.minAgeMinutes),
    })),
    exceptFamilies: [...(given.exceptFamilies as string[])],
    keepSuccessfulDeployments: Number(given.keepSuccessfulDeployments),
    noticePeriodMinutes: Number(given.noticePeriodMinutes),
    actionsPerSecond: Number(given.actionsPerSecond),
    ...(given.maxActionsPerRun === undefined ? {} : { maxActionsPerRun: Number(given.maxActionsPerRun) }),
    keepTag: given.keepTag as string,
  };
}

/**
 * Everything wrong with a settings document, all at once.
 *
 * @param isUnresolved says of a value that only the deployment will know it: such a value is checked at run time
 */
export function pruneSettingsFaults(document: unknown, isUnresolved: IsUnresolved = () => false): Fault[] {
  if (!isRecord(document)) return [{ path: 'settings', rule: 'must be an object', got: shown(document) }];
  const faults: Fault[] = [];
  checkFields(document, SETTINGS, '', isUnresolved, faults);
  if (Array.isArray(document.rules)) {
    document.rules.forEach((rule, index) => {
      checkRule(rule, `rules[${index}]`, isUnresolved, faults);
    });
  }
  return faults;
}

function checkRule(rule: unknown, path: string, isUnresolved: IsUnresolved, faults: Fault[]): void {
  if (!isRecord(rule)) {
    faults.push({ path, rule: 'must be an object', got: shown(rule) });
    return;
  }
  checkFields(rule, RULE, `${path}.`, isUnresolved, faults);
  const named = rule.families !== undefined;
  if (named === isTrue(rule.allFamilies)) {
    faults.push({
      path: `${path}.families`,
      rule: "must be given, or 'allFamilies: true', and not both",
      got: named ? 'both' : 'neither',
    });
  }
}

function checkFields(
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
      faults.push({ path: prefix + name, rule: 'is not a setting', got: shown(given[name]) });
    }
  }
}

const optional =
  (check: Check): Check =>
  (value, isUnresolved) =>
    value === undefined ? undefined : check(value, isUnresolved);

const wholeNumber =
  (least: number, most: number): Check =>
  (value) => {
    const number = givenNumber(value);
    return Number.isInteger(number) && number >= least && number <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
  };

const families =
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

const MINUTES_PER_DAY = 24 * 60;

const RULE: Record<keyof PruneRuleSettings, Check> = {
  families: optional(families(1)),
  allFamilies: optional((value) => (isTrue(value) || value === false ? undefined : 'must be true or left out')),
  keepLatest: wholeNumber(1, 1_000_000),
  // Pipelines register first and deploy later: an hour is the least that leaves them room.
  minAgeMinutes: wholeNumber(60, 3650 * MINUTES_PER_DAY),
};

const SETTINGS: Record<keyof PruneSettings, Check> = {
  version: (value) => (givenNumber(value) === SETTINGS_VERSION ? undefined : `must be ${SETTINGS_VERSION}`),
  mode: (value) => (value === 'PLAN' || value === 'DEREGISTER' ? undefined : 'must be PLAN or DEREGISTER'),
  rules: (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'must be a list of at least one rule'),
  exceptFamilies: families(0),
  // At least one: ECS rolls back to the last successful deployment.
  keepSuccessfulDeployments: wholeNumber(1, 100),
  // ECS may take ten minutes to show what changed; a shorter notice would be no second look.
  noticePeriodMinutes: wholeNumber(10, 90 * MINUTES_PER_DAY),
  actionsPerSecond: (value) => {
    const number = givenNumber(value);
    return number > 0 && number <= 0.9
      ? undefined
      : 'must be above 0 and at most 0.9: ECS gives deregister and register together one a second';
  },
  maxActionsPerRun: optional(wholeNumber(1, 1_000_000)),
  keepTag: (value) =>
    typeof value === 'string' && /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(value)
      ? undefined
      : "must be a tag key of 1 to 128 characters that does not begin with 'aws:'",
};

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
