import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { putEvent } from '../engine/aws/event-bus';
import { errorText } from '../engine/error-text';
import type { Reporter } from '../engine/revisions/ports';
import { METRIC_DIMENSION, METRIC_NAMESPACE, PRUNE_METRICS, type PruneMetric } from '../lib/contract/metrics';
import { EVENT_SOURCE } from '../lib/contract/prune-events';

type Fields = Readonly<Record<string, unknown>>;

/** Reports to CloudWatch Logs as JSON, to CloudWatch Metrics in the embedded format, and to the default event bus. */
export class LambdaReporter implements Reporter {
  private readonly logger: Logger;
  private readonly metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'cdk-ecs-caretaker' });
  private runsFailed = false;

  constructor(pruner: string) {
    this.logger = new Logger({ serviceName: 'cdk-ecs-caretaker', persistentKeys: { pruner } });
    // Of itself it would add the service, and a metric is another one with each dimension more.
    this.metrics.clearDefaultDimensions();
    this.metrics.setDefaultDimensions({ [METRIC_DIMENSION]: pruner });
  }

  public info(message: string, fields: Fields): void {
    this.logger.info(message, { ...fields });
  }

  public warn(message: string, fields: Fields): void {
    this.logger.warn(message, { ...fields });
  }

  public metric(metric: PruneMetric, value: number): void {
    const { name, unit } = PRUNE_METRICS[metric];
    if (metric === 'runsFailed') this.runsFailed = true;
    this.metrics.addMetric(name, unit === 'Seconds' ? MetricUnit.Seconds : MetricUnit.Count, value);
  }

  public event(type: string, detail: object): Promise<void> {
    return putEvent(EVENT_SOURCE, type, detail);
  }

  /** A fault that ends the invocation: logged once, and counted once. */
  public fault(error: unknown): void {
    this.logger.error('The run failed', { error: errorText(error) });
    if (!this.runsFailed) this.metric('runsFailed', 1);
  }

  public flush(): void {
    this.metrics.publishStoredMetrics();
  }
}
