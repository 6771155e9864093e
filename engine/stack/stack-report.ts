import type { Environment } from '../../lib/contract/arn';
import type { PruneReason } from '../../lib/contract/prune-plan';
import { type Clock, SECOND } from '../clock';
import { errorText } from '../error-text';
import { inTime } from '../in-time';
import { eventOf, type PruneReport } from '../revisions/report';
import type { StackReporter } from './ports';

/** The stack waits meanwhile. */
const EVENT_TAKES_AT_MOST = 10 * SECOND;

/** Tells people and machines of a run: one log line, the numbers, and one event. */
export async function publishStackRun(
  report: PruneReport,
  run: { readonly environment: Environment; readonly pruner: string; readonly began: number; readonly ended: number },
  reporter: StackReporter,
  clock: Clock,
): Promise<void> {
  const { plan, late, ...summary } = report;
  reporter.info('Pruned task definition revisions', {
    ...summary,
    lateReferences: late.length,
    ...plan?.totals,
    left: report.remaining,
  });
  for (const reference of late) reporter.warn('LATE_REFERENCE', { ...reference });
  emitMetrics(report, (run.ended - run.began) / SECOND, reporter);
  // A stack announces nothing: what its run found, it found due.
  const { type, detail } = eventOf(report, { ...run, mode: 'DEREGISTER' });
  try {
    await inTime(reporter.event(type, detail), clock.now() + EVENT_TAKES_AT_MOST, clock, 'PutEvents');
  } catch (error) {
    reporter.warn('Could not send the event of the run', { error: errorText(error) });
  }
}

function emitMetrics({ outcome, plan, ...report }: PruneReport, seconds: number, reporter: StackReporter): void {
  reporter.metric(outcome === 'refused' ? 'runsRefused' : outcome === 'failed' ? 'runsFailed' : 'runsSucceeded', 1);
  if (plan) {
    const of = (reason: PruneReason) => plan.totals.byReason[reason] ?? 0;
    reporter.metric('revisionsActive', plan.totals.revisions - of('out-of-scope'));
    reporter.metric('revisionsReferenced', of('referenced'));
  }
  reporter.metric('revisionsDeregistered', report.deregistered);
  reporter.metric('revisionsLeft', report.remaining);
  reporter.metric('lateReferences', report.late.length);
  reporter.metric('throttles', report.throttles);
  reporter.metric('runSeconds', seconds);
}
