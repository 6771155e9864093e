import { type Environment, formatTaskDefinitionArn, parseTaskDefinitionArn } from '../../lib/contract/arn';
import type { LateReference } from '../../lib/contract/prune-events';
import { type PruneSettings, SETTINGS_VERSION } from '../../lib/contract/prune-settings';
import type { ListedReferrer } from '../../lib/contract/referrers';
import type { StackPruneSettings } from '../../lib/contract/stack-prune-settings';
import { STACK_REASONS, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import { type Clock, MINUTE, SECOND } from '../clock';
import { errorText } from '../error-text';
import { inTime } from '../in-time';
import { IncompleteScan } from '../incomplete-scan';
import { type ActResult, act } from '../revisions/act';
import { actOrder } from '../revisions/act-order';
import { Deregistration } from '../revisions/deregistration';
import type { EcsReader, TaskDefinitions } from '../revisions/ports';
import { ReferenceWatch } from '../revisions/reference-watch';
import { Elsewhere } from '../revisions/references/elsewhere';
import type { ServiceReads } from '../revisions/references/referrer';
import { acted, nothing, type PruneReport } from '../revisions/report';
import { scopeOf } from '../revisions/scope';
import { type Survey, survey } from '../revisions/survey';
import { type Act, verify } from '../revisions/verify';
import type { StackReporter, Stacks } from './ports';
import { type DeleteRequest, lookAtStack, type StackLookOptions, StackWatch } from './stack-look';
import { publishStackRun } from './stack-report';
import { scanForStack } from './stack-scan';

export interface PruneForStackOptions {
  readonly settings: StackPruneSettings;
  readonly request: DeleteRequest & { readonly taskDefinitions: readonly string[] };
  /** The name under which this pruner reports. */
  readonly pruner: string;
  readonly stacks: Stacks;
  readonly definitions: TaskDefinitions;
  readonly ecs: EcsReader;
  /** Those beside ECS that may refer to revisions, as far as they are asked. */
  readonly services: (kind: ListedReferrer) => ServiceReads;
  readonly reporter: StackReporter;
  readonly clock: Clock;
}

/** Acts end so long before a run does (`act` sends no call in the last half minute). */
const AFTER_LAST_CALL = 30 * SECOND;
/** Looks at single revisions leave a minute of the reading for what comes after them; `survey` itself leaves three more. */
const SURVEY_BEYOND_READS = 2 * MINUTE;

/**
 * What follows a request to delete: nothing, unless the stack says that its update is over and cannot be taken back, or,
 * where the removal policy says so, that it is being deleted. Then one run, like every other: read, plan, act, report.
 *
 * Never throws: a prune that failed is told, and the stack goes on.
 *
 * @returns what came of it, in words
 */
export async function pruneForStack(options: PruneForStackOptions): Promise<string> {
  const { clock, reporter, request, settings, ecs } = options;
  const began = clock.now();
  const readsEnd = began + STACK_SECONDS.reads * SECOND;
  const look: StackLookOptions = { ...options, removalPolicy: settings.removalPolicy };
  let report: PruneReport;
  const sent: Act[] = [];
  try {
    const verdict = await inTime(lookAtStack(look), readsEnd, clock, 'the stack');
    const { taskDefinitions } = request;
    const families = familiesOf(options);
    const renamed = familiesIn(taskDefinitions, options.definitions.environment).filter((family) => !families.includes(family));
    if (verdict.act === 'nothing' || families.length === 0) {
      const reason = verdict.act === 'nothing' ? verdict.reason : 'other-families';
      reporter.info('Left task definition revisions alone', { reason, why: STACK_REASONS[reason], taskDefinitions, renamed });
      reporter.passedOver(reason);
      return STACK_REASONS[reason];
    }
    if (renamed.length > 0) reporter.info('Left families alone that the settings do not name', { families: renamed });
    const retiring = verdict.act === 'prune-on-delete';
    report = await run(options, families, retiring, new StackWatch(look, verdict.reason, clock), readsEnd, sent);
  } catch (error) {
    ecs.abandon();
    const ended =
      error instanceof IncompleteScan
        ? nothing('refused', 'refused', [`a read was not complete: ${error.message}`])
        : nothing('failed', 'failed', [errorText(error)]);
    // What was sent was sent, whatever came after it.
    report = { ...ended, deregistered: sent.length };
  }
  const { environment } = options.definitions;
  await publishStackRun(report, { environment, pruner: options.pruner, began, ended: clock.now() }, reporter, clock);
  return `deregistered ${report.deregistered} task definition revisions; ${[report.ended, ...report.refusals].join('; ')}`;
}

async function run(
  options: PruneForStackOptions,
  families: readonly string[],
  retiring: boolean,
  stop: StackWatch,
  readsEnd: number,
  sent: Act[],
): Promise<PruneReport> {
  const { definitions, clock, stacks, ecs, request, services } = options;
  const settings = pruneSettings(options.settings, families, retiring);
  const { stackId, logicalId } = request;
  const { keepSuccessfulDeployments } = settings;
  const elsewhere = new Elsewhere({ settings: options.settings, environment: definitions.environment, services, clock });
  const scan = () => scanForStack({ stacks, ecs, elsewhere, clock, stackId, logicalId, keepSuccessfulDeployments, retiring });
  const surveyed = survey({
    settings,
    request: {},
    definitions,
    scan,
    announcements: { spans: new Map(), ages: new Map() },
    sightings: [],
    clock,
    deadline: readsEnd + SURVEY_BEYOND_READS,
    retiring,
  });
  const found = await inTime(surveyed, readsEnd, clock, 'reading');
  const late: LateReference[] = [];
  const result = await actOn(options, settings, found, { retiring, stop, scan, late, sent });
  return { ...acted(result, definitions.throttles().total), plan: found.plan, late };
}

async function actOn(
  { definitions, clock, ecs, reporter, stacks }: PruneForStackOptions,
  settings: PruneSettings,
  { plan, inventory, scan }: Survey,
  how: {
    readonly retiring: boolean;
    readonly stop: StackWatch;
    readonly scan: () => ReturnType<typeof scanForStack>;
    readonly late: LateReference[];
    readonly sent: Act[];
  },
): Promise<ActResult> {
  // No run comes after this one: an act is held against the scans beside the later acts, and no further.
  let open: readonly Act[] = [];
  const seen = async (scanned: Survey['scan']) => {
    const { pending, late } = verify(open, scanned);
    open = pending;
    how.late.push(...late);
  };
  const watch = new ReferenceWatch(scan, how.scan, seen, clock);
  const deadline = clock.now() + STACK_SECONDS.acts * SECOND + AFTER_LAST_CALL;
  try {
    const acting = act({
      due: actOrder(plan.families, 'superseded', inventory),
      settings,
      ruleOf: (family) => ('rule' in scopeOf(family, settings, {}) ? settings.rules[0] : undefined),
      definitions,
      deregistration: new Deregistration(plan, definitions),
      watch,
      stop: how.stop,
      clock,
      deadline,
      mostActs: Number.POSITIVE_INFINITY,
      reporter,
      retiring: how.retiring,
      // Another stack may own a family of the same name: a stack that was renamed, or the one that takes this one's place.
      lastLook: async (revision) => {
        const owner = await stacks.ownerOf(formatTaskDefinitionArn(definitions.environment, revision));
        return owner === undefined ? undefined : 'not-managed';
      },
      sent: (sent) => {
        open = [...open, sent];
        how.sent.push(sent);
      },
    });
    return await inTime(acting, deadline, clock, 'acting');
  } finally {
    ecs.abandon();
    watch.close();
  }
}

/** The run's own settings: a stack announces nothing, its update is the announcement. */
function pruneSettings(settings: StackPruneSettings, families: readonly string[], retiring: boolean): PruneSettings {
  const { keepLatest, minAgeMinutes, keepSuccessfulDeployments, actionsPerSecond, keepTag } = settings;
  return {
    version: SETTINGS_VERSION,
    mode: 'DEREGISTER',
    // A family that goes with its stack goes whatever its age.
    rules: [{ families, keepLatest, minAgeMinutes: retiring ? 0 : minAgeMinutes }],
    exceptFamilies: [],
    keepSuccessfulDeployments,
    noticePeriodMinutes: 0,
    actionsPerSecond,
    keepTag,
  };
}

/** The families that both the request and the settings name. */
function familiesOf({ settings, request, definitions }: PruneForStackOptions): string[] {
  return familiesIn(request.taskDefinitions, definitions.environment).filter((family) => settings.families.includes(family));
}

function familiesIn(arns: readonly string[], { partition, account, region }: Environment): string[] {
  const families = new Set<string>();
  for (const arn of arns) {
    const parsed = parseTaskDefinitionArn(arn);
    const here = parsed?.partition === partition && parsed.account === account && parsed.region === region;
    if (here) families.add(parsed.family);
  }
  return [...families].sort();
}
