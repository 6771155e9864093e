import { createHash } from 'node:crypto';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { narrows, type PruneRequest } from '../../lib/contract/prune-request';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import type { ListedReferrer } from '../../lib/contract/referrers';
import { CLOCKS_DIFFER, type Clock, DAY, iso, MINUTE, SECOND } from '../clock';
import { errorText } from '../error-text';
import { inTime } from '../in-time';
import { IncompleteScan } from '../incomplete-scan';
import {
  type KeptAnnouncements,
  type PrunerState,
  readAnnouncements,
  readState,
  unusableDocument,
  writeAnnouncements,
  writePlan,
  writeResult,
  writeState,
} from '../ledger/documents';
import type { Ledger } from '../ledger/ledger';
import { Turn } from '../ledger/turn';
import { type ActResult, act } from './act';
import { actOrder } from './act-order';
import { type Announcements, announcementsOf, firstDue } from './announcements';
import { Deregistration } from './deregistration';
import { remember } from './guards';
import { Journal } from './journal';
import type { EcsReader, Reporter, TaskDefinitions } from './ports';
import { ReferenceWatch } from './reference-watch';
import { Elsewhere } from './references/elsewhere';
import type { ServiceReads } from './references/referrer';
import { type ReferenceScan, scanReferences } from './references/scan';
import { type OwningStacks, StackOwners } from './references/stack-owners';
import { acted, nothing, type PruneReport, publish } from './report';
import { scopeOf } from './scope';
import { StopSign } from './stop-sign';
import { type Survey, survey } from './survey';

export interface PruneOptions {
  readonly settings: PruneSettings;
  readonly request: PruneRequest;
  /** The name under which this pruner reports. */
  readonly pruner: string;
  readonly definitions: TaskDefinitions;
  readonly ecs: EcsReader;
  /** Those beside ECS that may refer to revisions, as far as they are asked. */
  readonly services: (kind: ListedReferrer) => ServiceReads;
  readonly stacks: OwningStacks;
  readonly ledger: Ledger;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /** When the run must be over (milliseconds since 1970). */
  readonly deadline: number;
}

/** Reading that has not ended so long before the run must be over is given up, so that the run is told of. */
const LEFT_TO_TELL = 30 * SECOND;

/** A plan is made anew at least this often, so that what has become old enough is announced. */
const PLAN_EVERY = DAY;

/**
 * One run: looks whether there is anything to do, reads the world, plans, announces, lets go what is due, verifies and
 * reports. Any prefix of it is safe, and the next run goes on where it ended.
 *
 * A fault ends the run as `failed`, reported like every other; the caller throws it, so that alarms see it.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  const { clock, settings, reporter, pruner, definitions } = options;
  const began = clock.now();
  const { report, journal } = await attempt(options).catch(failed);
  const run = { environment: definitions.environment, pruner, mode: settings.mode, began, ended: clock.now() };
  await publish(report, run, reporter);
  try {
    await journal?.told(report.late);
  } catch (error) {
    reporter.warn('The next run tells again what turned out late', { error: errorText(error) });
  }
  return report;
}

/** Whether a tick can go home: planned not long ago with these settings, nothing due, nothing to verify. */
export function isIdle(state: PrunerState | undefined, settings: PruneSettings, now: number): boolean {
  if (!state || state.settings !== digest(settings) || now - state.plannedAt >= PLAN_EVERY) return false;
  const due = settings.mode === 'DEREGISTER' && state.dueAt !== undefined && state.dueAt <= now;
  return !due && !(state.verifyAt !== undefined && state.verifyAt <= now);
}

/** What a run came to, and what still waits to be told of. */
interface Attempted {
  readonly report: PruneReport;
  readonly journal?: Journal;
}

