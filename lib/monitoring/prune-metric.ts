import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, PRUNE_METRICS, type PruneMetric } from '../contract/metrics';

/** One number of one pruner, under the name and the dimension that the function emits it with. */
export function pruneMetric(scope: IConstruct, pruner: string, metric: PruneMetric, options?: MetricOptions): Metric {
  const { name, statistic } = PRUNE_METRICS[metric];
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { [METRIC_DIMENSION]: pruner },
    statistic,
    ...options,
  }).attachTo(scope);
}
