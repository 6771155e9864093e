import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { StackReporter } from '../engine/stack/ports';
import { METRIC_DIMENSION, REASON_DIMENSION, STACK_PRUNE_METRICS, type StackPruneMetric } from '../lib/contract/metrics';
import type { StackReason } from '../lib/contract/stack-pruning';
import { LambdaReporter } from './lambda-reporter';

/** The numbers of a stack's pruner; what was passed over is also counted by reason. */
export class StackLambdaReporter extends LambdaReporter<StackPruneMetric> implements StackReporter {
  constructor(private readonly pruner: string) {
    super(pruner, STACK_PRUNE_METRICS);
  }

  public passedOver(reason: StackReason): void {
    this.metric('deletesPassedOver', 1);
    const byReason = this.metrics.singleMetric();
    byReason.clearDefaultDimensions();
    byReason.addDimension(METRIC_DIMENSION, this.pruner).addDimension(REASON_DIMENSION, reason);
    byReason.addMetric(STACK_PRUNE_METRICS.deletesPassedOver.name, MetricUnit.Count, 1);
  }
}
