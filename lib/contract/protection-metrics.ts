import { METRIC_NAMESPACE, type MetricSpec, REASON_DIMENSION } from './metric-spec';

/** What the client in a container emits: as a whole, and by the dimension `Reason`. */
export const PROTECTION_METRICS = {
  protectionFailures: {
    name: 'ProtectionFailures',
    unit: 'Count',
    statistic: 'Sum',
    meaning: 'protection that a task asked for and did not get, lost, or could not release; also by the dimension Reason',
  },
} as const satisfies Record<string, MetricSpec>;

/** The line in which the metric comes, as CloudWatch reads it from logs. */
export function protectionFailureLine(reason: string, timestamp: number): string {
  const { name, unit } = PROTECTION_METRICS.protectionFailures;
  const metrics = [
    { Namespace: METRIC_NAMESPACE, Dimensions: [[], [REASON_DIMENSION]], Metrics: [{ Name: name, Unit: unit }] },
  ];
  return JSON.stringify({ _aws: { Timestamp: timestamp, CloudWatchMetrics: metrics }, [REASON_DIMENSION]: reason, [name]: 1 });
}
