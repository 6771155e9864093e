import type { Environment, Revision } from '../../lib/contract/arn';
import {
  type Backlog,
  type Examined,
  type FamilyPlan,
  type NotExamined,
  PLAN_VERSION,
  type PrunePlan,
  type PruneReason,
  type Verdict,
} from '../../lib/contract/prune-plan';
import type { PruneRequest } from '../../lib/contract/prune-request';
import type { PruneRuleSettings, PruneSettings } from '../../lib/contract/prune-settings';
import { DAY, iso, MINUTE, SECOND } from '../clock';
import type { FamilyAges } from './ages';
import { type Announcements, announcedSince } from './announcements';
import type { Inventory } from './inventory';
import type { RevisionFacts } from './ports';
import type { References } from './references/references';
import { scopeOf } from './scope';
import { isOldEnough, type Standing, standing } from './standing';

/** Everything a plan is made of. The same input gives the same plan, byte for byte. */
export interface PlanInput {
  readonly at: number;
  readonly environment: Environment;
  readonly settings: PruneSettings;
  readonly request: PruneRequest;
  readonly inventory: Inventory;
  readonly references: References;
  readonly ages: ReadonlyMap<string, FamilyAges>;
  /** What was read of a revision itself, if it was. */
  readonly facts: (family: string, revision: number) => RevisionFacts | undefined;
  readonly announcements: Announcements;
  readonly examined: readonly Examined[];
  readonly notExamined: readonly NotExamined[];
  readonly refusals: readonly string[];
  /** The families go as a whole, with the stack that owns them. */
  readonly retiring?: boolean;
}

/** A family that registers more than this many revisions a day is worth a word. */
const MANY_A_DAY = 50;
/** Of a tick’s quarter of an hour, listing, planning and the last half minute are not spent acting: as bench/pace measures it. */
const SHARE_OF_TIME_ACTING = 0.85;
const UNREAD = {
  age: ['age not read yet'],
  tags: ['tags not read yet'],
  both: ['age not read yet', 'tags not read yet'],
} as const;

/** Gives every revision one verdict. The keep rules come first, doubt keeps, and the destructive line is the last. */
export function planPruning(input: PlanInput): PrunePlan {
  const { at, environment, settings, request, inventory, examined, notExamined, refusals } = input;
  const isoOf = remembered(iso);
  const families = inventory.families().map((family) => planFamily(family, input, isoOf));
  const byReason: Partial<Record<PruneReason, number>> = {};
  for (const { verdicts } of families) {
    for (const { reason, count } of verdicts) byReason[reason] = (byReason[reason] ?? 0) + count;
  }
  return {
    version: PLAN_VERSION,
    at: iso(at),
    ...environment,
    settings,
    ...(Object.keys(request).length > 0 ? { request } : {}),
    examined,
    notExamined,
    refusals,
    warnings: warnings(input),
    totals: { families: families.length, revisions: inventory.size, byReason },
    backlog: backlog(families, settings, at),
    families,
  };
}

/** The plan of one family after the other, for whoever needs not all of them. */
export function* familyPlans(input: PlanInput): Generator<FamilyPlan, void> {
  const isoOf = remembered(iso);
  for (const family of input.inventory.families()) yield planFamily(family, input, isoOf);
}

function planFamily(family: string, input: PlanInput, isoOf: typeof iso): FamilyPlan {
  const revisions = input.inventory.revisions(family);
  const scope = scopeOf(family, input.settings, input.request);
  if ('out' in scope) {
    const out: Judged = { reason: 'out-of-scope', evidence: [scope.out] };
    return { family, verdicts: inRuns(revisions, () => out, isoOf) };
  }
  const rule = input.settings.rules[scope.rule] as PruneRuleSettings;
  const judged = (revision: number, index: number) => {
    const known = standing(family, revisions, index, rule.keepLatest, input.references, input.retiring);
    return judge({ family, revision }, rule, known, input);
  };
  return { family, rule: scope.rule, verdicts: inRuns(revisions, judged, isoOf) };
}

interface Judged extends Standing {
  readonly since?: number;
}

