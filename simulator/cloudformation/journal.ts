import { type Revision, revisionName } from '../../lib/contract/arn';
import type { EcsSimulator } from '../ecs-simulator';
import type { CustomResourceAnswer, CustomResourceEvent, Delivery } from './custom-resource';
import type { ResourceStatus, StackStatus } from './statuses';

/** Who deregistered: the stack itself, the custom resource's handler, or somebody else. */
export type Actor = 'stack' | 'handler' | 'others';

export interface StackChange {
  readonly kind: 'stack';
  readonly at: number;
  readonly stack: string;
  readonly status: StackStatus;
  readonly reason: string | undefined;
}

export interface ResourceChange {
  readonly kind: 'resource';
  readonly at: number;
  readonly stack: string;
  readonly stackStatus: StackStatus;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string | undefined;
  readonly status: ResourceStatus;
  readonly reason: string | undefined;
}

/** A request sent, or sent once more, to the function behind a custom resource. */
export interface RequestSent {
  readonly kind: 'request';
  readonly at: number;
  readonly stack: string;
  readonly stackStatus: StackStatus;
  readonly delivery: Delivery;
  readonly event: CustomResourceEvent;
}

export interface AnswerReceived {
  readonly kind: 'answer';
  readonly at: number;
  readonly stack: string;
  readonly stackStatus: StackStatus;
  readonly event: CustomResourceEvent;
  /** `undefined`: the function ended without one. */
  readonly answer: CustomResourceAnswer | undefined;
  /** Whether CloudFormation still waited for it. */
  readonly counts: boolean;
  /** What the function threw. */
  readonly error: unknown;
}

export interface Deregistration extends Revision {
  readonly kind: 'deregistration';
  readonly at: number;
  /** The stack that was at work. */
  readonly stack: string | undefined;
  readonly stackStatus: StackStatus | undefined;
  readonly by: Actor;
  /** INACTIVE: it was so already. */
  readonly statusBefore: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  /** Who needed it. */
  readonly referencedBy: readonly string[];
}

export type Happening = StackChange | ResourceChange | RequestSent | AnswerReceived | Deregistration;

/** Everything that happened to the stacks, in order. */
export class Journal {
  readonly entries: Happening[] = [];
  private seen: number;

  constructor(
    private readonly ecs: EcsSimulator,
    private readonly observe: ((happening: Happening) => void) | undefined,
  ) {
    this.seen = ecs.log.destructive.length;
  }

  add(happening: Happening): void {
    this.entries.push(happening);
    this.observe?.(happening);
  }

  /** Writes down the deregistrations that the simulator has seen since the last time, all by one actor. */
  settle(by: Actor, stack?: { readonly name: string; readonly status: StackStatus | undefined }): void {
    const acts = this.ecs.log.destructive;
    for (; this.seen < acts.length; this.seen += 1) {
      const act = acts[this.seen];
      if (act?.action !== 'DeregisterTaskDefinition') continue;
      const { family, revision, at, referencedBy, statusBefore } = act;
      const [name, stackStatus] = [stack?.name, stack?.status];
      this.add({ kind: 'deregistration', at, stack: name, stackStatus, by, family, revision, statusBefore, referencedBy });
    }
  }
}

/** One line for one happening, as a person reads it. */
export function told(happening: Happening): string {
  const { kind, stack } = happening;
  const head = `${new Date(happening.at).toISOString()} ${stack ?? '-'}`;
  if (kind === 'stack') return `${head} ${happening.status}${happening.reason ? `: ${happening.reason}` : ''}`;
  if (kind === 'deregistration') {
    return `${head} [${happening.stackStatus}] ${happening.by} deregistered ${revisionName(happening)}`;
  }
  if (kind === 'resource') {
    const { logicalId, status, physicalId, reason } = happening;
    return `${head}   ${logicalId} ${status} ${physicalId ?? ''}${reason ? `: ${reason}` : ''}`;
  }
  const { RequestType, LogicalResourceId } = happening.event;
  const id = 'PhysicalResourceId' in happening.event ? happening.event.PhysicalResourceId : '';
  if (kind === 'request') return `${head}   > ${RequestType} ${LogicalResourceId} ${id} (${happening.delivery})`;
  const { answer, counts } = happening;
  const said = answer ? `${answer.Status} ${answer.PhysicalResourceId}` : 'no answer';
  return `${head}   < ${RequestType} ${LogicalResourceId}: ${said}${counts ? '' : ' (does not count)'}`;
}