async function attempt(options: PruneOptions): Promise<Attempted> {
  const { settings, request, ledger, clock, deadline, definitions } = options;
  const state = ofThePast(await readState(ledger, definitions.environment), clock.now());
  if (!narrows(request) && isIdle(state, settings, clock.now())) return { report: nothing('idle', 'nothing is due') };
  const turn = await Turn.take(ledger, clock.now(), deadline);
  if (!turn) return { report: nothing('busy', 'another run is at work') };
  const attempted = await run(options, state, turn).catch(failed);
  try {
    await turn.giveBack();
  } catch (error) {
    // What was done is told all the same; the turn lapses by itself.
    const { report } = attempted;
    return { ...attempted, report: { ...report, outcome: 'failed', refusals: [...report.refusals, errorText(error)] } };
  }
  return attempted;
}

function failed(error: unknown): Attempted {
  if (error instanceof IncompleteScan) {
    return { report: nothing('refused', 'refused', [`a read was not complete: ${error.message}`]) };
  }
  return { report: nothing('failed', 'failed', [errorText(error)]) };
}

async function run(options: PruneOptions, state: PrunerState | undefined, turn: Turn): Promise<Attempted> {
  const { settings, request, ledger, clock, deadline, definitions } = options;
  const { environment } = definitions;
  const stop = new StopSign(ledger, clock);
  if (await stop.isUp()) return { report: nothing('refused', 'refused', [STOPPED]) };
  const announcements = believed(await readAnnouncements(ledger, environment), state, clock.now());
  const looks = looksOf(options);
  const surveyed = survey({ ...options, ...looks, announcements, sightings: state?.sightings ?? [] });
  const found = await inTime(surveyed, deadline - LEFT_TO_TELL, clock, 'reading');
  const { plan } = found;
  const journal = await Journal.open(ledger, environment, clock.now());
  await journal.settle(definitions);
  await journal.verify(found.scan);
  const planKey = await writePlan(ledger, plan);
  const next = await announce(options, state, found, announcements, journal);
  if (!next) return { report: { ...nothing('refused', 'refused', [OVERTAKEN]), plan, planKey } };
  const planned = { plan, planKey, late: journal.late };
  if (plan.refusals.length > 0 || settings.mode === 'PLAN' || request.planOnly) {
    await journal.close();
    const ended = plan.refusals.length > 0 ? nothing('refused', 'refused', plan.refusals) : nothing('done', 'planned only');
    return { report: { ...ended, ...planned }, journal };
  }

  const result = await actOnPlan(options, found, looks, stop, journal);
  const report = { ...acted(result, definitions.throttles().total), ...planned };
  const allDone = result.ended === 'nothing left' && !narrows(request);
  const dueAt = allDone ? firstDue(next.announced, noticeOf(settings), clock.now()) : next.dueAt;
  try {
    await journal.close();
    // Whoever has taken over knows better.
    if (!(await turn.isTakenOver())) await writeState(ledger, environment, { ...next, dueAt, verifyAt: journal.verifyAt() });
    await writeResult(ledger, plan.at, result);
  } catch (error) {
    // What was done is done, and is told, even where it could not be kept.
    return { report: { ...report, outcome: 'failed', refusals: [errorText(error)] }, journal };
  }
  return { report, journal };
}

const STOPPED = 'the ledger holds a stop object: remove it to go on';
const OVERTAKEN = `ledger, ${LEDGER.announcements}: has changed since this run read it: another run is at work, and the next reads it anew`;

/**
 * A notice counts only as far as the ledger can vouch that every plan since has agreed, and that scans of that time are
 * remembered, against which this one is held.
 *
 * @throws LedgerError when a plan was made since, and what it announced and withdrew is not there
 */
function believed(announcements: KeptAnnouncements, state: PrunerState | undefined, now: number): KeptAnnouncements {
  // A state that tells of no plan was begun by a run that made none, and vouches for nothing.
  if (!state?.plannedAt || !ofThePast(announcements, now)) return { ...announcements, spans: new Map() };
  if (announcements.plannedAt !== undefined && announcements.plannedAt < state.plannedAt) {
    const why = `is of ${iso(announcements.plannedAt)}, older than the last plan that ${LEDGER.state} tells of`;
    throw unusableDocument(LEDGER.announcements, why);
  }
  return announcements;
}

