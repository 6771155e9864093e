import type { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type { FunctionOptions } from '../function/function-options';
import type { PruneMode } from './prune-mode';
import type { PruneRule } from './prune-rule';
import type { Referrer } from './referrer';

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
   * Revisions that stay, whatever else is true of them: `family:revision`, or the ARN of a revision. Their families must be in scope
   * for this to matter.
   *
   * @default - none but those that the other rules keep
   */
  readonly keep?: string[];

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

  /**
   * Kinds of referrers that are not asked, and for which the function gets no permission. Every plan tells that they were not examined.
   *
   * @default - all are asked, wherever AWS offers them
   */
  readonly withoutReferrers?: Referrer[];

  /**
   * Kinds of referrers that may refuse to answer, because a service control policy or a permissions boundary forbids it. The plan then
   * tells that they were not examined. Without it a refused answer ends the run before anything is done.
   *
   * @default - none
   */
  readonly tolerateDenied?: Referrer[];
}
