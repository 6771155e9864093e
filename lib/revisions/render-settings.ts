import { Duration, Token } from 'aws-cdk-lib';
import type { Fault } from '../contract/fault';
import { LARGEST_SETTINGS_BYTES } from '../contract/limits';
import { type PruneRuleSettings, type PruneSettings, pruneSettingsFaults, SETTINGS_VERSION } from '../contract/prune-settings';
import { referrerSettings } from '../contract/referrers';
import { PruneMode } from './prune-mode';
import type { PruneRule } from './prune-rule';
import type { RevisionPrunerProps } from './revision-pruner-props';

/** The settings document of these props. The defaults are stated here and nowhere else. */
export function renderSettings(props: RevisionPrunerProps): PruneSettings {
  return {
    version: SETTINGS_VERSION,
    mode: props.mode ?? PruneMode.PLAN,
    rules: (props.rules ?? [props]).map((rule) => renderRule(rule, props)),
    exceptFamilies: props.exceptFamilies ?? [],
    keepSuccessfulDeployments: props.keepSuccessfulDeployments ?? 3,
    noticePeriodMinutes: minutes(props.noticePeriod ?? Duration.hours(24)),
    actionsPerSecond: props.actionsPerSecond ?? 0.5,
    ...(props.maxActionsPerRun === undefined ? {} : { maxActionsPerRun: props.maxActionsPerRun }),
    keepTag: props.keepTag ?? 'cdk-ecs-caretaker:keep',
    ...(props.keep === undefined ? {} : { keep: props.keep }),
    ...referrerSettings(props),
  };
}

function renderRule(rule: PruneRule, inherited: PruneRule): PruneRuleSettings {
  return {
    ...(rule.families === undefined ? {} : { families: rule.families }),
    ...(rule.allFamilies ? { allFamilies: true } : {}),
    keepLatest: rule.keepLatest ?? inherited.keepLatest ?? 10,
    minAgeMinutes: minutes(rule.minAge ?? inherited.minAge ?? Duration.days(7)),
  };
}

// A Duration token cannot be counted; its own fault is told, and any lawful number stands in for it.
function minutes(duration: Duration): number {
  return duration.isUnresolved() ? 60 : duration.toMinutes({ integral: false });
}

/** Everything wrong with the props, under the names that the user typed. */
export function renderFaults(props: RevisionPrunerProps): Fault[] {
  const settings = renderSettings(props);
  const faults = [...scopeFaults(props), ...tokenFaults(props)];
  for (const fault of pruneSettingsFaults(settings, Token.isUnresolved)) {
    const path = propPath(fault.path, props);
    const told = faults.some((earlier) => earlier.path === path || (path === 'families' && earlier.path === 'rules'));
    if (!told) faults.push({ ...fault, path, rule: fault.path.endsWith('Minutes') ? `${fault.rule} minutes` : fault.rule });
  }
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes > LARGEST_SETTINGS_BYTES) {
    faults.push({
      path: props.rules ? 'rules' : 'families',
      rule:
        `and the other settings must fit into ${LARGEST_SETTINGS_BYTES} bytes of the function's environment: ` +
        "use patterns with '*', or 'allFamilies' with 'exceptFamilies'",
      got: `${bytes} bytes`,
    });
  }
  return faults;
}

function scopeFaults({ families, allFamilies, rules }: RevisionPrunerProps): Fault[] {
  const given = [families && 'families', allFamilies && 'allFamilies', rules && 'rules'].filter(Boolean);
  if (given.length === 1) return [];
  const path = given.length === 0 || families ? 'families' : 'rules';
  const rule = "must be the only one of 'families', 'allFamilies' and 'rules', and one of them must be given";
  return [{ path, rule, got: given.join(' and ') || 'none' }];
}

/** Tokens are welcome in strings and numbers; a list or a Duration must be known now. */
function tokenFaults(props: RevisionPrunerProps): Fault[] {
  const faults: Fault[] = [];
  const refuse = (path: string, value: unknown, isToken: boolean, rule: string) => {
    if (value !== undefined && isToken) faults.push({ path, rule, got: 'a token' });
  };
  const list = (path: string, value?: string[]) =>
    refuse(
      path,
      value,
      Token.isUnresolved(value),
      'must be a list that is known when the app is synthesized; its items may be tokens',
    );
  const duration = (path: string, value?: Duration) =>
    refuse(path, value, value?.isUnresolved() ?? false, 'must be known when the app is synthesized');
  list('families', props.families);
  list('exceptFamilies', props.exceptFamilies);
  list('keep', props.keep);
  duration('minAge', props.minAge);
  duration('noticePeriod', props.noticePeriod);
  props.rules?.forEach((rule, index) => {
    list(`rules[${index}].families`, rule.families);
    duration(`rules[${index}].minAge`, rule.minAge);
  });
  return faults;
}

const RULE_PATH = /^rules\[(\d+)\](?:\.(.+))?$/;

/** The name of the prop behind a path of the document: `rules[0].minAgeMinutes` is `minAge` where the user gave no rules. */
function propPath(path: string, props: RevisionPrunerProps): string {
  const [, index, field] = RULE_PATH.exec(path) ?? [];
  if (field === undefined) return path.replace(/Minutes$/, '');
  const prop = field.replace(/Minutes$/, '') as keyof PruneRule;
  const inherited = prop === 'keepLatest' || prop === 'minAge';
  const own = props.rules?.[Number(index)];
  return own && !(inherited && own[prop] === undefined) ? `rules[${index}].${prop}` : prop;
}
