import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as Https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { JumpingTime } from '../../cli/demo/jumping-time';
import { STACK_ENV } from '../../lib/contract/environment';
import type { StackPruneSettings } from '../../lib/contract/stack-prune-settings';
import { STACK_SECONDS } from '../../lib/contract/stack-pruning';
import {
  EcsSimulator,
  EventBus,
  Neighbors,
  type SimulatorServer,
  StackSimulator,
  startServer,
  type WireFaults,
} from '../../simulator';
import { STACK_SETTINGS } from '../engine/stack/stack-doors';
import { borrowNode, nodeGlobal, stopAtTheEnd } from './borrowed-node';
import { ENVIRONMENT, emfIn, nodeRequire, sums } from './lambda-host';
import { type OnlyLoopback, onlyLoopback } from './only-loopback';

const BUNDLE = path.join(__dirname, '..', '..', 'assets', 'prune-on-stack-update', 'index.js');
const START = Date.parse('2026-03-01T12:00:00Z');
export const S3_HOST = `cloudformation-custom-resource-response-euwest1.s3.${ENVIRONMENT.region}.amazonaws.com`;
/** A bucket of S3's whose name the stand-in cannot prove: it is not in its certificate. */
export const UNPROVEN_HOST = `other.s3.${ENVIRONMENT.region}.amazonaws.com`;

// As Node itself has them: the bundle's own.
const https: typeof Https = nodeGlobal.process.getBuiltinModule('node:https');

/** What arrived where CloudFormation waits. */
export interface Delivered {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** What S3 answered; `undefined` when nothing. */
  readonly status?: number;
}

export interface StackInvocation {
  readonly error?: Error;
  readonly output: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly delivered: readonly Delivered[];
  readonly answers: readonly Record<string, string>[];
  /** ECS calls. */
  readonly calls: Readonly<Record<string, number>>;
  /** `host:port` of every connection that it wanted beyond this machine and S3. */
  readonly refused: readonly string[];
  /** CloudFormation actions, each once. */
  readonly asked: readonly string[];
  readonly milliseconds: number;
}

type Handler = (event: unknown, context: object) => Promise<void>;

/**
 * Runs the bundle behind a stack's custom resource as Lambda would. S3 has its real name: this machine stands in for it, under
 * a certificate that only this process trusts.
 */
export class StackHost {
  readonly time: JumpingTime;
  ecs: EcsSimulator;
  stacks: StackSimulator;
  readonly events = new EventBus();
  neighbors: Neighbors;
  /** What spoils answers on their way. */
  faults: WireFaults | undefined;
  /** What S3 answers, and how; a test may set another. */
  respond: (response: ServerResponse, attempt: number) => void = (response) => response.writeHead(200).end();
  private readonly delivered: Delivered[] = [];
  private readonly handler: Handler;
  private invocations = 0;
  private stopped = false;

  private constructor(
    private readonly server: SimulatorServer,
    private readonly s3: Https.Server,
    private readonly network: OnlyLoopback,
  ) {
    this.time = new JumpingTime(START, () => server.inFlight() > 0);
    this.ecs = this.newEcs();
    this.stacks = new StackSimulator({ ecs: this.ecs, clock: this.clock });
    this.neighbors = new Neighbors({ clock: this.clock, environment: ENVIRONMENT });
    this.handler = (nodeRequire(BUNDLE) as { handler: Handler }).handler;
  }

