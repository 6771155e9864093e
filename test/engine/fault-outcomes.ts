import type { EcsAction } from '../../lib/contract/limits';
import type { FaultKind } from '../../simulator';

/** Every read of a run. */
export const READS = [
  'ListTaskDefinitions',
  'DescribeTaskDefinition',
  'ListClusters',
  'ListServices',
  'DescribeServices',
  'ListServiceDeployments',
  'DescribeServiceDeployments',
  'DescribeServiceRevisions',
  'ListTasks',
  'DescribeTasks',
] as const satisfies readonly EcsAction[];
export type Read = (typeof READS)[number];

/** On the first call of the read, on the second, or on all from the first on. */
export const TIMES = ['first', 'later', 'always'] as const;
export type When = (typeof TIMES)[number];

/**
 * What a run makes of a fault. `refused`: no act at all, and the refusal names the call. `unharmed`: as without the fault.
 * `keeps more`: the run is done, and lets go a part of what it would have let go. `late`: refused, or done as far as its
 * time reached.
 */
export type Outcome = 'refused' | 'unharmed' | 'keeps more' | 'late';

type Rule = Outcome | ((read: Read, when: When) => Outcome);

/** A look at one candidate that makes no sense keeps that one; everything else is about all of them. */
const hollow: Rule = (read) => (read === 'DescribeTaskDefinition' ? 'keeps more' : 'refused');
/** Where it strikes at all: of the lists only those have tokens, of the descriptions only those have failures. */
const inLists = (outcome: Rule): Rule => onlyIf((read) => read.startsWith('List'), outcome);
const inDescriptions = (outcome: Rule): Rule =>
  onlyIf((read) => read.startsWith('Describe') && read !== 'DescribeTaskDefinition', outcome);
const onlyIf =
  (strikes: (read: Read) => boolean, outcome: Rule): Rule =>
  (read, when) =>
    strikes(read) ? decided(outcome, read, when) : 'unharmed';
const whenAlways =
  (outcome: Outcome, else_: Outcome = 'unharmed'): Rule =>
  (_, when) =>
    when === 'always' ? outcome : else_;

/** One fault that nobody repeats a call for. */
const RULES: Readonly<Record<FaultKind, Rule>> = {
  'access denied': 'refused',
  'expired credentials': 'refused',
  'server error': 'refused',
  'service unavailable': 'refused',
  throttle: 'refused',
  'lost answer': 'refused',
  'lost call': 'refused',

  'empty object': hollow,
  null: hollow,
  text: hollow,
  'missing list': hollow,
  'null list': hollow,
  'wrong type': hollow,
  'item of wrong type': hollow,

  'item missing': inDescriptions('refused'),
  failures: (read) => (read === 'DescribeTaskDefinition' ? 'unharmed' : 'refused'),
  // A service or a task that is listed is not missing; a deployment or a service revision that old may be, and keeps the family.
  MISSING: inDescriptions((read) => (/Deployments|Revisions/.test(read) ? 'keeps more' : 'refused')),

  'duplicate items': 'unharmed',
  'shuffled items': 'unharmed',
  'short page': 'unharmed',
  'unknown extra': 'unharmed',
  'skewed dates': 'unharmed',
  stale: 'unharmed',
  twice: 'unharmed',
  'empty page': inLists(whenAlways('refused')),

  'repeated token': inLists(whenAlways('refused')),
  'token cycle': inLists(whenAlways('refused')),
  'foreign token': inLists('refused'),
  'token of wrong type': inLists('refused'),

  'unknown status': 'keeps more',
  'unknown field': 'keeps more',

  slow: whenAlways('late'),
  frozen: whenAlways('late'),
};

function decided(rule: Rule, read: Read, when: When): Outcome {
  return typeof rule === 'function' ? rule(read, when) : rule;
}

export function outcomeOf(kind: FaultKind, read: Read, when: When): Outcome {
  return decided(RULES[kind], read, when);
}
