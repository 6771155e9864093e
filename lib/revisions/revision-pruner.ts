import { Annotations, Duration, Stack, Stage, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../contract/environment';
import type { PruneMetric } from '../contract/metrics';
import { BundledFunction, functionOptionFaults } from '../function/bundled-function';
import type { FunctionOptions } from '../function/function-options';
import { refuse } from '../function/refuse';
import { pruneMetric } from '../monitoring/prune-metric';
import { staleAfterFaults, staleAlarm } from '../monitoring/stale-alarm';
import { ledgerBucket } from './ledger-bucket';
import { PruneMode } from './prune-mode';
import { acknowledgePermissions, allowEvents, allowLedger, allowPruning } from './prune-permissions';
import type { PruneRule } from './prune-rule';
import { PruneSchedule } from './prune-schedule';
import { prunerName } from './pruner-name';
import { renderFaults, renderSettings } from './render-settings';

/**
 * Which revisions stay, and how the others go. Exactly one of `families`, `allFamilies` and `rules` is needed.
 */
export interface RevisionPrunerProps extends FunctionOptions {
  /**
   * Names of task definition families, upper and lower case told apart; `*` stands for any run of characters.
   *
   * @default - `allFamilies` or `rules` says which families
   */
  readonly families?: string[];

  /**
   * Every family of the account and Region, but for `exceptFamilies`.
   *
   * @default false
   */
  readonly allFamilies?: boolean;

  /**
   * Families that differ in what stays of them. The first rule that matches a family decides.
   *
   * @default - `families` or `allFamilies` with `keepLatest` and `minAge`
   */
  readonly rules?: PruneRule[];

  /**
   * Families that are left alone, whatever else names them: names, or patterns with `*`.
   *
   * @default - none
   */
  readonly exceptFamilies?: string[];

  /**
   * How many of the newest ACTIVE revisions of each family stay, from 1 to 1,000,000. What is in use stays as well. A rule that does
   * not say its own takes this one.
   *
   * @default 10
   */
  readonly keepLatest?: number;

  /**
   * Age below which a revision stays, counted from its registration: pipelines register first and deploy later. From one hour to ten
   * years, in whole minutes. A rule that does not say its own takes this one.
   *
   * @default Duration.days(7)
   */
  readonly minAge?: Duration;

  /**
   * How many of each service's last successful deployments keep their revisions, from 1 to 100, so that there is something to roll
   * back to.
   *
   * @default 3
   */
  readonly keepSuccessfulDeployments?: number;

  /**
   * Whether to plan only, or to deregister as well.
   *
   * @default PruneMode.PLAN
   */
  readonly mode?: PruneMode;

  /**
   * How long a revision stands announced in the plans before it is deregistered, so that people can look and object. From ten minutes
   * to 90 days, in whole minutes.
   *
   * @default Duration.hours(24)
   */
  readonly noticePeriod?: Duration;

  /**
   * Deregistrations a second, above 0 and at most 0.9. ECS gives deregistering and registering together one a second in an account and
   * Region: the rest is what your deployments have left.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
   * @default 0.5
   */
  readonly actionsPerSecond?: number;

  /**
   * The most deregistrations of one run, from 1 to 1,000,000.
   *
   * @default - as many as fit into the function's 15 minutes
   */
  readonly maxActionsPerRun?: number;

  /**
   * Key of the tag that keeps a revision which carries it, whatever the tag's value.
   *
   * @default 'cdk-ecs-caretaker:keep'
   */
  readonly keepTag?: string;

  /**
   * When the function wakes up. Most wakes end within a second; a backlog is worked off from wake to wake.
   *
   * @default - every 15 minutes
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * The role by which the schedule invokes the function. It must trust `scheduler.amazonaws.com`.
   *
   * @default - a role of its own that may do nothing else
   */
  readonly scheduleRole?: iam.IRole;

  /**
   * How long no run may have succeeded before `staleAlarm` goes off, from 1 hour to 7 days, in whole hours. Make it longer than the
   * schedule's longest pause.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
   * @default Duration.hours(24)
   */
  readonly staleAfter?: Duration;

  /**
   * The bucket for plans, results and the state between runs. It must belong to this pruner alone.
   *
   * @default - a bucket of its own: encrypted, versioned, TLS only, kept when the stack is deleted
   */
  readonly ledgerBucket?: s3.IBucket;

  /**
   * Key that encrypts the ledger. With an imported `ledgerBucket`: the key that it is encrypted with, so that the function may use it.
   *
   * @default - S3's own encryption, or the key that `ledgerBucket` is known to have
   */
  readonly ledgerEncryptionKey?: kms.IKey;
}

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
    this.warnOfSecondPruner();

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

    const ecsArns = allowPruning(handler.role, this, props.mode ?? PruneMode.PLAN);
    allowLedger(handler.role, this.ledger);
    // S3 asks KMS for a data key on writing, and to open it on reading.
    (props.ledgerEncryptionKey ?? this.ledger.encryptionKey)?.grant(handler.role, 'kms:Decrypt', 'kms:GenerateDataKey');
    allowEvents(handler.role, this);
    if (handler.ownsRole) acknowledgePermissions(handler.role, this, this.ledger, ecsArns);

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

  /** Two pruners in one account and Region would take the whole rate at which ECS lets revisions be registered. */
  private warnOfSecondPruner(): void {
    const { account, region } = Stack.of(this);
    const known = !Token.isUnresolved(account) && !Token.isUnresolved(region);
    // Stacks that do not say where they go may meet only those of their own stage.
    const scope = known ? this.node.root : (Stage.of(this) ?? this.node.root);
    const other = scope.node
      .findAll()
      .find(
        (construct): construct is RevisionPruner =>
          construct instanceof RevisionPruner &&
          construct !== this &&
          Stack.of(construct).account === account &&
          Stack.of(construct).region === region,
      );
    if (!other) return;
    Annotations.of(this).addWarningV2(
      'cdk-ecs-caretaker:secondPruner',
      `${other.node.path} prunes the same account and Region; together they slow your deployments down. Use one pruner with 'rules'`,
    );
  }
}
