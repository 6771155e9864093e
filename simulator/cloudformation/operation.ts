import type { Delivery } from './custom-resource';

/** Something that goes wrong at one position of an operation. */
export interface StackFault {
  readonly logicalId: string;
  /** The stack's name. @default whichever has the resource */
  readonly stack?: string;
  /** `forward`: create and update; `cleanup`: what CloudFormation deletes at the end; `delete`: the stack's own deletion or roll back of its creation. */
  readonly during: 'forward' | 'rollback' | 'cleanup' | 'delete';
  /** Before the effect, or after it: the worse case. */
  readonly when: 'before' | 'after';
  /** `circuit-breaker` is for services: ECS ends the deployment. @default 'failure' */
  readonly what?: 'failure' | 'cancel' | 'circuit-breaker';
  /** How often. @default always */
  readonly times?: number;
}

export interface OperationOptions {
  readonly faults?: readonly StackFault[];
  /** What becomes of the requests to custom resources, in order. @default every one arrives once */
  readonly deliveries?: readonly Delivery[];
}

export interface DeployOptions extends OperationOptions {
  /** Leaves a failed stack as it is. @default false; true in Express mode */
  readonly disableRollback?: boolean;
  /** Express mode: the stack does not wait until services are stable. @see cloudformation-express-mode.html */
  readonly express?: boolean;
  /** How long the stack is watched after the last update, before the clean-up. @see API_RollbackConfiguration */
  readonly monitoringMinutes?: number;
  /** Whether an alarm goes off in that time. */
  readonly alarm?: boolean;
}

/** One operation on a stack and its nested ones, with all that is to go wrong in it. */
export class Operation {
  readonly disableRollback: boolean;
  readonly express: boolean;
  private readonly used = new Map<StackFault, number>();
  private requests = 0;

  constructor(readonly options: DeployOptions) {
    this.express = options.express ?? false;
    this.disableRollback = options.disableRollback ?? this.express;
  }

  nextDelivery(): Delivery {
    const delivery = this.options.deliveries?.[this.requests] ?? 'once';
    this.requests += 1;
    return delivery;
  }

  fault(stack: string, logicalId: string, during: StackFault['during'], when: StackFault['when']): StackFault['what'] {
    const fault = this.options.faults?.find(
      (one) =>
        one.logicalId === logicalId &&
        one.during === during &&
        one.when === when &&
        (one.stack ?? stack) === stack &&
        (this.used.get(one) ?? 0) < (one.times ?? Number.POSITIVE_INFINITY),
    );
    if (!fault) return undefined;
    this.used.set(fault, (this.used.get(fault) ?? 0) + 1);
    return fault.what ?? 'failure';
  }
}
