import type { StackRemovalPolicy } from '../../lib/contract/stack-prune-settings';
import type { StackReason } from '../../lib/contract/stack-pruning';
import { type Clock, SECOND } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { RunLog } from '../revisions/ports';
import type { StackFacts, Stacks } from './ports';
import { type RequestVerdict, requestVerdict } from './request-verdict';

/** A request to delete, as far as it decides anything. */
export interface DeleteRequest {
  readonly stackId: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

export interface StackLookOptions {
  readonly stacks: Stacks;
  readonly request: DeleteRequest;
  readonly removalPolicy: StackRemovalPolicy;
  readonly reporter: RunLog;
}

/** CloudFormation nests stacks a few levels deep; a longer chain is none. */
const MOST_LEVELS = 20;

/** What the request may do by what the stacks say now. What cannot be read is a doubt, and told in the log. */
export async function lookAtStack({ stacks, request, removalPolicy, reporter }: StackLookOptions): Promise<RequestVerdict> {
  const { stackId, logicalId, physicalId } = request;
  const orDoubt = async <T>(reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof IncompleteScan)) throw error;
      reporter.warn('Could not read the stack', { error: error.message });
      return undefined;
    }
  };
  const facts = await orDoubt(stacks.status(stackId));
  const recordedId = facts && (await orDoubt(stacks.recordedPhysicalId(stackId, logicalId)));
  const ancestors = facts ? await above(facts, (id) => orDoubt(stacks.status(id))) : [];
  return requestVerdict({
    requestType: 'Delete',
    status: facts?.status,
    ancestors,
    requestedId: physicalId,
    recordedId,
    removalPolicy,
  });
}

async function above(
  facts: StackFacts,
  read: (stackId: string) => Promise<StackFacts | undefined>,
): Promise<(string | undefined)[]> {
  const statuses: (string | undefined)[] = [];
  const seen = new Set<string>();
  let next: string | undefined = facts.parentId ?? facts.rootId;
  while (next !== undefined && !seen.has(next)) {
    if (seen.size === MOST_LEVELS) return [...statuses, undefined];
    seen.add(next);
    const parent: StackFacts | undefined = await read(next);
    statuses.push(parent?.status);
    next = parent?.parentId;
  }
  if (facts.rootId !== undefined && !seen.has(facts.rootId)) statuses.push((await read(facts.rootId))?.status);
  return statuses;
}

/** Looked at again this often while acts go on. */
const LOOK_EVERY = 9 * SECOND;

/** Ends the acts as soon as the stack is no longer where it was when the run began. */
export class StackWatch {
  public meaning = 'the stack has gone on';
  private lookedAt = Number.NEGATIVE_INFINITY;
  private up = false;

  constructor(
    private readonly options: StackLookOptions,
    private readonly began: StackReason,
    private readonly clock: Clock,
  ) {}

  public async isUp(): Promise<boolean> {
    const now = this.clock.now();
    if (!this.up && now - this.lookedAt >= LOOK_EVERY) {
      const { reason, text } = await lookAtStack(this.options);
      this.up = reason !== this.began;
      if (this.up) this.meaning = `the stack is no longer where it was: ${text}`;
      this.lookedAt = now;
    }
    return this.up;
  }
}
