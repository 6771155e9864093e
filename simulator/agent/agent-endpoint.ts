import { CallLog } from '../call-log';
import type { Clock } from '../clock';
import type { EcsSimulator } from '../ecs-simulator';
import type { Input } from '../input';
import { Random } from '../random';
import {
  type AgentAnswer,
  errorAnswer,
  json,
  notAnError,
  RATE_LIMITED,
  timedOut,
  UNCLEAN_PATH,
  UNDECODABLE,
  UNKNOWN_ROUTE,
  UNKNOWN_TASK,
  WRONG_METHOD,
  withoutProtectionEnabled,
  withoutRole,
} from './agent-answer';
import { decode } from './decode';
import { callEcs, type EcsIntercept } from './ecs-call';
import { RequestLimit } from './request-limit';

export const PROTECTION_PATH = '/task-protection/v1/state';

/** The agent's server closes a connection on which it has not answered by then. */
const WRITE_MS = 5_000;

export interface AgentRequest {
  readonly method: string;
  /** What follows `ECS_AGENT_URI`; with the `/api/ID` of that address before it, it means the same. */
  readonly path: string;
  /** The agent reads none of them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request on its way to the agent, as a test may intercept it. */
export interface AgentCall extends AgentRequest {
  /** The how-manieth request this is, from 1. */
  readonly request: number;
  /** The task for which the endpoint stands. */
  readonly taskArn: string | undefined;
}

/** Answers in the agent's place: may change, delay or withhold the answer, or let it have its effect later. */
export type AgentIntercept = (call: AgentCall, answer: () => Promise<AgentAnswer>) => Promise<AgentAnswer>;

export interface AgentEndpointOptions {
  readonly ecs: EcsSimulator;
  /** `undefined` is a task that the agent does not know. */
  readonly taskArn: string | undefined;
  /** On which the agent waits between its tries, and for ECS. */
  readonly clock: Clock;
  /** Whether the task has a role, with whose credentials the agent calls ECS. @default true */
  readonly hasTaskRole?: boolean;
  /** Whether answers name the task without its cluster, as some agents do. @default false */
  readonly shortTaskArn?: boolean;
  /** What is left to chance (the agent's back-off) repeats with it. @default 1 */
  readonly seed?: number;
  readonly intercept?: AgentIntercept;
  readonly interceptEcs?: EcsIntercept;
}

/**
 * The task protection endpoint of the ECS agent, as one container of a task sees it, before the embedded ECS. A request may
 * take time of the clock.
 *
 * @example
 * const agent = new AgentEndpoint({ ecs, taskArn, clock });
 * await agent.handle({ method: 'PUT', path: '/task-protection/v1/state', body: '{"ProtectionEnabled":true}' });
 */
export class AgentEndpoint {
  /** Requests by method, whatever became of them. */
  readonly log = new CallLog();
  /** Replaceable at any time; `undefined` lets every request through. */
  intercept: AgentIntercept | undefined;
  /** Replaceable at any time; `undefined` lets every call to ECS through. */
  interceptEcs: EcsIntercept | undefined;
  private readonly limit: RequestLimit;
  private readonly random: Random;
  private requests = 0;

  constructor(private readonly options: AgentEndpointOptions) {
    this.intercept = options.intercept;
    this.interceptEcs = options.interceptEcs;
    this.limit = new RequestLimit(() => options.clock.now());
    this.random = new Random(options.seed ?? 1);
  }

  /** The same agent, asked by a container of which it knows no task. */
  forUnknownTask(): AgentEndpoint {
    return new AgentEndpoint({ ...this.options, taskArn: undefined });
  }

  async handle(request: AgentRequest): Promise<AgentAnswer> {
    const { clock, taskArn } = this.options;
    this.requests += 1;
    this.log.count(request.method, { path: request.path, body: request.body });
    const call = { ...request, request: this.requests, taskArn };
    const answer = () => this.answer(call);
    const arrived = clock.now();
    const given = await (this.intercept ? this.intercept(call, answer) : answer());
    return clock.now() - arrived > WRITE_MS ? 'dropped' : given;
  }

