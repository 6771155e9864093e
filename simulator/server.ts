import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuery, isQuery, queriedAction } from './cloudformation/query-protocol';
import type { StackSimulator } from './cloudformation/stack-simulator';
import type { EcsSimulator } from './ecs-simulator';
import type { EventBus } from './event-bus';
import type { Input } from './input';
import type { Neighbor } from './neighbors/neighbor';
import { Neighbors } from './neighbors/neighbors';
import type { ObjectStore } from './object-store';
import { type Answer, sendAnswer } from './send-answer';
import { SimulatedError } from './simulated-error';
import { DROP_CONNECTION, EMPTY_BODY, RawAnswer } from './special-answers';
import type { WireFaults } from './wire-faults';

const JSON_TYPE = 'application/x-amz-json-1.1';
const ECS_TARGET = 'AmazonEC2ContainerServiceV20141113.';
const EVENTS_TARGET = 'AWSEvents.';
const OBJECT_VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete', HEAD: 'Head' };

export interface ServerOptions {
  readonly ecs: EcsSimulator;
  readonly objects?: ObjectStore;
  readonly events?: EventBus;
  /** @default there is no stack */
  readonly stacks?: StackSimulator;
  /** @default all that can pin a revision are there, with nothing in them */
  readonly neighbors?: readonly Neighbor[];
  /** Spoil answers on their way; asked anew for each request. */
  readonly faults?: WireFaults;
  /** @default any free one */
  readonly port?: number;
}

export interface SimulatorServer {
  readonly url: string;
  readonly port: number;
  /** Requests that have arrived and are not answered yet. */
  inFlight(): number;
  close(): Promise<void>;
}

/** Serves ECS, EventBridge, CloudFormation's descriptions and S3 on one port of this machine. It sets no timers, so it runs under faked ones. */
export async function startServer(options: ServerOptions): Promise<SimulatorServer> {
  let inFlight = 0;
  const server = createServer((request, response) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    handle(options, request, response).catch(() => response.destroy());
  });
  // No Date header: the SDK would set its clock by it. No time-outs: they would be timers.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    inFlight: () => inFlight,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.sendDate = false;
  const body = await bodyOf(request);
  const { action, answer } = route(options, request, body);
  const { faults } = options;
  if (faults) await faults.send(action, response, answer);
  else sendAnswer(response, await answer());
}

/** A request, as the action that it asks for. */
interface Routed {
  readonly action: string;
  answer(): Promise<Answer>;
}

function route(options: ServerOptions, request: IncomingMessage, body: Buffer): Routed {
  const { ecs, objects, events, stacks, neighbors = NOTHING_IN_THEM } = options;
  const { method = 'GET' } = request;
  const target = request.headers['x-amz-target'];
  // PutEvents is signed as EventBridge's rules are: the bus takes it first.
  const neighbor = target === `${EVENTS_TARGET}PutEvents` ? undefined : neighborOf(neighbors, request);
  if (neighbor) {
    return routeToNeighbor(neighbor, request, body);
  }
  if (method === 'POST' && isQuery(request.headers['content-type'])) {
    return { action: queriedAction(body), answer: async () => answerQuery(stacks, body, randomUUID()) };
  }
  if (typeof target !== 'string') {
    const answer = async () => (objects ? objects.handle(request, body) : new RawAnswer(404, ''));
    return { action: `${OBJECT_VERBS[method] ?? method}Object`, answer };
  }
  const action = target.slice(target.lastIndexOf('.') + 1);
  if (target.startsWith(ECS_TARGET)) return { action, answer: () => answerJson(body, (input) => ecs.call(action, input)) };
  if (target.startsWith(EVENTS_TARGET) && events) {
    return { action, answer: () => answerJson(body, (input) => events.call(action, input)) };
  }
  const unserved = new SimulatedError('UnknownOperationException', `The simulator serves no ${target}.`);
  return { action, answer: async () => refusal(unserved) };
}

const NOTHING_IN_THEM = new Neighbors({
  clock: { now: () => 0 },
  environment: { partition: 'aws', account: '', region: '' },
}).all;

function neighborOf(neighbors: readonly Neighbor[], request: IncomingMessage): Neighbor | undefined {
  // Paths of REST services look like S3's buckets; what a request is signed for tells them apart.
  const [, signingName] = /Credential=[^,]*\/([a-z0-9-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
  return neighbors.find((neighbor) => neighbor.signingName === signingName);
}

function routeToNeighbor(neighbor: Neighbor, request: IncomingMessage, body: Buffer): Routed {
  const { method = 'GET', headers } = request;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const target = headers['x-amz-target'];
  const called = (input: Input) =>
    neighbor.route({
      method,
      path: decodeURIComponent(pathname),
      query: searchParams,
      target: typeof target === 'string' ? target : undefined,
      body: input,
    });
  return {
    action: called(readable(body))?.action ?? '',
    answer: () =>
      answerJson(body, (input) => {
        const routed = called(input as Input);
        if (!routed)
          throw new SimulatedError('UnknownOperationException', `The simulator serves no ${method} ${pathname}.`, 404);
        return neighbor.call(routed.action, routed.input);
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

async function answerJson(body: Buffer, call: (input: object) => Promise<unknown>): Promise<Answer> {
  try {
    const answer = await call(parse(body));
    if (answer === DROP_CONNECTION || answer instanceof RawAnswer) return answer;
    return new RawAnswer(200, answer === EMPTY_BODY ? '' : (JSON.stringify(answer) ?? ''), JSON_TYPE);
  } catch (error) {
    return refusal(error);
  }
}

/** A body as far as it can be read, for whoever only asks what it is about. */
function readable(body: Buffer): Input {
  try {
    return parse(body) as Input;
  } catch {
    return {};
  }
}

function parse(body: Buffer): object {
  try {
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Falls through to the refusal.
  }
  throw new SimulatedError('SerializationException', 'The request is not a JSON object.');
}

function refusal(error: unknown): RawAnswer {
  const { code, message, status } =
    error instanceof SimulatedError ? error : new SimulatedError('InternalFailure', String(error), 500);
  return new RawAnswer(status, JSON.stringify({ __type: code, message }), JSON_TYPE);
}
