import type { StackRemovalPolicy } from '../../lib/contract/stack-prune-settings';
import { isPhysicalId, STACK_REASONS, type StackReason } from '../../lib/contract/stack-pruning';

/** All that decides what a request may do. What could not be read is `undefined`. */
export interface RequestFacts {
  readonly requestType: string;
  readonly status: string | undefined;
  /** The statuses of the stacks that this one is nested in, the nearest first. */
  readonly ancestors: readonly (string | undefined)[];
  /** The physical id in the request. */
  readonly requestedId: string | undefined;
  /** The physical id that the stack records now for the same resource. */
  readonly recordedId: string | undefined;
  readonly removalPolicy: StackRemovalPolicy;
}

export interface RequestVerdict {
  readonly act: 'nothing' | 'prune' | 'prune-on-delete';
  readonly reason: StackReason;
  /** The reason in words. */
  readonly text: string;
}

type Standing = 'cleaning up' | 'deleting' | 'unfinished' | 'rolled-back' | 'failed' | 'at-rest';

/**
 * Every status that CloudFormation has, and what it means to somebody who waits for the end of an update.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
 */
const STANDING: ReadonlyMap<string, Standing> = new Map<string, Standing>([
  ['CREATE_IN_PROGRESS', 'unfinished'],
  ['CREATE_FAILED', 'failed'],
  ['CREATE_COMPLETE', 'at-rest'],
  ['ROLLBACK_IN_PROGRESS', 'rolled-back'],
  ['ROLLBACK_FAILED', 'failed'],
  ['ROLLBACK_COMPLETE', 'rolled-back'],
  ['DELETE_IN_PROGRESS', 'deleting'],
  ['DELETE_FAILED', 'failed'],
  ['DELETE_COMPLETE', 'at-rest'],
  ['UPDATE_IN_PROGRESS', 'unfinished'],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'cleaning up'],
  ['UPDATE_COMPLETE', 'at-rest'],
  ['UPDATE_FAILED', 'failed'],
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'rolled-back'],
  ['UPDATE_ROLLBACK_FAILED', 'failed'],
  ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'rolled-back'],
  ['UPDATE_ROLLBACK_COMPLETE', 'rolled-back'],
  ['REVIEW_IN_PROGRESS', 'unfinished'],
  ['IMPORT_IN_PROGRESS', 'unfinished'],
  ['IMPORT_COMPLETE', 'at-rest'],
  ['IMPORT_ROLLBACK_IN_PROGRESS', 'rolled-back'],
  ['IMPORT_ROLLBACK_FAILED', 'failed'],
  ['IMPORT_ROLLBACK_COMPLETE', 'rolled-back'],
]);

/** A stack above in one of these cannot take back what this one has done: its update is over, or it is at rest. */
const SETTLED: ReadonlySet<string> = new Set([
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
]);

/**
 * What a request may do. Two cells act: the clean-up after an update in which the resource was replaced, and, where the
 * removal policy says so, the deletion of the stack. Everything else, and every doubt, does nothing.
 */
export function requestVerdict(facts: RequestFacts): RequestVerdict {
  const { requestType, requestedId, recordedId, removalPolicy, status } = facts;
  if (requestType === 'Create' || requestType === 'Update') return nothing('create-or-update');
  if (requestType !== 'Delete') return nothing('unknown-request');
  if (requestedId === undefined || !isPhysicalId(requestedId)) return nothing('foreign-id');
  if (status === undefined) return nothing('status-unreadable');
  const standing = STANDING.get(status);
  if (standing === undefined) return nothing('status-unknown');
  if (standing !== 'cleaning up' && standing !== 'deleting') return nothing(standing);
  if (standing === 'deleting' && removalPolicy !== 'DESTROY') return nothing('stack-retained');
  if (recordedId === undefined || !isPhysicalId(recordedId)) return nothing('id-unreadable');
  if (standing === 'cleaning up') {
    if (recordedId === requestedId) return nothing('still-recorded');
    return fromAbove(facts.ancestors, false) ?? { act: 'prune', reason: 'replaced', text: STACK_REASONS.replaced };
  }
  if (recordedId !== requestedId) return nothing('not-recorded');
  return (
    fromAbove(facts.ancestors, true) ?? {
      act: 'prune-on-delete',
      reason: 'stack-deleted',
      text: STACK_REASONS['stack-deleted'],
    }
  );
}

function fromAbove(ancestors: RequestFacts['ancestors'], deleting: boolean): RequestVerdict | undefined {
  if (ancestors.includes(undefined)) return nothing('parent-unreadable');
  const settled = ancestors.every((status) => SETTLED.has(status ?? '') || (deleting && status === 'DELETE_IN_PROGRESS'));
  return settled ? undefined : nothing('parent-unfinished');
}

function nothing(reason: StackReason): RequestVerdict {
  return { act: 'nothing', reason, text: STACK_REASONS[reason] };
}
