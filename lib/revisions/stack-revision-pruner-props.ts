import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { FunctionOptions } from '../function/function-options';
import type { Referrer } from './referrer';

/** Which task definitions of a stack keep their last revisions, and how many. */
export interface StackRevisionPrunerProps extends FunctionOptions {
  /**
   * Task definitions of the same stack, each once. Imported ones, and those of other stacks, are refused: a `RevisionPruner` prunes
   * their families.
   */
  readonly taskDefinitions: ecs.TaskDefinition[];

  /**
   * How many of the newest ACTIVE revisions of each family stay, from 1 to 1,000,000. What the stack records and what is in use stays
   * as well.
   *
   * Like every setting, a change takes effect when a task definition is replaced the next time.
   *
   * @default 3
   */
  readonly keepLatest?: number;

  /**
   * Age below which a revision stays, counted from its registration. Up to ten years, in whole minutes; zero is allowed.
   *
   * @default Duration.hours(1)
   */
  readonly minAge?: Duration;

  /**
   * What becomes of the revisions when the stack is deleted; the construct renders it on the task definitions.
   *
   * With `RemovalPolicy.RETAIN` they stay ACTIVE. With `RemovalPolicy.DESTROY` the older ones that nothing outside the stack refers to
   * are deregistered, and CloudFormation deregisters the newest. In both cases CloudFormation no longer deregisters a revision that
   * an update has replaced: that is what the pruner is for. Other policies are refused.
   *
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How many of each service's last successful deployments keep their revisions, from 1 to 100, so that there is something to roll
   * back to.
   *
   * @default 3
   */
  readonly keepSuccessfulDeployments?: number;

  /**
   * Deregistrations a second, above 0 and at most 0.9. The stack waits for at most a minute of them; what is left goes with the next
   * update.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
   * @default 0.5
   */
  readonly actionsPerSecond?: number;

  /**
   * Key of the tag that keeps a revision which carries it, whatever the tag's value.
   *
   * @default 'cdk-ecs-caretaker:keep'
   */
  readonly keepTag?: string;

  /**
   * Kinds of referrers that are not asked, and for which the function gets no permission. `CLOUD_FORMATION` is refused here: of it the
   * pruner asks about its own stack. What they need is not known then.
   *
   * @default - all are asked, wherever AWS offers them
   */
  readonly withoutReferrers?: Referrer[];

  /**
   * Kinds of referrers that may refuse to answer, because a service control policy or a permissions boundary forbids it. What they
   * need is not known then. Without it a refused answer ends the run before anything is done.
   *
   * @default - none
   */
  readonly tolerateDenied?: Referrer[];
}