/** One verdict for neighbours that are judged alike; no family is without a revision. A million of them may be: nothing is built but what is kept. */
function inRuns(
  revisions: readonly number[],
  judged: (revision: number, index: number) => Judged,
  isoOf: typeof iso,
): Verdict[] {
  const verdict = (first: number, last: number, { reason, evidence, since }: Judged): Verdict => {
    const from = revisions[first] as number;
    const to = revisions[last] as number;
    const count = last - first + 1;
    const action = reason === 'superseded' ? 'deregister' : 'keep';
    // Most stay for a plain reason: an object without room for more is a fifth smaller.
    if (evidence === undefined && since === undefined) return { from, to, count, reason, action };
    return { from, to, count, reason, evidence, action, since: since === undefined ? undefined : isoOf(since) };
  };
  const verdicts: Verdict[] = [];
  let first = 0;
  let current = judged(revisions[0] as number, 0);
  for (let index = 1; index < revisions.length; index += 1) {
    const next = judged(revisions[index] as number, index);
    if (!alike(current, next)) {
      verdicts.push(verdict(first, index - 1, current));
      first = index;
    }
    current = next;
  }
  verdicts.push(verdict(first, revisions.length - 1, current));
  // A list that grew has room for more than it holds.
  return verdicts.slice();
}

/** Few instants, told of many families: each text is made once. */
function remembered(text: typeof iso): typeof iso {
  const known = new Map<number, string>();
  return (at) => {
    const made = known.get(at) ?? text(at);
    known.set(at, made);
    return made;
  };
}

/** The rules that ask the revision itself, and then the notice period. */
function judge({ family, revision }: Revision, rule: PruneRuleSettings, known: Standing | undefined, input: PlanInput): Judged {
  if (known?.reason === 'newest' || known?.reason === 'referenced') return known;
  const { settings, at } = input;
  const facts = input.facts(family, revision);
  if (facts?.tagKeys.includes(settings.keepTag)) return { reason: 'opted-out', evidence: [`tag ${settings.keepTag}`] };
  if (known) return known;
  const ages = input.ages.get(family);
  const old = ages !== undefined && revision <= ages.oldUpTo;
  if (!old && (ages === undefined || ages.complete)) return { reason: 'too-young' };
  // What was read of the revision itself outweighs what its place in the family tells.
  if (facts && !isOldEnough(facts, rule, at)) return { reason: 'too-young' };
  const unread = old ? (facts ? undefined : UNREAD.tags) : facts ? UNREAD.age : UNREAD.both;
  const evidence = unread && { evidence: unread };
  const since = announcedSince(input.announcements, family, revision) ?? at;
  if (at - since < settings.noticePeriodMinutes * MINUTE) return { reason: 'announced', since, ...evidence };
  return { reason: 'superseded', since, ...evidence };
}

function alike(a: Judged, b: Judged): boolean {
  if (a.reason !== b.reason || a.since !== b.since) return false;
  return a.evidence === b.evidence || a.evidence?.join('\n') === b.evidence?.join('\n');
}

function backlog(families: readonly FamilyPlan[], settings: PruneSettings, at: number): Backlog {
  const waiting = families.flatMap(({ verdicts }) => verdicts).filter(({ since }) => since !== undefined);
  const of = (reason: PruneReason) =>
    waiting.reduce((sum, verdict) => sum + (verdict.reason === reason ? verdict.count : 0), 0);
  const counts = { due: of('superseded'), announced: of('announced') };
  const all = counts.due + counts.announced;
  if (all === 0 || settings.mode === 'PLAN') return counts;
  const notice = settings.noticePeriodMinutes * MINUTE;
  const dueAt = waiting.map(({ since }) => Date.parse(since as string) + notice).sort((a, b) => a - b);
  const work = (all / (settings.actionsPerSecond * SHARE_OF_TIME_ACTING)) * SECOND;
  const start = Math.max(at, dueAt[0] as number);
  return { ...counts, doneBy: iso(Math.max(start + work, dueAt.at(-1) as number)) };
}

function warnings({ inventory, ages, settings, request }: PlanInput): string[] {
  const found =
    inventory.unreadable > 0 ? [`${inventory.unreadable} ARNs in the list of revisions could not be read and are kept`] : [];
  for (const [family, { oldUpTo, complete }] of ages) {
    const scope = scopeOf(family, settings, request);
    if (!complete || 'out' in scope) continue;
    const { minAgeMinutes } = settings.rules[scope.rule] as PruneRuleSettings;
    const young = inventory.revisions(family).filter((revision) => revision > oldUpTo).length;
    const aDay = young / ((minAgeMinutes * MINUTE) / DAY);
    // A rule that asks for no age tells nothing of how fast they come.
    if (minAgeMinutes > 0 && aDay > MANY_A_DAY)
      found.push(`family ${family} registers about ${Math.round(aDay)} revisions a day`);
  }
  return found;
}
