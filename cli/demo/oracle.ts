import { parseRevision, type Revision, revisionName } from '../../lib/contract/arn';
import { matchesFamily } from '../../lib/contract/family-pattern';
import type { PrunePlan, Verdict } from '../../lib/contract/prune-plan';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { ALL_REFERRERS, REFERRERS } from '../../lib/contract/referrers';
import type { DestructiveCall } from '../../simulator/call-log';
import type { PinOfKind } from './simulated-aws';

const MINUTE = 60_000;
const MOST_EXAMPLES = 3;

/** Something that must not have happened, and how often it did. */
export interface Finding {
  /** Continues "0 deregistrations …" or "0 revisions …". */
  readonly what: string;
  readonly examples: readonly string[];
  readonly found: number;
}

/**
 * Judges every deregistration by the account's own log, which holds the world as it stood at that instant. It knows the
 * documents that the pruner wrote, and nothing of how it decided.
 */
export function judgeActs(
  acts: readonly DestructiveCall[],
  plans: readonly PrunePlan[],
  { rules, keepTag, noticePeriodMinutes, exceptFamilies }: PruneSettings,
): readonly Finding[] {
  const [rule] = rules;
  const { keepLatest = 0, minAgeMinutes = 0 } = rule ?? {};
  const announced = plans.map(({ at, families }) => ({ at: Date.parse(at), revisions: announcedIn(families) }));
  const those = (what: string, wrong: (act: DestructiveCall) => boolean): Finding => finding(what, acts.filter(wrong));
  return [
    those('of a revision that anything referred to', ({ referencedBy }) => referencedBy.length > 0),
    those('of the newest ACTIVE revision of a family', ({ newestActive }) => newestActive),
    those(`of one of the ${keepLatest} newest of a family`, ({ newerActive }) => newerActive < keepLatest),
    those(`of a revision younger than ${minAgeMinutes / 60 / 24} days`, ({ ageMinutes }) => ageMinutes < minAgeMinutes),
    those(`of a revision tagged ${keepTag}`, ({ tags }) => tags.includes(keepTag)),
    those('in a family that the settings except', ({ family }) =>
      exceptFamilies.some((pattern) => matchesFamily(pattern, family)),
    ),
    those(`of a revision not announced ${noticePeriodMinutes / 60} h before, and ever since`, (act) => {
      const before = announced.filter(({ at }) => at <= act.at).reverse();
      const since = before.findIndex(({ revisions }) => !holds(revisions, act));
      const oldest = before.slice(0, since < 0 ? before.length : since).at(-1);
      return oldest === undefined || act.at - oldest.at < noticePeriodMinutes * MINUTE;
    }),
    those('of a revision that was not ACTIVE', ({ statusBefore }) => statusBefore !== 'ACTIVE'),
  ];
}

/** The same, by what the services around ECS know of themselves: nobody changes that while the pruner is at work. */
export function judgePins(acts: readonly DestructiveCall[], pins: readonly PinOfKind[]): readonly Finding[] {
  const needed = pins.flatMap((pin) => {
    const revision = parseRevision(pin.taskDefinition);
    return revision ? [{ ...pin, name: revisionName(revision), family: revision.family }] : [];
  });
  const held = new Set(needed.filter(({ holdsFamily }) => holdsFamily).map(({ family }) => family));
  return [
    ...ALL_REFERRERS.map((kind) => {
      const names = new Set(needed.filter((pin) => pin.kind === kind).map(({ name }) => name));
      return finding(
        `of a revision pinned by ${REFERRERS[kind].name}`,
        acts.filter((act) => names.has(revisionName(act))),
      );
    }),
    finding(
      'in a family whose stack is in the middle of an update',
      acts.filter(({ family }) => held.has(family)),
    ),
  ];
}

/** The ACTIVE revisions that a plan does not give exactly one verdict with a reason. */
export function judgeVerdicts(active: readonly Revision[], plan: PrunePlan): Finding {
  const families = new Map(plan.families.map(({ family, verdicts }) => [family, verdicts]));
  const without = active.filter((revision) => {
    const verdicts = families.get(revision.family)?.filter((verdict) => covers(verdict, revision)) ?? [];
    return verdicts.length !== 1 || !verdicts[0]?.reason;
  });
  return finding('without exactly one verdict and its reason', without);
}

function finding(what: string, wrong: readonly Revision[]): Finding {
  return { what, found: wrong.length, examples: wrong.slice(0, MOST_EXAMPLES).map(revisionName) };
}

type Announced = ReadonlyMap<string, readonly Verdict[]>;

function announcedIn(families: PrunePlan['families']): Announced {
  return new Map(
    families.map(({ family, verdicts }) => [
      family,
      verdicts.filter(({ reason }) => reason === 'announced' || reason === 'superseded'),
    ]),
  );
}

function holds(announced: Announced, revision: Revision): boolean {
  return announced.get(revision.family)?.some((verdict) => covers(verdict, revision)) ?? false;
}

function covers({ from, to }: Verdict, { revision }: Revision): boolean {
  return revision >= from && revision <= to;
}
