import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricSpec, PRUNE_METRICS, type PruneMetric } from '../contract/metrics';

/** One number of one pruner, under the name and the dimension that the function emits it with. */
export function pruneMetric(scope: IConstruct, pruner: string, metric: PruneMetric, options?: MetricOptions): Metric {
  return prunerMetric(scope, pruner, PRUNE_METRICS[metric], options);
}

/** The same for a number of any of the tables. */
export function prunerMetric(scope: IConstruct, pruner: string, spec: MetricSpec, options?: MetricOptions): Metric {
  const { name, statistic } = spec;
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: name,
    dimensionsMap: { [METRIC_DIMENSION]: pruner },
    statistic,
    ...options,
  }).attachTo(scope);
}
