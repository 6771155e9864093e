import { CallLog } from '../call-log';
import type { EcsSimulator, Intercept } from '../ecs-simulator';
import { Random } from '../random';
import type { CustomResourcePort } from './custom-resource';
import { CustomResourceRequests } from './custom-resource-requests';
import { type Happening, Journal } from './journal';
import type { StackClock } from './resource-kinds';
import { type Assumptions, SimulatedStack, type StackResource, type StackSurroundings, validation } from './stack';

export interface StackSimulatorOptions {
  readonly ecs: EcsSimulator;
  /** Must be the one that the ECS simulator lives on. */
  readonly clock: StackClock;
  /** @default 1 */
  readonly seed?: number;
  /** The function behind every custom resource. @default one that never answers */
  readonly customResource?: CustomResourcePort;
  /** How often Lambda invokes the function again after it has thrown. @default 0 */
  readonly lambdaRetries?: number;
  /** Told at once of everything that happens; may act on ECS, or cancel the update. */
  readonly observe?: (happening: Happening) => void;
  readonly assumptions?: Assumptions;
}

/** A stack in the answer of DescribeStacks, times in milliseconds since the epoch. */
export interface DescribedStack {
  readonly StackId: string;
  readonly StackName: string;
  readonly CreationTime: number;
  readonly LastUpdatedTime?: number;
  readonly DeletionTime?: number;
  readonly StackStatus: string;
  readonly StackStatusReason?: string;
  readonly ParentId?: string;
  readonly RootId?: string;
}

export interface DescribedStackResource {
  readonly StackName: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly Timestamp: number;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}

/** A resource in the answer of ListStackResources. */
export interface StackResourceSummary {
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly LastUpdatedTimestamp: number;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}

/** Of resources in one answer. @see API_DescribeStackResources, API_ListStackResources */
const LARGEST_PAGE = 100;

/**
 * CloudFormation's lifecycle of stacks, as far as task definitions, services and custom resources take part in it.
 *
 * @example
 * const cloudFormation = new StackSimulator({ ecs, clock, customResource: async (event) => success(event, 'id') });
 * await cloudFormation.stack('web').deploy(template, { faults: [{ logicalId: 'Queue', during: 'forward', when: 'after' }] });
 */
export class StackSimulator {
  readonly journal: Journal;
  /** What was asked through the server. */
  readonly log = new CallLog();
  /** Answers what is asked through the server; replaceable at any time. */
  intercept: Intercept | undefined;
  private readonly stacks: SimulatedStack[] = [];
  private readonly requests: CustomResourceRequests;
  private readonly surroundings: StackSurroundings;

  constructor(options: StackSimulatorOptions) {
    const { ecs, clock, seed = 1, customResource: port, lambdaRetries = 0, assumptions = {} } = options;
    const random = new Random(seed);
    const { environment } = ecs;
    const journal = new Journal(ecs, options.observe);
    this.journal = journal;
    this.requests = new CustomResourceRequests({ clock, random, journal, environment, port, lambdaRetries });
    this.surroundings = {
      ecs,
      clock,
      journal,
      requests: this.requests,
      assumptions,
      pseudo: {
        'AWS::Partition': environment.partition,
        'AWS::Region': environment.region,
        'AWS::AccountId': environment.account,
        'AWS::URLSuffix': environment.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
        'AWS::NoValue': '',
      },
      hex: (digits) => random.hex(digits),
      nest: (name, parent) => this.add(name, parent),
      nested: (id) => this.existing(id),
    };
  }

  /** The stack of that name; a new one, not created yet, when there is none or it was deleted. */
  stack(name: string): SimulatedStack {
    return this.living().find((stack) => stack.name === name) ?? this.add(name);
  }

  byId(id: string): SimulatedStack {
    return this.existing(id);
  }

  /** What the stack records, with properties: more than CloudFormation tells. */
  resourcesOf(nameOrId: string): readonly StackResource[] {
    return this.existing(nameOrId).resources;
  }

  /** The task definitions that stacks record, and those that the rollback of an update under way goes back to. */
  pinned(): { taskDefinition: string; where: string; isAtWork: boolean }[] {
    return this.living().flatMap((stack) =>
      stack.needed('AWS::ECS::TaskDefinition').map((taskDefinition) => {
        const { name, status, isAtWork } = stack;
        return { taskDefinition, where: `stack ${name} in ${status}`, isAtWork };
      }),
    );
  }

