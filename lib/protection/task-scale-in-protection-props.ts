import type { Duration } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { ProtectedTasks } from './protected-tasks';

/** Which service's tasks may protect themselves, and for how long. */
export interface TaskScaleInProtectionProps {
  /**
   * The service whose tasks do the work: on Fargate, on EC2, on external instances, or the `service` of a pattern of aws-ecs-patterns.
   */
  readonly service: ecs.BaseService;

  /**
   * The longest that a task may ask to be protected for, from 1 minute to 48 hours, in whole minutes. Containers get it as
   * `CARETAKER_PROTECTION_MAX_MINUTES`. A deployment waits for protected tasks, so that this must fit, with `rolloutTime`, into the time
   * that CloudFormation gives the deployment.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
   * @default - 2 hours, ECS's own, or as much as the service's deployment type leaves, if that is less
   */
  readonly maxProtection?: Duration;

  /**
   * How long a task asks to be protected for when it does not say how long its work takes, from 1 minute to `maxProtection`, in whole
   * minutes. Containers get it as `CARETAKER_PROTECTION_MINUTES`.
   *
   * @default - 30 minutes, or `maxProtection`, if that is less
   */
  readonly defaultProtection?: Duration;

  /**
   * What a deployment does with old tasks that are still protected.
   *
   * @default ProtectedTasks.BLOCK_DEPLOYMENT
   */
  readonly protectedTasks?: ProtectedTasks;

  /**
   * How long after the begin of a deployment old tasks may still take up new work: the margin that `maxProtection` must leave of
   * CloudFormation's time. Count in what your lifecycle hooks take. From 1 minute to 48 hours, in whole minutes.
   *
   * @default Duration.minutes(45)
   */
  readonly rolloutTime?: Duration;

  /**
   * How long a task needs, once it is told to stop, to hand unfinished work back (to make a message visible again, to save a checkpoint).
   * It is held against the containers' `stopTimeout`. In whole seconds, at least 1.
   *
   * @default Duration.seconds(10)
   */
  readonly handBackTime?: Duration;
}
