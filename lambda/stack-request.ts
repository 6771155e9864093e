import { type Clock, SECOND } from '../engine/clock';
import { errorText } from '../engine/error-text';
import { inTime } from '../engine/in-time';
import type { EcsReader, TaskDefinitions } from '../engine/revisions/ports';
import type { ServiceReads } from '../engine/revisions/references/referrer';
import { physicalIdFor } from '../engine/stack/physical-id';
import type { StackReporter, Stacks } from '../engine/stack/ports';
import { pruneForStack } from '../engine/stack/prune-for-stack';
import type { Environment } from '../lib/contract/arn';
import type { ListedReferrer } from '../lib/contract/referrers';
import type { StackPruneSettings } from '../lib/contract/stack-prune-settings';
import { isPhysicalId, STACK_REASONS, STACK_SECONDS, type StackReason } from '../lib/contract/stack-pruning';
import { type Answer, answerBody } from './custom-resource-answer';
import { type CustomResourceRequest, readRequest } from './custom-resource-request';

/** What stands between a request and the world. */
export interface StackDoors {
  readonly environment: Environment;
  /** The stack that the function belongs to. */
  readonly stackId: string;
  readonly pruner: string;
  /** Read only when a request may act. @throws when they cannot be used */
  readonly settings: () => StackPruneSettings;
  readonly stacks: Stacks;
  /** Opened only when a request may act: Create and Update reach no further than their answer. */
  readonly ecs: (settings: StackPruneSettings) => { readonly definitions: TaskDefinitions; readonly reader: EcsReader };
  readonly services: (kind: ListedReferrer) => ServiceReads;
  readonly reporter: StackReporter;
  readonly clock: Clock;
  /** When the function's time is up (milliseconds since 1970). */
  readonly deadline: number;
  /** Gives the answer to CloudFormation. */
  readonly put: (url: URL, body: string) => Promise<void>;
}

/** What a Create that failed is called; CloudFormation sends it back with a Delete. */
const NEVER_CREATED = 'cdk-ecs-caretaker-never-created';

/**
 * One request of CloudFormation's, answered. Nothing but a Create with properties that cannot be used is answered FAILED;
 * every Delete is answered SUCCESS, whatever became of the pruning.
 *
 * @throws Error when the answer could not be delivered: Lambda then calls again
 */
export async function answerStackRequest(event: unknown, doors: StackDoors): Promise<void> {
  const { reporter } = doors;
  const request = readRequest(event, doors.environment);
  if ('unanswerable' in request) {
    reporter.metric('answersFailed', 1);
    reporter.warn('Got a request that cannot be answered', { why: request.unanswerable });
    return;
  }
  const answer = await answerTo(request, doors);
  const { type, stackId, requestId, logicalId } = request;
  try {
    await doors.put(request.answerTo, answerBody(request, answer));
    reporter.info('Answered a request', { type, stackId, requestId, logicalId, ...answer });
  } catch (error) {
    reporter.metric('answersFailed', 1);
    throw error;
  }
}

async function answerTo(request: CustomResourceRequest, doors: StackDoors): Promise<Answer> {
  const { type, physicalId, taskDefinitions } = request;
  if (type === 'Create' || type === 'Update') {
    if (taskDefinitions) return success(physicalIdFor(taskDefinitions), STACK_REASONS['create-or-update']);
    doors.reporter.warn('Got properties that cannot be used', { type });
    if (type === 'Create') {
      const reason = "'taskDefinitions' must list ARNs of task definitions of this account and Region";
      return { status: 'FAILED', reason, physicalId: NEVER_CREATED };
    }
    return success(physicalId ?? NEVER_CREATED, STACK_REASONS['properties-unreadable']);
  }
  const reason = type === 'Delete' ? await remove(request, doors) : STACK_REASONS['unknown-request'];
  return success(physicalId ?? NEVER_CREATED, reason);
}

/** Does what a Delete leads to, and says in words what came of it. */
async function remove(request: CustomResourceRequest, doors: StackDoors): Promise<string> {
  const { reporter, clock } = doors;
  const { stackId, logicalId, physicalId, taskDefinitions } = request;
  const passOver = (reason: StackReason) => {
    reporter.info('Left task definition revisions alone', { reason, why: STACK_REASONS[reason] });
    reporter.passedOver(reason);
    return STACK_REASONS[reason];
  };
  if (stackId !== doors.stackId) return passOver('foreign-stack');
  if (physicalId === undefined || !isPhysicalId(physicalId)) return passOver('foreign-id');
  if (!taskDefinitions) return passOver('properties-unreadable');
  try {
    const settings = doors.settings();
    const { definitions, reader: ecs } = doors.ecs(settings);
    const pruning = pruneForStack({
      ...doors,
      settings,
      definitions,
      ecs,
      request: { stackId, logicalId, physicalId, taskDefinitions },
    });
    return await inTime(pruning, doors.deadline - STACK_SECONDS.answer * SECOND, clock, 'the run');
  } catch (error) {
    reporter.metric('runsFailed', 1);
    reporter.warn('The run failed', { error: errorText(error) });
    return 'the run failed: see the log';
  }
}

function success(physicalId: string, reason: string): Answer {
  return { status: 'SUCCESS', reason, physicalId };
}
