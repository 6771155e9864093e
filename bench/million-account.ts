import type { EcsCall } from '../engine/aws/ecs-call';
import { ECS_ACTIONS, ECS_BUCKETS } from '../lib/contract/limits';

export const HERE = { partition: 'aws', account: '111122223333', region: 'eu-west-1' } as const;
export const PAGE = 100;

const SECOND = 1000;
const DAY = 86_400_000;
const ARN = `arn:${HERE.partition}:ecs:${HERE.region}:${HERE.account}:task-definition/`;

/** How a number of revisions is spread: every family holds the same share. */
export interface Shape {
  readonly revisions: number;
  readonly families: number;
}

/** A clock that never waits: who sleeps finds that the time has passed. */
export class SkippingClock {
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, over?: AbortSignal): Promise<void> {
    // Who may stop waiting is held to a time: this one never comes, for here all is done at once.
    if (over) return new Promise(() => undefined);
    this.time += Math.max(0, milliseconds);
  }
}

/**
 * An account so large that it cannot be kept beside what is measured: its pages are made when they are asked for, as text,
 * and decoded as an answer from the wire is. It keeps two sums of time: what making the text took, and what decoding did.
 */
export class MillionAccount {
  /** Milliseconds spent on making answers, which no real run spends. */
  making = 0;
  /** Milliseconds spent on `JSON.parse` of the pages of the list. */
  decoding = 0;
  /** Called after every page. */
  onPage: () => void = () => {};
  readonly deregistered = new Set<string>();
  private readonly perFamily: number;
  private readonly start: number;

  constructor(
    private readonly shape: Shape,
    private readonly clock: SkippingClock,
  ) {
    this.perFamily = shape.revisions / shape.families;
    this.start = clock.now();
  }

  get pages(): number {
    return this.shape.revisions / PAGE;
  }

  /** One page of the list, from its text: what a run must do at least. */
  list(page: number): unknown {
    const began = performance.now();
    const text = this.text(page);
    const made = performance.now();
    const answer = JSON.parse(text);
    this.decoding += performance.now() - made;
    this.making += made - began;
    this.onPage();
    return answer;
  }

  readonly call: EcsCall = async (action, input) => {
    // Three quarters of what ECS gives, as the engine's pace has it.
    if (ECS_ACTIONS[action] === 'definitionRead')
      await this.clock.sleep(SECOND / (ECS_BUCKETS.definitionRead.perSecond * 0.75));
    switch (action) {
      case 'ListTaskDefinitions':
        return input.familyPrefix === undefined ? this.list(pageOf(input.nextToken)) : this.newest(input);
      case 'DescribeTaskDefinition':
        return this.describe(String(input.taskDefinition));
      case 'DeregisterTaskDefinition':
        this.deregistered.add(String(input.taskDefinition));
        return {};
      case 'ListClusters':
        return { clusterArns: [`arn:aws:ecs:${HERE.region}:${HERE.account}:cluster/production`] };
      case 'ListServices':
        return { serviceArns: [] };
      case 'ListTasks':
        return { taskArns: [] };
      default:
        throw new Error(`this account does not answer ${action}`);
    }
  };

  private text(page: number): string {
    const arns: string[] = [];
    const end = Math.min(this.shape.revisions, (page + 1) * PAGE);
    for (let index = page * PAGE; index < end; index += 1) {
      arns.push(`"${ARN}${this.family(Math.floor(index / this.perFamily))}:${(index % this.perFamily) + 1}"`);
    }
    const next = end < this.shape.revisions ? `,"nextToken":"${tokenOf(page + 1)}"` : '';
    return `{"taskDefinitionArns":[${arns.join(',')}]${next}}`;
  }

  private newest({ familyPrefix, maxResults }: Record<string, unknown>): unknown {
    const count = Math.min(Number(maxResults), this.perFamily);
    const taskDefinitionArns = Array.from({ length: count }, (_, back) => `${ARN}${familyPrefix}:${this.perFamily - back}`);
    return { taskDefinitionArns };
  }

  /** Registered one by one, the last of each family eight days before the clock began. */
  private describe(taskDefinitionArn: string): unknown {
    const revision = Number(taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf(':') + 1));
    const registeredAt = (this.start - 8 * DAY) / SECOND - (this.perFamily - revision);
    return { taskDefinition: { taskDefinitionArn, status: 'ACTIVE', registeredAt, registeredBy: 'deployer' }, tags: [] };
  }

  // Of one width, so that the order of the list is the order of the numbers.
  private family(index: number): string {
    return `payments-worker-${String(index).padStart(6, '0')}`;
  }
}

// As long as tokens tend to be; their form is not documented.
function tokenOf(page: number): string {
  return Buffer.from(`page ${page}`.padEnd(120)).toString('base64');
}

function pageOf(token: unknown): number {
  return typeof token === 'string' ? Number(Buffer.from(token, 'base64').toString().slice('page '.length)) : 0;
}
