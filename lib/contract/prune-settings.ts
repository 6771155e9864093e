import { type Fault, InputError, shown } from './fault';
import {
  actionsPerSecond,
  type Check,
  checkFields,
  exactly,
  families,
  type IsUnresolved,
  isRecord,
  isTrue,
  keepLatest,
  keepSuccessfulDeployments,
  keepTag,
  LONGEST_AGE_MINUTES,
  MINUTES_PER_DAY,
  optional,
  referrers,
  revisions,
  wholeNumber,
} from './field-checks';
import { ALL_REFERRERS, type ReferrerSettings, referrerSettings } from './referrers';

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
export interface PruneSettings extends ReferrerSettings {
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
  /** Revisions that stay: `family:revision`, or ARNs. */
  readonly keep?: readonly string[];
}

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
    ...(given.keep === undefined ? {} : { keep: [...(given.keep as string[])] }),
    ...referrerSettings(given as ReferrerSettings),
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

const RULE: Record<keyof PruneRuleSettings, Check> = {
  families: optional(families(1)),
  allFamilies: optional((value) => (isTrue(value) || value === false ? undefined : 'must be true or left out')),
  keepLatest,
  // Pipelines register first and deploy later: an hour is the least that leaves them room.
  minAgeMinutes: wholeNumber(60, LONGEST_AGE_MINUTES),
};

const SETTINGS: Record<keyof PruneSettings, Check> = {
  version: exactly(SETTINGS_VERSION),
  mode: (value) => (value === 'PLAN' || value === 'DEREGISTER' ? undefined : 'must be PLAN or DEREGISTER'),
  rules: (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'must be a list of at least one rule'),
  exceptFamilies: families(0),
  keepSuccessfulDeployments,
  // ECS may take ten minutes to show what changed; a shorter notice would be no second look.
  noticePeriodMinutes: wholeNumber(10, 90 * MINUTES_PER_DAY),
  actionsPerSecond,
  maxActionsPerRun: optional(wholeNumber(1, 1_000_000)),
  keepTag,
  keep: optional(revisions),
  withoutReferrers: optional(referrers(ALL_REFERRERS)),
  tolerateDenied: optional(referrers(ALL_REFERRERS)),
};