/** What a clock wrote that was ahead is as good as missing: waiting for its time could take for ever. */
function ofThePast<Written extends { readonly plannedAt?: number }>(
  found: Written | undefined,
  now: number,
): Written | undefined {
  return (found?.plannedAt ?? 0) <= now + CLOCKS_DIFFER ? found : undefined;
}

/**
 * Keeps what the next tick needs. Only a whole plan that nothing refuses announces or withdraws.
 *
 * @returns `undefined` when another run has announced meanwhile
 */
async function announce(
  { settings, request, ledger, definitions }: PruneOptions,
  state: PrunerState | undefined,
  { plan, sighting, ages }: Survey,
  before: KeptAnnouncements,
  journal: Journal,
): Promise<(PrunerState & { readonly announced: Announcements }) | undefined> {
  const counts = !narrows(request) && plan.refusals.length === 0;
  const announced: Announcements = counts ? announcementsOf(plan, ages, before) : before;
  // Never before the last plan: a clock may step back, and a run that is killed in between leave what looks like an old document.
  const plannedAt = counts ? Math.max(sighting.at, state?.plannedAt ?? 0) : (state?.plannedAt ?? 0);
  // Announcements before the state: a crash between the two makes the next tick plan again, and nothing worse.
  if (counts) {
    const { environment } = definitions;
    const made = { plannedAt, after: before.unchanged };
    if (!(await writeAnnouncements(ledger, environment, announced, made))) return undefined;
  }
  const next = {
    settings: counts ? digest(settings) : (state?.settings ?? ''),
    plannedAt,
    dueAt: firstDue(announced, noticeOf(settings)),
    verifyAt: journal.verifyAt(),
    sightings: remember(sighting, state?.sightings ?? [], noticeOf(settings)),
  };
  await writeState(ledger, definitions.environment, next);
  return { ...next, announced };
}

async function actOnPlan(
  options: PruneOptions,
  { plan, inventory, scan }: Survey,
  looks: Looks,
  stop: StopSign,
  journal: Journal,
): Promise<ActResult> {
  const { settings, request, definitions, ecs, clock } = options;
  const watch = new ReferenceWatch(scan, looks.scan, (seen) => journal.verify(seen), clock);
  try {
    return await act({
      ...options,
      due: actOrder(plan.families, 'superseded', inventory),
      ruleOf: (family) => {
        const scope = scopeOf(family, settings, request);
        return 'rule' in scope ? settings.rules[scope.rule] : undefined;
      },
      deregistration: new Deregistration(plan, definitions),
      watch,
      stop,
      mostActs: Math.min(settings.maxActionsPerRun ?? Number.POSITIVE_INFINITY, request.maxActions ?? Number.POSITIVE_INFINITY),
      lastLook: async (revision, newest) => ((await looks.owners.claimOn(revision, newest)) ? 'referenced' : undefined),
      begin: (next, at) => journal.begin(next, at),
      sent: (act) => journal.sent(act),
    });
  } catch (error) {
    await journal.save();
    throw error;
  } finally {
    ecs.abandon();
    watch.close();
  }
}

/** How a run looks at who needs a revision: what it found outside ECS, and of stacks, is remembered from look to look. */
interface Looks {
  readonly scan: () => Promise<ReferenceScan>;
  readonly owners: StackOwners;
}

function looksOf({ ecs, settings, clock, services, stacks, definitions }: PruneOptions): Looks {
  const { environment } = definitions;
  const elsewhere = new Elsewhere({ settings, environment, services, clock });
  const { keepSuccessfulDeployments } = settings;
  return {
    scan: () => scanReferences({ ecs, keepSuccessfulDeployments, elsewhere, clock }),
    owners: new StackOwners({ settings, stacks, environment, clock }),
  };
}

function noticeOf(settings: PruneSettings): number {
  return settings.noticePeriodMinutes * MINUTE;
}

function digest(settings: PruneSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}
