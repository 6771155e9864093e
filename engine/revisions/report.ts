import type { Environment } from '../../lib/contract/arn';
import { EVENT_VERSION, type LateReference, PRUNE_EVENTS, type PruneEventDetail } from '../../lib/contract/prune-events';
import type { PrunePlan, PruneReason } from '../../lib/contract/prune-plan';
import { iso, SECOND } from '../clock';
import { errorText } from '../error-text';
import type { ActResult } from './act';
import type { Reporter } from './ports';

export type Outcome = 'idle' | 'busy' | 'refused' | 'done' | 'failed';

/** What one run did, in numbers and words. */
export interface PruneReport {
  readonly outcome: Outcome;
  /** How the acting ended, or why there was none. */
  readonly ended: string;
  /** Why nothing, or nothing more, was done. */
  readonly refusals: readonly string[];
  readonly plan?: PrunePlan;
  /** Where the plan lies in the ledger. */
  readonly planKey?: string;
  readonly deregistered: number;
  readonly remaining: number;
  readonly throttles: number;
  readonly late: readonly LateReference[];
}

/** A report of a run that did nothing. */
export function nothing(outcome: Outcome, ended: string, refusals: readonly string[] = []): PruneReport {
  return { outcome, ended, refusals, deregistered: 0, remaining: 0, throttles: 0, late: [] };
}

/** The report of a run that acted. */
export function acted({ ended, why, deregistered, remaining }: ActResult, throttles: number): PruneReport {
  const refused = ended === 'stopped' || ended === 'incomplete scan';
  return {
    outcome: refused ? 'refused' : ended === 'failed' ? 'failed' : 'done',
    ended,
    refusals: refused || ended === 'failed' ? [why ?? ended] : [],
    deregistered: deregistered.length,
    remaining,
    throttles,
    late: [],
  };
}

/** Whose run it was, and when. */
export interface RunIdentity {
  readonly environment: Environment;
  readonly pruner: string;
  readonly mode: string;
  readonly began: number;
  readonly ended: number;
}

/** The event of a run: its type, and its counts and places. */
export function eventOf(report: PruneReport, run: RunIdentity): { readonly type: string; readonly detail: PruneEventDetail } {
  const { plan } = report;
  const detail: PruneEventDetail = {
    version: EVENT_VERSION,
    ...run.environment,
    pruner: run.pruner,
    mode: run.mode,
    at: iso(run.began),
    revisions: plan?.totals.revisions ?? 0,
    announced: plan?.backlog.announced ?? 0,
    due: plan?.backlog.due ?? 0,
    deregistered: report.deregistered,
    remaining: report.remaining,
    ended: report.ended,
    refusals: report.refusals,
    lateReferences: report.late,
    ...(report.planKey === undefined ? {} : { plan: report.planKey }),
  };
  return { type: report.refusals.length > 0 ? PRUNE_EVENTS.refused : PRUNE_EVENTS.completed, detail };
}

/** Tells people and machines of a run: one log line, the numbers, and one event unless the tick was idle. */
export async function publish(report: PruneReport, run: RunIdentity, reporter: Reporter): Promise<void> {
  const { plan, late, ...summary } = report;
  reporter.info('Pruned task definition revisions', {
    ...summary,
    lateReferences: late.length,
    ...plan?.totals,
    ...plan?.backlog,
  });
  for (const reference of late) reporter.warn('LATE_REFERENCE', { ...reference });
  emitMetrics(report, (run.ended - run.began) / SECOND, reporter);
  if (report.outcome === 'idle' || report.outcome === 'busy') return;
  const { type, detail } = eventOf(report, run);
  try {
    await reporter.event(type, detail);
  } catch (error) {
    reporter.warn('Could not send the event of the run', { error: errorText(error) });
  }
}

function emitMetrics(report: PruneReport, seconds: number, reporter: Reporter): void {
  const { outcome, plan } = report;
  reporter.metric(outcome === 'refused' ? 'runsRefused' : outcome === 'failed' ? 'runsFailed' : 'runsSucceeded', 1);
  if (outcome === 'idle' || outcome === 'busy') return;
  if (plan) {
    const of = (reason: PruneReason) => plan.totals.byReason[reason] ?? 0;
    reporter.metric('revisionsActive', plan.totals.revisions - of('out-of-scope'));
    reporter.metric('revisionsReferenced', of('referenced'));
    reporter.metric('revisionsAnnounced', plan.backlog.announced);
    reporter.metric('revisionsDue', plan.backlog.due);
  }
  reporter.metric('revisionsDeregistered', report.deregistered);
  reporter.metric('lateReferences', report.late.length);
  reporter.metric('throttles', report.throttles);
  reporter.metric('runSeconds', seconds);
}
