import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../contract/environment';
import type { PruneMetric } from '../contract/metrics';
import { BundledFunction, functionOptionFaults } from '../function/bundled-function';
import { refuse } from '../function/refuse';
import { pruneMetric } from '../monitoring/prune-metric';
import { staleAfterFaults, staleAlarm } from '../monitoring/stale-alarm';
import { ledgerBucket } from './ledger-bucket';
import { acknowledgePermissions, allowEvents, allowLedger, allowPruning, allowReferrers } from './prune-permissions';
import { PruneSchedule } from './prune-schedule';
import { prunerName } from './pruner-name';
import { renderFaults, renderSettings } from './render-settings';
import type { RevisionPrunerProps } from './revision-pruner-props';
import { warnOfSecondPruner } from './second-pruner';

/**
 * Finds task definition revisions that nothing uses any more, announces them, and deregisters them once the notice has passed.
 *
 * Without `mode` nothing in ECS is changed. The newest revision of a family and whatever anything refers to always stay.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
 */
export class RevisionPruner extends Construct {
  /** The function that plans and prunes. */
  public readonly handler: lambda.IFunction;

  /** The bucket with the plans and results. Put an object named `stop` into it, and no run acts until it is removed. */
  public readonly ledger: s3.IBucket;

  /** Where failed invocations go, be it that the schedule could not deliver them or that the function failed. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** Goes off when no run has succeeded for `staleAfter`. It has no action yet: add yours. */
  public readonly staleAlarm: cloudwatch.Alarm;

  private readonly pruner: string;

  /** @throws Error that tells all faults of the props at once */
  constructor(scope: Construct, id: string, props: RevisionPrunerProps) {
    super(scope, id);
    const staleAfter = props.staleAfter ?? Duration.hours(24);
    refuse(this, [...renderFaults(props), ...staleAfterFaults(staleAfter), ...functionOptionFaults(props)]);
    warnOfSecondPruner(this, (construct) => construct instanceof RevisionPruner);

    const settings = renderSettings(props);
    this.pruner = prunerName(this);
    this.ledger = props.ledgerBucket ?? ledgerBucket(this, 'Ledger', props.ledgerEncryptionKey);
    const handler = new BundledFunction(this, 'Handler', {
      ...props,
      bundle: 'prune-on-schedule',
      description: 'Deregisters task definition revisions that nothing uses any more',
      environment: {
        [ENV.settings]: Stack.of(this).toJsonString(settings),
        [ENV.ledgerBucket]: this.ledger.bucketName,
        [ENV.pruner]: this.pruner,
      },
    });
    this.handler = handler.function;
    this.deadLetterQueue = handler.deadLetterQueue;

    const read = [
      ...allowPruning(handler.role, this, settings.mode),
      ...allowReferrers(handler.role, this, settings.withoutReferrers),
    ];
    allowLedger(handler.role, this.ledger);
    // S3 asks KMS for a data key on writing, and to open it on reading.
    (props.ledgerEncryptionKey ?? this.ledger.encryptionKey)?.grant(handler.role, 'kms:Decrypt', 'kms:GenerateDataKey');
    allowEvents(handler.role, this);
    if (handler.ownsRole) acknowledgePermissions(handler.role, this, this.ledger, read);

    const schedule = new PruneSchedule(this, 'Schedule', {
      schedule: props.schedule ?? scheduler.ScheduleExpression.rate(Duration.minutes(15)),
      handler,
      role: props.scheduleRole,
      permissionsBoundary: props.permissionsBoundary,
    });
    this.staleAlarm = staleAlarm(this, 'Stale', this.pruner, staleAfter);
    // The first tick comes with the schedule; an alarm made before it would go off at once.
    this.staleAlarm.node.addDependency(schedule);
  }

  /** Ticks that ended well, idle ones included. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsSucceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsSucceeded', options);
  }

  /** Runs that a guard or the `stop` object kept from acting. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsRefused(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsRefused', options);
  }

  /** Runs that ended with a fault. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsFailed', options);
  }

  /** ACTIVE revisions of the families in scope. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsActive(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsActive', options);
  }

  /** Revisions kept because something refers to them. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsReferenced(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsReferenced', options);
  }

  /** Revisions announced and waiting for the notice period. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsAnnounced(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsAnnounced', options);
  }

  /** Revisions whose notice had passed when the plan was made. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsDue(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsDue', options);
  }

  /** Revisions deregistered. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsDeregistered(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsDeregistered', options);
  }

  /** Deregistered revisions that something refers to after all. Sum over 5 minutes, unless `options` says otherwise. */
  public metricLateReferences(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('lateReferences', options);
  }

  /** Deregistrations that ECS throttled. Sum over 5 minutes, unless `options` says otherwise. */
  public metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('throttles', options);
  }

  /** How long a run took, in seconds. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRunSeconds(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runSeconds', options);
  }

  private metric(metric: PruneMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return pruneMetric(this, this.pruner, metric, options);
  }
}
