import * as path from 'node:path';
import { inspect } from 'node:util';
import { JumpingTime } from '../../cli/demo/jumping-time';
import type { Environment } from '../../lib/contract/arn';
import { ENV } from '../../lib/contract/environment';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { METRIC_DIMENSION, METRIC_NAMESPACE } from '../../lib/contract/metrics';
import {
  type BusEntry,
  CANARY_MARK,
  canariesIn,
  EcsSimulator,
  type EcsSimulatorOptions,
  EventBus,
  Neighbors,
  ObjectStore,
  type SimulatorServer,
  StackSimulator,
  startServer,
  type WireFaults,
} from '../../simulator';
import type { PageOptions } from '../../simulator/neighbors/token-pages';
import { borrowNode, nodeGlobal, stopAtTheEnd } from './borrowed-node';

export const ENVIRONMENT: Environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
export const BUCKET = 'ledger';
export const PRUNER = 'Stack/Pruner';
export const KEEP_TAG = 'cdk-ecs-caretaker:keep';
const START = Date.parse('2026-03-01T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const PIECE = CANARY_MARK.slice(0, 7);
/** A secret of the function itself: it may leak like any other. */
const OWN_SECRET = `${CANARY_MARK}-own-secret-key`;
const BUNDLE = path.join(__dirname, '..', '..', 'assets', 'prune-on-schedule', 'index.js');

// In Jest's context `import()` does not work: the bundle is loaded as Lambda loads it, by Node.
export const nodeRequire = nodeGlobal.process.getBuiltinModule('node:module').createRequire(__filename);

/** The settings that the construct renders for an account without wishes of its own, ready to act. */
export const SETTINGS = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 10, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [] as string[],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: KEEP_TAG,
};

/** What one invocation answered, and everything that it left outside. */
export interface Invocation {
  readonly answer?: {
    readonly outcome: string;
    readonly ended: string;
    readonly deregistered: number;
    readonly refusals: readonly string[];
  };
  readonly error?: Error;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  /** Sums by name of the metrics in the embedded format. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly events: readonly BusEntry[];
  /** ECS calls by action. */
  readonly calls: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** What the embedded metric format of an output says. */
export interface EmfLine {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly unit: string }>>;
}

/** The world around a function: each test has one of its own. */
export class World {
  readonly ecs: EcsSimulator;
  readonly objects: ObjectStore;
  readonly events = new EventBus();
  readonly neighbors: Neighbors;
  readonly stacks: StackSimulator;
  /** Actions that arrived on the wire, as IAM names them. */
  readonly used = new Set<string>();
  /** What spoils answers on their way. */
  faults: WireFaults | undefined;

