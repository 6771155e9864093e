import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { putEvent } from '../engine/aws/event-bus';
import { errorText } from '../engine/error-text';
import type { Reporter } from '../engine/revisions/ports';
import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricSpec, PRUNE_METRICS, type PruneMetric } from '../lib/contract/metrics';
import { EVENT_SOURCE } from '../lib/contract/prune-events';
import { visibleText } from '../lib/contract/visible-text';

type Fields = Readonly<Record<string, unknown>>;

/** Reports to CloudWatch Logs as JSON, to CloudWatch Metrics in the embedded format, and to the default event bus. */
export class LambdaReporter<Metric extends string = PruneMetric> implements Reporter<Metric> {
  protected readonly metrics: Metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'cdk-ecs-caretaker' });
  private readonly logger: Logger;
  private readonly specs: Readonly<Record<Metric | 'runsFailed', MetricSpec>>;
  private runsFailed = false;

  /** @param specs the numbers that this function may emit */
  constructor(
    pruner: string,
    specs: Readonly<Record<Metric | 'runsFailed', MetricSpec>> = PRUNE_METRICS as Readonly<Record<string, MetricSpec>>,
  ) {
    this.specs = specs;
    this.logger = new Logger({
      serviceName: 'cdk-ecs-caretaker',
      persistentKeys: { pruner },
      // Names and sentences from outside must steer no terminal, and break no line, wherever the log is read.
      jsonReplacerFn: (_, value) => (typeof value === 'string' ? visibleText(value) : value),
    });
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

  public metric(metric: Metric | 'runsFailed', value: number): void {
    const { name, unit } = this.specs[metric];
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
    // With nothing stored powertools would warn, once for every deployment of a stack.
    if (this.metrics.hasStoredMetrics()) this.metrics.publishStoredMetrics();
  }
}