  /** The physical id of the first resource of that name in any stack that exists. */
  physicalIdOf(logicalId: string): string | undefined {
    for (const stack of this.living()) {
      const found = stack.resource(logicalId)?.physicalId;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Requests that were to arrive a second time, later, arrive now. */
  deliverLateRequests(): Promise<void> {
    return this.requests.arrive();
  }

  /** @see API_DescribeStacks */
  describeStacks(nameOrId?: string): { readonly Stacks: readonly DescribedStack[] } {
    const found = nameOrId === undefined ? this.living().filter(({ status }) => status) : [this.existing(nameOrId)];
    return { Stacks: found.map(describeStack) };
  }

  /** @see API_DescribeStackResource */
  describeStackResource(nameOrId: string, logicalId: string): { readonly StackResourceDetail: DescribedStackResource } {
    const stack = this.existing(nameOrId);
    const resource = stack.resource(logicalId);
    if (!resource) throw validation(`Resource ${logicalId} does not exist for stack ${nameOrId}`);
    return { StackResourceDetail: describeResource(stack, resource) };
  }

  /**
   * The resources of a stack, or of the stack that a physical id belongs to. What was retained belongs to none.
   *
   * @see API_DescribeStackResources
   */
  describeStackResources(by: {
    readonly stackName?: string;
    readonly physicalResourceId?: string;
    readonly logicalResourceId?: string;
  }): { readonly StackResources: readonly DescribedStackResource[] } {
    const { stackName, physicalResourceId, logicalResourceId } = by;
    if ((stackName === undefined) === (physicalResourceId === undefined)) {
      throw validation('Exactly one of StackName and PhysicalResourceId must be specified');
    }
    const stack = stackName === undefined ? this.owner(physicalResourceId ?? '') : this.existing(stackName);
    const resources = stack.resources.filter(({ logicalId }) => (logicalResourceId ?? logicalId) === logicalId);
    return { StackResources: resources.slice(0, LARGEST_PAGE).map((resource) => describeResource(stack, resource)) };
  }

  /**
   * All resources of a stack, by pages: `NextToken` leads to the next one.
   *
   * @see API_ListStackResources
   */
  listStackResources(
    nameOrId: string,
    nextToken?: string,
  ): { readonly StackResourceSummaries: readonly StackResourceSummary[]; readonly NextToken?: string } {
    const stack = this.existing(nameOrId);
    const start = nextToken === undefined ? 0 : readToken(stack, nextToken);
    const end = start + LARGEST_PAGE;
    const { resources } = stack;
    return {
      StackResourceSummaries: resources.slice(start, end).map((resource) => {
        const { StackName: _, StackId: __, Timestamp, ...summary } = describeResource(stack, resource);
        return { ...summary, LastUpdatedTimestamp: Timestamp };
      }),
      ...(end < resources.length ? { NextToken: token(stack, end) } : {}),
    };
  }

  private owner(physicalId: string): SimulatedStack {
    const owners = this.stacks.filter((stack) => stack.resources.some((resource) => resource.physicalId === physicalId));
    const owner = owners.find(({ status }) => status !== 'DELETE_COMPLETE') ?? owners.at(-1);
    if (!owner) throw validation(`Stack for ${physicalId} does not exist`);
    return owner;
  }

  private living(): readonly SimulatedStack[] {
    return this.stacks.filter(({ status }) => status !== 'DELETE_COMPLETE');
  }

  private add(name: string, parent?: SimulatedStack): SimulatedStack {
    const stack = new SimulatedStack(name, this.surroundings, parent);
    this.stacks.push(stack);
    return stack;
  }

  /** By name only while it exists; by ARN for as long as anybody asks. @see API_DescribeStacks */
  private existing(nameOrId: string): SimulatedStack {
    const stack =
      this.stacks.find(({ id }) => id === nameOrId) ?? this.living().find(({ name, status }) => name === nameOrId && status);
    if (!stack) throw validation(`Stack with id ${nameOrId} does not exist`);
    return stack;
  }
}

function token({ id }: SimulatedStack, skip: number): string {
  return Buffer.from(JSON.stringify([id, skip])).toString('base64url');
}

function readToken({ id }: SimulatedStack, given: string): number {
  try {
    const [stackId, skip] = JSON.parse(Buffer.from(given, 'base64url').toString()) as [string, number];
    if (stackId === id && Number.isInteger(skip) && skip > 0) return skip;
  } catch {
    // Falls through to the refusal.
  }
  throw validation('NextToken is invalid');
}

function describeStack(stack: SimulatedStack): DescribedStack {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    ...(stack.updatedAt === undefined ? {} : { LastUpdatedTime: stack.updatedAt }),
    ...(stack.deletedAt === undefined ? {} : { DeletionTime: stack.deletedAt }),
    StackStatus: stack.status ?? 'REVIEW_IN_PROGRESS',
    ...(stack.statusReason === undefined ? {} : { StackStatusReason: stack.statusReason }),
    ...(stack.parent ? { ParentId: stack.parent.id, RootId: stack.root.id } : {}),
  };
}

function describeResource(stack: SimulatedStack, resource: StackResource): DescribedStackResource {
  const { logicalId, physicalId, type, at, status, reason } = resource;
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: logicalId,
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
    ResourceType: type,
    Timestamp: at,
    ResourceStatus: status,
    ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
  };
}