  constructor(
    options: Partial<EcsSimulatorOptions> & { readonly listAllowed?: boolean; readonly neighborPages?: PageOptions } = {},
  ) {
    const clock = { now: () => Date.now() };
    this.ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, ...options });
    this.objects = new ObjectStore({ clock, listAllowed: options.listAllowed ?? true });
    this.neighbors = new Neighbors({ clock, environment: this.ecs.environment, ...options.neighborPages });
    this.stacks = new StackSimulator({ ecs: this.ecs, clock: { ...clock, advance: () => undefined } });
  }

  /** Forgets every fault that a test has set. */
  mend(): void {
    this.ecs.intercept = undefined;
    this.objects.intercept = undefined;
    this.events.intercept = undefined;
    for (const neighbor of this.neighbors.all) neighbor.intercept = undefined;
    this.stacks.intercept = undefined;
    this.faults = undefined;
  }

  /** A document of the ledger. */
  // biome-ignore lint/suspicious/noExplicitAny: documents are read freely in tests
  ledger(key: string): any {
    const text = this.objects.text(BUCKET, key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** The plan of the last complete look. */
  // biome-ignore lint/suspicious/noExplicitAny: documents are read freely in tests
  get plan(): any {
    return this.ledger(LEDGER.latestPlan);
  }

  /** `family:revision` of every deregistration that took effect, by the simulator's own log. */
  get deregistered(): string[] {
    return this.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`);
  }
}

type Handler = (event: unknown, context: object) => Promise<Invocation['answer']>;

/**
 * Runs the function's bundle as Lambda would, warm from test to test, against a simulator on a loopback port. Time jumps
 * to whatever the bundle waits for.
 */
export class LambdaHost {
  time: JumpingTime;
  world = new World();
  /** All that any invocation has let out: output, errors, and what it put into the ledger and on the bus. */
  private readonly sinks: string[] = [];
  private handler: Handler | undefined;
  private invocations = 0;
  private requests = 0;
  private stopped = false;

  private constructor(private readonly server: SimulatorServer) {
    this.time = this.timeFrom(START);
  }

  static async start(): Promise<LambdaHost> {
    // A getter a request: the port stays, and the world behind it is the test's.
    let host: LambdaHost | undefined;
    const current = () => (host as LambdaHost).world;
    const server = await startServer({
      get ecs() {
        return (host as LambdaHost).counting(current().ecs, 'ecs');
      },
      get objects() {
        return (host as LambdaHost).counting(current().objects, 's3');
      },
      get events() {
        return (host as LambdaHost).counting(current().events, 'events');
      },
      get neighbors() {
        return current().neighbors.all.map((neighbor) => (host as LambdaHost).counting(neighbor, neighbor.signingName));
      },
      get stacks() {
        return current().stacks;
      },
      get faults() {
        return current().faults;
      },
    });
    host = new LambdaHost(server);
    const started = host;
    Object.assign(nodeGlobal.process.env, variables(server.url));
    await stopAtTheEnd(() => started.stop());
    host.load();
    return host;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.time.uninstall();
    for (const name of Object.keys(variables(''))) delete nodeGlobal.process.env[name];
    await this.server.close();
  }

  /** Sets the time back, so that every test sees the same instants, and forgets what was let out. */
  startAgain(): void {
    this.forgetSinks();
    this.time.uninstall();
    this.time = this.timeFrom(START);
  }

  /** A cold start: the bundle's modules anew. */
  load(): void {
    delete nodeRequire.cache[BUNDLE];
    this.handler = (nodeRequire(BUNDLE) as { handler: Handler }).handler;
  }

  configure(settings: unknown): void {
    nodeGlobal.process.env[ENV.settings] = typeof settings === 'string' ? settings : JSON.stringify(settings);
  }

  /** One invocation, to its end. */
  async invoke(event: unknown = {}): Promise<Invocation> {
    const [invocation] = await this.invokeTogether([event]);
    return invocation as Invocation;
  }

  /** Invocations at the same time. What they share (output, events, calls) is shown with each. */
  async invokeTogether(events: readonly unknown[]): Promise<Invocation[]> {
    const { world } = this;
    const output: string[] = [];
    const giveBack = borrowNode(output);
    const calls = { ...world.ecs.log.calls };
    const entries = world.events.entries.length;
    const requests = this.requests;
    const handler = this.handler as Handler;
    let settled: PromiseSettledResult<Invocation['answer']>[];
    try {
      settled = await this.time.run(() => Promise.allSettled(events.map((event) => handler(event, this.context()))));
    } finally {
      giveBack();
    }
    const text = output.join('');
    const shared = {
      output: text,
      metrics: sums(emfIn(text)),
      events: world.events.entries.slice(entries),
      calls: difference(world.ecs.log.calls, calls),
      requests: this.requests - requests,
    };
    this.sinks.push(text);
    for (const result of settled) if (result.status === 'rejected') this.sinks.push(everythingIn(result.reason));
    return settled.map((result) =>
      result.status === 'fulfilled' ? { answer: result.value, ...shared } : { error: result.reason, ...shared },
    );
  }

  /** Which secrets have come out anywhere: output, thrown errors, ledger, events. */
  leaks(): string[] {
    const { objects, events } = this.world;
    const sinks = [...this.sinks, ...objects.keys(BUCKET).map((key) => `${key}\n${objects.text(BUCKET, key)}`)];
    sinks.push(JSON.stringify(events.entries));
    const text = sinks.join('\n');
    const found = [...canariesIn(text)];
    // A piece of a secret is one too.
    const piece = text.indexOf(PIECE);
    if (found.length === 0 && piece >= 0) found.push(text.slice(piece, piece + 40));
    return found;
  }

  /** Lets go of what was let out so far, for a test that plants a leak. */
  forgetSinks(): void {
    this.sinks.length = 0;
  }

  private timeFrom(start: number): JumpingTime {
    return new JumpingTime(start, () => this.server.inFlight() > 0);
  }

  private context(): object {
    const deadline = Date.now() + 15 * MINUTE;
    const { partition, account, region } = this.world.ecs.environment;
    this.invocations += 1;
    return {
      functionName: 'pruner',
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:${partition}:lambda:${region}:${account}:function:pruner`,
      memoryLimitInMB: '256',
      awsRequestId: `00000000-0000-4000-8000-${String(this.invocations).padStart(12, '0')}`,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
  }

  /** Passes on what the server asks of a part of the world, and notes it. */
  private counting<T extends object>(part: T, service: string): T {
    const { world } = this;
    const note = (action: string) => {
      this.requests += 1;
      world.used.add(`${service}:${action}`);
    };
    return new Proxy(part, {
      get: (target, name) => {
        // biome-ignore lint/suspicious/noExplicitAny: whatever the part has
        const value: any = Reflect.get(target, name, target);
        if (name === 'call') {
          return (action: string, input: object) => {
            note(action);
            return value.call(target, action, input);
          };
        }
        if (name === 'handle') {
          return async (request: { method: string }, body: Buffer) => {
            note(S3_ACTIONS[request.method] ?? request.method);
            const answer = await value.call(target, request, body);
            // Only who may list is told that a key is missing.
            if (request.method === 'GET' && answer.status === 404) world.used.add('s3:ListBucket');
            return answer;
          };
        }
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

const S3_ACTIONS: Readonly<Record<string, string>> = { GET: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' };

function variables(endpoint: string): Record<string, string> {
  return {
    [ENV.settings]: JSON.stringify(SETTINGS),
    [ENV.ledgerBucket]: BUCKET,
    [ENV.pruner]: PRUNER,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: ENVIRONMENT.region,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: OWN_SECRET,
    AWS_SESSION_TOKEN: `${OWN_SECRET}-session`,
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** The lines of an output that CloudWatch would read as metrics. */
export function emfIn(output: string): EmfLine[] {
  return output
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line) => {
      const parsed = JSON.parse(line);
      const [{ Namespace, Dimensions, Metrics }] = parsed._aws.CloudWatchMetrics;
      const entryOf = ({ Name, Unit }: { Name: string; Unit: string }) => [Name, { value: total(parsed[Name]), unit: Unit }];
      return {
        namespace: Namespace,
        dimensions: Object.fromEntries(Dimensions.flat().map((name: string) => [name, parsed[name]])),
        metrics: Object.fromEntries(Metrics.map(entryOf)),
      };
    });
}

/** Which lines of metrics do not stand where the construct's alarms look for them. */
export function misplaced(lines: readonly EmfLine[]): EmfLine[] {
  return lines.filter(
    ({ namespace, dimensions }) =>
      namespace !== METRIC_NAMESPACE ||
      dimensions[METRIC_DIMENSION] !== PRUNER ||
      Object.keys(dimensions).join() !== METRIC_DIMENSION,
  );
}

export function sums(lines: readonly EmfLine[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { metrics } of lines) {
    for (const [name, { value }] of Object.entries(metrics)) found[name] = (found[name] ?? 0) + value;
  }
  return found;
}

function total(value: number | number[]): number {
  return [value].flat().reduce((sum, one) => sum + one, 0);
}

function difference(after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): Record<string, number> {
  const changed = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

/** As a careless logger would print it. */
function everythingIn(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null });
}
