import type { Revision } from '../../lib/contract/arn';
import type { FamilyPlan, PrunePlan, PruneReason } from '../../lib/contract/prune-plan';
import type { PruneRequest } from '../../lib/contract/prune-request';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { type Clock, MINUTE } from '../clock';
import { actOrder } from './act-order';
import { type FamilyAges, readAges } from './ages';
import type { Announcements, KnownAge } from './announcements';
import { Descriptions } from './descriptions';
import { refusals, type Sighting } from './guards';
import type { Inventory } from './inventory';
import { isBatchOwned } from './owners';
import { familyPlans, type PlanInput, planPruning } from './plan';
import type { RevisionFacts, TaskDefinitions } from './ports';
import type { ReferenceScan } from './references/scan';
import type { StackOwners } from './references/stack-owners';
import { familiesToList, scopeOf } from './scope';
import { candidates } from './standing';

/** Tags come with a look at the revision itself: these many of the next candidates are looked at for a plan. */
const TAGS_READ_AHEAD = 400;
/** CloudFormation is asked about these many of the next candidates: it allows few calls, and is asked again before each act. */
const OWNERS_ASKED_AHEAD = 100;

/** Where CloudFormation lets itself be asked so seldom that this takes longer, the time is better spent on acting. */
const OWNERS_ASKED_FOR = 2 * MINUTE;

/** Reads of single revisions for a plan end this long before the run must be over. */
const LEFT_FOR_THE_REST = 3 * MINUTE;

export interface SurveyOptions {
  readonly settings: PruneSettings;
  readonly request: PruneRequest;
  readonly definitions: TaskDefinitions;
  /** One complete look at everything that may need a revision. */
  readonly scan: () => Promise<ReferenceScan>;
  /** Whom CloudFormation is asked about; not the pruner of a stack, which knows its owner. */
  readonly owners?: StackOwners;
  readonly announcements: Announcements;
  readonly sightings: readonly Sighting[];
  readonly clock: Clock;
  readonly deadline: number;
  /** The families go as a whole, with the stack that owns them. */
  readonly retiring?: boolean;
}

export interface Survey {
  readonly plan: PrunePlan;
  readonly inventory: Inventory;
  readonly scan: ReferenceScan;
  readonly sighting: Sighting;
  readonly ages: ReadonlyMap<string, KnownAge>;
}

/**
 * Reads the world whole, and plans on it. Changes nothing.
 *
 * @throws IncompleteScan when any one read did not give everything
 */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { settings, request, definitions, announcements, sightings, clock, deadline, retiring, owners } = options;
  const at = clock.now();
  // The list first: who refers to a revision is asked after it was found.
  const inventory = await definitions.active(familiesToList(settings, request));
  const scan = await options.scan();
  const descriptions = new Descriptions(definitions, clock, deadline - LEFT_FOR_THE_REST);
  const ages = await readAllAges(options, inventory, scan, descriptions, at);
  const sighting = { at, clusters: scan.clusters, services: scan.services };
  const input: PlanInput = {
    at,
    environment: definitions.environment,
    settings,
    request,
    inventory,
    references: scan.references,
    ages,
    facts: (family, revision) => descriptions.facts(family, revision),
    announcements,
    examined: scan.examined,
    notExamined: scan.notExamined,
    refusals: refusals(sighting, sightings, settings.noticePeriodMinutes * MINUTE),
    ...(retiring ? { retiring } : {}),
  };
  const ahead = await readTagsAhead(input, descriptions);
  if (owners) {
    const until = Math.min(clock.now() + OWNERS_ASKED_FOR, deadline - LEFT_FOR_THE_REST);
    await askOwnersAhead(ahead, owners, input, () => clock.now() < until);
  }
  for (const facts of descriptions.all()) {
    if (isBatchOwned(facts)) {
      scan.references.hold(facts.family, { reason: 'not-managed', evidence: 'registered by AWS Batch' });
    }
  }
  const plan = planPruning({
    ...input,
    examined: [...scan.examined, ...(owners?.examined ?? [])],
    notExamined: [...(owners?.notExamined ?? []), ...scan.notExamined],
  });
  return { plan, inventory, scan, sighting, ages: knownAges(ages) };
}

async function readAllAges(
  { settings, request, announcements, retiring }: SurveyOptions,
  inventory: Inventory,
  { references }: ReferenceScan,
  descriptions: Descriptions,
  at: number,
): Promise<Map<string, FamilyAges>> {
  const ages = new Map<string, FamilyAges>();
  for (const family of inventory.families()) {
    const scope = scopeOf(family, settings, request);
    const rule = 'rule' in scope ? settings.rules[scope.rule] : undefined;
    if (!rule) continue;
    const open = candidates(family, inventory.revisions(family), rule.keepLatest, references, retiring);
    if (open.length === 0) continue;
    const cutoff = at - rule.minAgeMinutes * MINUTE;
    ages.set(family, await readAges(family, open, cutoff, announcements.ages.get(family), descriptions));
  }
  return ages;
}

/** A first plan tells which revisions go next; these are looked at, and the plan is made again. Gives those that may go still. */
async function readTagsAhead(input: PlanInput, descriptions: Descriptions): Promise<Revision[]> {
  const ahead = next(input, TAGS_READ_AHEAD);
  for (const revision of ahead) {
    if (!descriptions.affordable) break;
    await descriptions.read(revision);
  }
  return ahead.filter(({ family, revision }) => !stays(descriptions.facts(family, revision), input.settings));
}

function stays(facts: RevisionFacts | undefined, { keepTag }: PruneSettings): boolean {
  return facts !== undefined && (facts.tagKeys.includes(keepTag) || isBatchOwned(facts));
}

async function askOwnersAhead(
  ahead: readonly Revision[],
  owners: StackOwners,
  { references, inventory }: PlanInput,
  affordable: () => boolean,
): Promise<void> {
  for (const revision of ahead.slice(0, OWNERS_ASKED_AHEAD)) {
    if (!affordable()) return;
    if (references.holdOn(revision.family)) continue;
    const claim = await owners.claimOn(revision, inventory.newest(revision.family) as number);
    if (claim?.claims === 'family') references.hold(revision.family, { reason: 'referenced', evidence: claim.evidence });
    else if (claim) references.add(revision, claim.evidence);
  }
}

/** Those that go next, by a plan on what is known so far: made of no more families than it takes, of which none has a second turn before all had one. */
function next(input: PlanInput, count: number): Revision[] {
  const [due, announced]: [FamilyPlan[], FamilyPlan[]] = [[], []];
  for (const plan of familyPlans(input)) {
    if (has(plan, 'superseded')) due.push(plan);
    if (announced.length < count && has(plan, 'announced')) announced.push(plan);
    if (due.length === count) break;
  }
  const { inventory } = input;
  return first([actOrder(due, 'superseded', inventory), actOrder(announced, 'announced', inventory)], count);
}

function has({ verdicts }: FamilyPlan, wanted: PruneReason): boolean {
  return verdicts.some(({ reason }) => reason === wanted);
}

function first(orders: readonly Iterable<Revision>[], count: number): Revision[] {
  const found: Revision[] = [];
  for (const order of orders) {
    for (const revision of order) {
      if (found.length === count) return found;
      found.push(revision);
    }
  }
  return found;
}

function knownAges(ages: ReadonlyMap<string, FamilyAges>): Map<string, KnownAge> {
  const known = new Map<string, KnownAge>();
  for (const [family, { newestOld }] of ages) if (newestOld) known.set(family, newestOld);
  return known;
}
