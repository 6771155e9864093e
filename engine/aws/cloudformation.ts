import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import type { Clock } from '../clock';
import { errorText } from '../error-text';
import { IncompleteScan } from '../incomplete-scan';
import type { StackFacts, StackResource, Stacks } from '../stack/ports';
import { limiterOf } from './paced-limiter';
import { REQUEST_TIMES } from './request-times';
import { wholeAnswers } from './whole-answer';

// One client for every run of a process: its connections are worth keeping.
const cloudFormation = wholeAnswers(new CloudFormationClient({ maxAttempts: 5, requestHandler: REQUEST_TIMES }));

const ATTEMPTS = 8;
/** No rates of its descriptions are documented, and every deployment of the account asks it every few seconds. */
export const STACKS_PACE = { perSecond: 2, burst: 4 };

/** Stacks for a run that asks about one revision after the other, at a pace that leaves CloudFormation to deployments. */
export function pacedStacks(clock: Clock): CloudFormationStacks {
  const rateLimiter = limiterOf(clock, STACKS_PACE);
  const retryStrategy = new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter });
  const client = new CloudFormationClient({ maxAttempts: ATTEMPTS, retryStrategy, requestHandler: REQUEST_TIMES });
  return new CloudFormationStacks(wholeAnswers(client));
}

/** Stacks, by CloudFormation's own answers. Shapes of the API end here. */
export class CloudFormationStacks implements Stacks {
  constructor(private readonly client = cloudFormation) {}

  /** Lets go of the connections. */
  public close(): void {
    this.client.destroy();
  }

  public async status(stackId: string): Promise<StackFacts> {
    const name = 'DescribeStacks';
    const { Stacks: stacks } = await asked(name, this.client.send(new DescribeStacksCommand({ StackName: stackId })));
    const [stack, ...others] = stacks ?? [];
    if (others.length > 0 || stack?.StackId !== stackId) throw new IncompleteScan(name, 'the answer is not about this stack');
    const { ParentId, RootId } = stack;
    return {
      status: text(stack.StackStatus, name),
      ...(ParentId ? { parentId: ParentId } : {}),
      ...(RootId ? { rootId: RootId } : {}),
    };
  }

  public async recordedPhysicalId(stackId: string, logicalId: string): Promise<string | undefined> {
    const name = 'DescribeStackResource';
    const input = { StackName: stackId, LogicalResourceId: logicalId };
    const { StackResourceDetail: detail } = await asked(name, this.client.send(new DescribeStackResourceCommand(input)));
    if (detail?.LogicalResourceId !== logicalId) throw new IncompleteScan(name, 'the answer is not about this resource');
    return detail.PhysicalResourceId || undefined;
  }

  /** By pages: DescribeStackResources gives the first hundred alone. */
  public async resources(stackId: string): Promise<StackResource[]> {
    const name = 'ListStackResources';
    const found: StackResource[] = [];
    const seen = new Set<string>();
    let token: string | undefined;
    do {
      const command = new ListStackResourcesCommand({ StackName: stackId, ...(token ? { NextToken: token } : {}) });
      const { StackResourceSummaries: summaries, NextToken: next } = await asked(name, this.client.send(command));
      if (!Array.isArray(summaries)) throw new IncompleteScan(name, 'the answer has no list');
      for (const { ResourceType, LogicalResourceId, PhysicalResourceId, ResourceStatus } of summaries) {
        found.push({
          type: text(ResourceType, name),
          logicalId: text(LogicalResourceId, name),
          status: text(ResourceStatus, name),
          ...(PhysicalResourceId ? { physicalId: PhysicalResourceId } : {}),
        });
      }
      if (next && seen.has(next)) throw new IncompleteScan(name, 'the same page token came twice');
      if (next) seen.add(next);
      token = next || undefined;
    } while (token !== undefined);
    return found;
  }

  public async ownerOf(physicalId: string): Promise<string | undefined> {
    const name = 'DescribeStackResources';
    const command = new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId });
    const answer = await asked(name, this.client.send(command)).catch(unlessUnowned);
    if (answer === UNOWNED) return undefined;
    const { StackResources: resources } = answer;
    if (!Array.isArray(resources)) throw new IncompleteScan(name, 'the answer has no list');
    // That there is no such stack comes as an error: a list of nothing is no answer.
    if (resources.length === 0) throw new IncompleteScan(name, 'the answer has no resource');
    for (const resource of resources) text(resource?.LogicalResourceId, name);
    const found = resources.filter(({ PhysicalResourceId }) => PhysicalResourceId === physicalId);
    // A stack that is not shown to have let go of it, or of which not all is shown, has it.
    const owned = found.length === 0 ? resources[0] : found.find(({ ResourceStatus }) => !LET_GO.has(ResourceStatus ?? ''));
    return owned === undefined ? undefined : (owned.StackId ?? 'a stack that is not named');
  }
}

const LET_GO: ReadonlySet<string> = new Set(['DELETE_COMPLETE', 'DELETE_SKIPPED']);
const UNOWNED = Symbol('a physical id of no stack');

/** CloudFormation has no error of its own for an id that belongs to no stack: only the sentence tells. */
function unlessUnowned(error: unknown): typeof UNOWNED {
  const unowned = error instanceof IncompleteScan && error.code === 'ValidationError' && /does not exist/.test(error.message);
  if (unowned) return UNOWNED;
  throw error;
}

async function asked<T extends object>(name: string, answer: Promise<T>): Promise<T> {
  try {
    const given = await answer;
    if (typeof given !== 'object' || given === null) throw new Error('the answer is no object');
    return given;
  } catch (error) {
    const code = error instanceof Error ? error.name : 'unknown';
    throw new IncompleteScan(name, `${code}: ${errorText(error)}`, code);
  }
}

function text(value: string | undefined, name: string): string {
  if (typeof value !== 'string' || value === '') throw new IncompleteScan(name, 'a name in the answer is missing');
  return value;
}
