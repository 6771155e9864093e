import { type Input, requiredText, seconds } from '../input';
import { SimulatedError } from '../simulated-error';
import { Neighbor, type RoutedCall, type WireRequest } from './neighbor';
import { type PageOptions, TokenPages } from './token-pages';

export interface PipesOptions extends PageOptions {
  readonly clock: { now(): number };
  readonly environment: { readonly partition: string; readonly account: string; readonly region: string };
}

export interface SeededPipe {
  readonly name: string;
  /** @default 'RUNNING' */
  readonly state?: 'RUNNING' | 'STOPPED';
  /** The revision that it runs. */
  readonly runs?: string;
  /** Members of the description of the test's own, e.g. `TargetParameters`. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** The task definitions that it pins. @default that of `runs` */
  readonly pins?: readonly string[];
}

interface Pipe {
  readonly name: string;
  readonly state: string;
  readonly description: Readonly<Record<string, unknown>>;
  readonly pins: readonly string[];
  readonly modifiedAt: number;
}

/** Amazon EventBridge Pipes, as far as they are read. */
export class Pipes extends Neighbor {
  readonly signingName = 'pipes';
  private readonly pipes = new Map<string, Pipe>();
  private readonly pages: TokenPages;

  constructor(private readonly options: PipesOptions) {
    super();
    this.pages = new TokenPages(options, () => new SimulatedError('ValidationException', 'Invalid NextToken.'));
  }

  override route({ method, path, query }: WireRequest): RoutedCall | undefined {
    if (method !== 'GET') return undefined;
    if (path === '/v1/pipes') return { action: 'ListPipes', input: Object.fromEntries(query) };
    const [, Name] = /^\/v1\/pipes\/([^/]+)$/.exec(path) ?? [];
    return Name ? { action: 'DescribePipe', input: { Name } } : undefined;
  }

  protected readonly actions = {
    ListPipes: (input: Input) => {
      const { items, nextToken } = this.pages.page([...this.pipes.values()], input.NextToken, pageSize(input));
      return { Pipes: items.map((pipe) => this.summary(pipe)), NextToken: nextToken };
    },
    DescribePipe: (input: Input) => {
      const name = requiredText(input, 'Name');
      const pipe = this.pipes.get(name);
      if (!pipe) throw new SimulatedError('NotFoundException', `Pipe ${name} does not exist.`, 404);
      return { ...this.summary(pipe), ...pipe.description };
    },
  };

  /** Creates a pipe, or updates the one of that name. */
  put({ name, state = 'RUNNING', runs, more = {}, pins = runs ? [runs] : [] }: SeededPipe): void {
    const parameters = runs && { TargetParameters: { EcsTaskParameters: { TaskDefinitionArn: runs, TaskCount: 1 } } };
    const modifiedAt = this.options.clock.now();
    this.pipes.set(name, { name, state, description: { ...parameters, ...more }, pins, modifiedAt });
  }

  delete(name: string): void {
    this.pipes.delete(name);
  }

  /** The task definitions that pipes pin, whatever a scan makes of their descriptions. */
  pinned(): { taskDefinition: string; where: string }[] {
    return [...this.pipes.values()].flatMap(({ name, pins }) =>
      pins.map((taskDefinition) => ({ taskDefinition, where: `pipe ${name}` })),
    );
  }

  private summary({ name, state, modifiedAt }: Pipe) {
    return {
      Arn: this.arn('pipes', `pipe/${name}`),
      Name: name,
      DesiredState: state,
      CurrentState: state,
      LastModifiedTime: seconds(modifiedAt),
      Source: this.arn('sqs', 'orders'),
      Target: this.arn('ecs', 'cluster/jobs'),
    };
  }

  private arn(service: string, resource: string): string {
    const { partition, region, account } = this.options.environment;
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}

function pageSize(input: Input): number {
  const asked = Number(input.Limit ?? 100);
  if (!(asked >= 1 && asked <= 100)) throw new SimulatedError('ValidationException', 'Limit must be between 1 and 100');
  return asked;
}
