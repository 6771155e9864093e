import type { Environment } from '../../lib/contract/arn';
import { EVENT_VERSION, type LateReference, PRUNE_EVENTS, type PruneEventDetail } from '../../lib/contract/prune-events';
import type { PrunePlan, PruneReason } from '../../lib/contract/prune-plan';
import { iso, SECOND } from '../clock';
import { errorText } from '../error-text';
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

/** Tells people and machines of a run: one log line, the numbers, and one event unless the tick was idle. */
export async function publish(
  report: PruneReport,
  run: {
    readonly environment: Environment;
    readonly pruner: string;
    readonly mode: string;
    readonly began: number;
    readonly ended: number;
  },
  reporter: Reporter,
): Promise<void> {
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
    lateReferences: late,
    ...(report.planKey === undefined ? {} : { plan: report.planKey }),
  };
  try {
    await reporter.event(report.refusals.length > 0 ? PRUNE_EVENTS.refused : PRUNE_EVENTS.completed, detail);
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
