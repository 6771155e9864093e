import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { acknowledge, wildcardFinding } from '../function/acknowledge';
import type { BundledFunction } from '../function/bundled-function';

export interface PruneScheduleProps {
  readonly schedule: scheduler.ScheduleExpression;
  readonly handler: BundledFunction;
  readonly role?: iam.IRole;
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/** Wakes the function; what cannot be delivered goes where the function's own failures go. */
export class PruneSchedule extends Construct {
  constructor(scope: Construct, id: string, { schedule, handler, role, permissionsBoundary }: PruneScheduleProps) {
    super(scope, id);
    // CDK would put a role of its own beside the construct, out of reach of the boundary.
    const invoker = role ?? this.ownRole(permissionsBoundary);
    handler.deadLetterQueue.encryptionMasterKey?.grant(invoker, 'kms:Decrypt', 'kms:GenerateDataKey');
    const wake = new scheduler.Schedule(this, 'Schedule', {
      description: 'Wakes the revision pruner',
      schedule,
      timeWindow: scheduler.TimeWindow.off(),
      target: new targets.LambdaInvoke(handler.function, {
        role: invoker,
        deadLetterQueue: handler.deadLetterQueue,
        // CDK's default is 185 attempts over a day; the next tick comes in minutes.
        retryAttempts: 2,
        maxEventAge: Duration.hours(1),
      }),
    });
    // A rate begins at once: without this the first invocations would come before the role may make them.
    wake.node.addDependency(invoker);
    if (!role) {
      acknowledge(invoker, {
        id: wildcardFinding(this, `${handler.function.functionArn}:*`),
        reason: 'CDK lets a schedule invoke the versions and aliases of its one function as well',
      });
    }
  }

  /** Only schedules of this account's default group may take the role: nobody else's schedule can borrow it. */
  private ownRole(permissionsBoundary?: iam.IManagedPolicy): iam.Role {
    const { account } = Stack.of(this);
    const group = Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' });
    return new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } },
      }),
      permissionsBoundary,
    });
  }
}