  static async start(): Promise<StackHost> {
    let host: StackHost | undefined;
    const here = () => host as StackHost;
    const server = await startServer({
      get ecs() {
        return here().ecs;
      },
      get events() {
        return here().events;
      },
      get stacks() {
        return here().stacks;
      },
      get neighbors() {
        return here().neighbors.all;
      },
      get faults() {
        return here().faults;
      },
    });
    const [key, cert] = [pem('key'), pem('certificate')];
    const s3 = https.createServer({ key, cert }, (request, response) => void here().take(request, response));
    s3.keepAliveTimeout = 0;
    s3.requestTimeout = 0;
    s3.headersTimeout = 0;
    await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve));
    const { port } = s3.address() as AddressInfo;
    const network = onlyLoopback({ [S3_HOST]: port, [UNPROVEN_HOST]: port }, [cert]);
    Object.assign(nodeGlobal.process.env, variables(server.url));
    delete nodeRequire.cache[BUNDLE];
    const started = new StackHost(server, s3, network);
    host = started;
    await stopAtTheEnd(() => started.stop());
    return started;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.time.uninstall();
    this.network.restore();
    for (const name of Object.keys(variables(''))) delete nodeGlobal.process.env[name];
    this.s3.closeAllConnections();
    await Promise.all([this.server.close(), new Promise((resolve) => this.s3.close(resolve))]);
  }

  /** How many requests have arrived at S3 in all. */
  get attempts(): number {
    return this.delivered.length;
  }

  get clock() {
    return { now: () => Date.now(), advance: (ms: number) => this.time.advanceTo(this.time.now() + ms) };
  }

  newEcs(): EcsSimulator {
    return new EcsSimulator({ clock: { now: () => Date.now() }, environment: ENVIRONMENT });
  }

  configure(stackId: string, settings: Partial<StackPruneSettings> | string = {}): void {
    const document = typeof settings === 'string' ? settings : JSON.stringify({ ...STACK_SETTINGS, ...settings });
    Object.assign(nodeGlobal.process.env, { [STACK_ENV.settings]: document, [STACK_ENV.stack]: stackId });
  }

  /** One invocation, to its end. */
  async invoke(event: unknown, remaining = STACK_SECONDS.function * 1000): Promise<StackInvocation> {
    const output: string[] = [];
    const giveBack = borrowNode(output);
    const [calls, asked] = [this.ecs.log.calls, this.stacks.log.calls];
    const [from, began] = [this.delivered.length, Date.now()];
    const refused = this.network.refused.length;
    let error: Error | undefined;
    try {
      await this.time.run(async () => {
        try {
          await this.handler(event, this.context(remaining));
        } finally {
          await said();
        }
      });
    } catch (thrown) {
      error = thrown as Error;
    } finally {
      giveBack();
    }
    const text = output.join('');
    const delivered = this.delivered.slice(from);
    return {
      ...(error ? { error } : {}),
      output: text,
      metrics: sums(emfIn(text)),
      delivered,
      answers: delivered.map(({ body }) => JSON.parse(body)),
      calls: more(this.ecs.log.calls, calls),
      refused: this.network.refused.slice(refused),
      asked: Object.keys(more(this.stacks.log.calls, asked)),
      milliseconds: Date.now() - began,
    };
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    const status = () => (response.headersSent ? response.statusCode : undefined);
    this.delivered.push({
      host: headers.host ?? '',
      path: url,
      method,
      headers,
      body,
      get status() {
        return status();
      },
    });
    response.sendDate = false;
    this.respond(response, this.delivered.length);
  }

  private context(remaining: number): object {
    const deadline = Date.now() + remaining;
    const { partition, account, region } = this.ecs.environment;
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
}

type Counts = Readonly<Record<string, number>>;

/** How many more there are now than before. */
function more(now: Counts, before: Counts): Counts {
  const counts = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** What is still said once all is done: by work that was given up on, say. */
async function said(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

function pem(what: 'key' | 'certificate'): string {
  return readFileSync(path.join(__dirname, 'certificates', `test-only.${what}.pem`), 'utf8');
}

function variables(endpoint: string): Record<string, string> {
  return {
    [STACK_ENV.settings]: JSON.stringify(STACK_SETTINGS),
    [STACK_ENV.stack]: 'none',
    [STACK_ENV.pruner]: 'Stack/Pruner',
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: ENVIRONMENT.region,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}
