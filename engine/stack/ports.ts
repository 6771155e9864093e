import type { StackPruneMetric } from '../../lib/contract/metrics';
import type { StackReason } from '../../lib/contract/stack-pruning';
import type { Reporter } from '../revisions/ports';

/** What a stack is doing, and which stack it is nested in. */
export interface StackFacts {
  /** As CloudFormation words it. */
  readonly status: string;
  readonly parentId?: string;
  readonly rootId?: string;
}

export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  /** Absent while the resource has none. */
  readonly physicalId?: string;
  readonly status: string;
}

/** Reads of CloudFormation. Each is complete, or it throws `IncompleteScan`. */
export interface Stacks {
  status(stackId: string): Promise<StackFacts>;
  /** The id that the stack records now for a resource; `undefined` when it knows none. */
  recordedPhysicalId(stackId: string, logicalId: string): Promise<string | undefined>;
  /** Every resource that the stack records. */
  resources(stackId: string): Promise<readonly StackResource[]>;
  /** The stack, whichever it is, that records this physical id now; `undefined` when none does. */
  ownerOf(physicalId: string): Promise<string | undefined>;
}

/** Takes what a stack's pruner has to say. */
export interface StackReporter extends Reporter<StackPruneMetric> {
  /** A request to delete after which nothing was looked at. */
  passedOver(reason: StackReason): void;
}