  private async answer({ method, path, body, request }: AgentCall): Promise<AgentAnswer> {
    const route = routeOf(path);
    if (route !== PROTECTION_PATH) return isClean(route) ? UNKNOWN_ROUTE : UNCLEAN_PATH;
    if (!this.limit.take()) return RATE_LIMITED;
    if (method === 'PUT') return this.update(body, request);
    return method === 'GET' ? this.read(request) : WRONG_METHOD;
  }

  private async update(body: string, request: number): Promise<AgentAnswer> {
    const { taskArn, hasTaskRole = true } = this.options;
    const wish = decode(body);
    if (!wish) return UNDECODABLE;
    if (taskArn === undefined) return UNKNOWN_TASK;
    if (wish.enabled === undefined) return withoutProtectionEnabled(taskArn);
    if (!hasTaskRole) return withoutRole(taskArn);
    const minutes = wish.minutes === undefined ? {} : { expiresInMinutes: wish.minutes };
    return this.ask('UpdateTaskProtection', taskArn, { protectionEnabled: wish.enabled, ...minutes }, request);
  }

  private async read(request: number): Promise<AgentAnswer> {
    const { taskArn, hasTaskRole = true } = this.options;
    if (taskArn === undefined) return UNKNOWN_TASK;
    if (!hasTaskRole) return withoutRole(taskArn);
    return this.ask('GetTaskProtection', taskArn, {}, request);
  }

  private async ask(
    action: 'GetTaskProtection' | 'UpdateTaskProtection',
    arn: string,
    wish: Input,
    request: number,
  ): Promise<AgentAnswer> {
    const { ecs, clock } = this.options;
    const input = { cluster: clusterOf(arn), tasks: [arn], ...wish };
    const world = { ecs, clock, random: this.random, intercept: this.interceptEcs };
    const outcome = await callEcs(world, { action, input, request });
    if (outcome.kind === 'timed-out') return timedOut(arn);
    if (outcome.kind === 'failed') return notAnError(arn, action, outcome.cause);
    if (outcome.kind === 'answered') return this.told(arn, outcome.answer);
    const { code: Code, message: Message, status } = outcome.error;
    return errorAnswer(status, { Arn: arn, Code, Message }, this.random.hex(32));
  }

  /** One failure is told with status 200; an answer about no task at all is what the real handler stumbles over. */
  private told(arn: string, { protectedTasks = [], failures = [] }: Input): AgentAnswer {
    const [failure, ...moreFailures] = failures as Input[];
    const [task, ...moreTasks] = protectedTasks as Input[];
    if (moreFailures.length > 0 || moreTasks.length > 0) {
      return errorAnswer(500, { Arn: arn, Code: 'ServerException', Message: 'Unexpected number of results from ECS' });
    }
    if (failure) {
      return json(200, { failure: { Arn: failure.arn, Detail: failure.detail ?? null, Reason: failure.reason } });
    }
    if (!task) return 'dropped';
    const taskArn = String(task.taskArn);
    const expiration = task.expirationDate;
    return json(200, {
      protection: {
        ExpirationDate: typeof expiration === 'number' ? dateOf(expiration) : null,
        ProtectionEnabled: task.protectionEnabled,
        TaskArn: this.options.shortTaskArn ? taskArn.replace(/:task\/.*\//, ':task/') : taskArn,
      },
    });
  }
}

function clusterOf(taskArn: string): string {
  const [, cluster = 'default'] = /:task\/([^/]+)\//.exec(taskArn) ?? [];
  return cluster;
}

/** As Go writes it: no more fractions of a second than there are. */
function dateOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().replace(/\.?0*Z$/, 'Z');
}

function routeOf(path: string): string {
  const [route = ''] = path.split('?');
  return route.replace(/^\/api\/[^/]+(?=\/)/, '');
}

function isClean(route: string): boolean {
  return route.startsWith('/') && !/\/(\.{0,2}\/|\.{1,2}$)/.test(route);
}
