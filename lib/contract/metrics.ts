import type { MetricSpec } from './metric-spec';

export { METRIC_NAMESPACE, REASON_DIMENSION } from './metric-spec';
export type { MetricSpec };

export const METRIC_DIMENSION = 'Pruner';

/** Every number a pruner emits. Emitter, `metricX()` methods and alarms read this one table. */
export const PRUNE_METRICS = {
  runsSucceeded: {
    name: 'RunsSucceeded',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'ticks that ended well, idle ones included',
  },
  runsRefused: {
    name: 'RunsRefused',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'runs that a guard or the stop object kept from acting',
  },
  runsFailed: { name: 'RunsFailed', unit: 'Count', statistic: 'Sum', meaning: 'runs that ended with a fault' },
  revisionsActive: {
    name: 'RevisionsActive',
    unit: 'Count',
    statistic: 'Maximum',
    meaning: 'ACTIVE revisions of the families in scope',
  },
  revisionsReferenced: {
    name: 'RevisionsReferenced',
    unit: 'Count',
    statistic: 'Maximum',
    meaning: 'revisions kept because something refers to them',
  },
  revisionsAnnounced: {
    name: 'RevisionsAnnounced',
    unit: 'Count',
    statistic: 'Maximum',
    meaning: 'revisions announced and waiting for the notice period',
  },
  revisionsDue: {
    name: 'RevisionsDue',
    unit: 'Count',
    statistic: 'Maximum',
    meaning: 'revisions whose notice has passed when the plan was made',
  },
  revisionsDeregistered: { name: 'RevisionsDeregistered', unit: 'Count', statistic: 'Sum', meaning: 'revisions deregistered' },
  lateReferences: {
    name: 'LateReferences',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'deregistered revisions that something refers to after all',
  },
  throttles: { name: 'Throttles', unit: 'Count', statistic: 'Sum', meaning: 'deregistrations that ECS throttled' },
  runSeconds: { name: 'RunSeconds', unit: 'Seconds', statistic: 'Maximum', meaning: 'how long a run took' },
} as const satisfies Record<string, MetricSpec>;

export type PruneMetric = keyof typeof PRUNE_METRICS;

/** Every number that the pruner of a stack emits. */
export const STACK_PRUNE_METRICS = {
  runsSucceeded: { ...PRUNE_METRICS.runsSucceeded, meaning: 'runs that ended well' },
  runsRefused: { ...PRUNE_METRICS.runsRefused, meaning: 'runs that an incomplete read, or the stack itself, kept from acting' },
  runsFailed: PRUNE_METRICS.runsFailed,
  deletesPassedOver: {
    name: 'DeletesPassedOver',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'requests to delete after which nothing was looked at; also by the dimension Reason',
  },
  answersFailed: {
    name: 'AnswersFailed',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'requests that could not be answered',
  },
  revisionsActive: { ...PRUNE_METRICS.revisionsActive, meaning: 'ACTIVE revisions of the families of a run' },
  revisionsReferenced: PRUNE_METRICS.revisionsReferenced,
  revisionsDeregistered: PRUNE_METRICS.revisionsDeregistered,
  revisionsLeft: {
    name: 'RevisionsLeft',
    unit: 'Count',
    statistic: 'Maximum',
    meaning: 'superseded revisions that a run had no time for',
  },
  lateReferences: PRUNE_METRICS.lateReferences,
  throttles: PRUNE_METRICS.throttles,
  runSeconds: PRUNE_METRICS.runSeconds,
} as const satisfies Record<string, MetricSpec>;

export type StackPruneMetric = keyof typeof STACK_PRUNE_METRICS;
