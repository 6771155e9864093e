import { type Input, optionalText, requiredText, seconds } from '../input';
import { SimulatedError } from '../simulated-error';
import { Neighbor, type RoutedCall, type WireRequest } from './neighbor';
import { type PageOptions, TokenPages } from './token-pages';

export interface SchedulesOptions extends PageOptions {
  readonly clock: { now(): number };
  readonly environment: { readonly partition: string; readonly account: string; readonly region: string };
}

/** How a schedule says which task definition it runs. */
export type ScheduleForm = 'a task' | 'a universal target' | 'JSON in JSON';

export interface SeededSchedule {
  readonly name: string;
  /** @default 'default' */
  readonly group?: string;
  /** @default true */
  readonly enabled?: boolean;
  readonly runs?: { readonly taskDefinition: string; readonly form?: ScheduleForm };
  /** A target of the test's own, in place of `runs`. */
  readonly target?: Readonly<Record<string, unknown>>;
  /** The task definitions that the own target pins. */
  readonly pins?: readonly string[];
}

interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly target: Readonly<Record<string, unknown>>;
  readonly pins: readonly string[];
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** Amazon EventBridge Scheduler, as far as its schedules are read. */
export class Schedules extends Neighbor {
  readonly signingName = 'scheduler';
  private readonly schedules = new Map<string, Schedule>();
  private readonly pages: TokenPages;

  constructor(private readonly options: SchedulesOptions) {
    super();
    this.pages = new TokenPages(options, () => new SimulatedError('ValidationException', 'Invalid NextToken.'));
  }

  override route({ method, path, query }: WireRequest): RoutedCall | undefined {
    if (method !== 'GET') return undefined;
    if (path === '/schedules') return { action: 'ListSchedules', input: Object.fromEntries(query) };
    const [, Name] = /^\/schedules\/([^/]+)$/.exec(path) ?? [];
    return Name ? { action: 'GetSchedule', input: { Name, GroupName: query.get('groupName') ?? 'default' } } : undefined;
  }

  protected readonly actions = {
    ListSchedules: (input: Input) => {
      const group = optionalText(input, 'ScheduleGroup');
      const all = [...this.schedules.values()].filter((schedule) => group === undefined || schedule.group === group);
      const { items, nextToken } = this.pages.page(all, input.NextToken, pageSize(input));
      const summaries = items.map((schedule) => ({ ...this.summary(schedule), Target: { Arn: schedule.target.Arn } }));
      return { Schedules: summaries, NextToken: nextToken };
    },
    GetSchedule: (input: Input) => {
      const [group, name] = [requiredText(input, 'GroupName'), requiredText(input, 'Name')];
      const schedule = this.schedules.get(`${group}/${name}`);
      if (!schedule) throw new SimulatedError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
      return { ...this.summary(schedule), ScheduleExpression: 'rate(1 day)', Target: schedule.target };
    },
  };

  /** Creates a schedule, or updates the one of that name in that group. */
  put({ name, group = 'default', enabled = true, runs, target, pins }: SeededSchedule): void {
    const key = `${group}/${name}`;
    const now = this.options.clock.now();
    this.schedules.set(key, {
      name,
      group,
      enabled,
      target: target ?? (runs ? this.running(runs.taskDefinition, runs.form) : { Arn: this.arn('sqs', 'jobs') }),
      pins: pins ?? (runs ? [runs.taskDefinition] : []),
      createdAt: this.schedules.get(key)?.createdAt ?? now,
      modifiedAt: now,
    });
  }

  delete(name: string, group = 'default'): void {
    this.schedules.delete(`${group}/${name}`);
  }

  /** The task definitions that schedules pin, whatever a scan makes of their targets. */
  pinned(): { taskDefinition: string; where: string }[] {
    return [...this.schedules.values()].flatMap(({ group, name, pins }) =>
      pins.map((taskDefinition) => ({ taskDefinition, where: `schedule ${group}/${name}` })),
    );
  }

  private running(taskDefinition: string, form: ScheduleForm = 'a task'): Readonly<Record<string, unknown>> {
    const RoleArn = `arn:${this.options.environment.partition}:iam::${this.options.environment.account}:role/scheduler`;
    const universal = `arn:${this.options.environment.partition}:scheduler:::aws-sdk:ecs:runTask`;
    const secret = {
      Overrides: { ContainerOverrides: [{ Name: 'web', Environment: [{ Name: 'TOKEN', Value: 'a secret' }] }] },
    };
    if (form === 'a universal target') {
      return { Arn: universal, RoleArn, Input: JSON.stringify({ Cluster: 'jobs', TaskDefinition: taskDefinition, ...secret }) };
    }
    if (form === 'JSON in JSON') {
      const Input = JSON.stringify({ body: JSON.stringify({ run: { taskDefinition } }) });
      return { Arn: this.arn('lambda', 'function:run'), RoleArn, Input };
    }
    const parameters = { TaskDefinitionArn: taskDefinition, TaskCount: 1 };
    return { Arn: this.arn('ecs', 'cluster/jobs'), RoleArn, EcsParameters: parameters, Input: JSON.stringify(secret) };
  }

  private summary({ name, group, enabled, createdAt, modifiedAt }: Schedule) {
    return {
      Arn: this.arn('scheduler', `schedule/${group}/${name}`),
      Name: name,
      GroupName: group,
      State: enabled ? 'ENABLED' : 'DISABLED',
      CreationDate: seconds(createdAt),
      LastModificationDate: seconds(modifiedAt),
    };
  }

  private arn(service: string, resource: string): string {
    const { partition, region, account } = this.options.environment;
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}

function pageSize(input: Input): number {
  const asked = Number(input.MaxResults ?? 100);
  if (!(asked >= 1 && asked <= 100)) throw new SimulatedError('ValidationException', 'MaxResults must be between 1 and 100');
  return asked;
}
