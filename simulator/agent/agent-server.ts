import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import type { AgentAnswer } from './agent-answer';
import { AgentEndpoint } from './agent-endpoint';
import { REQUEST_LIMIT } from './request-limit';

export interface AgentServer {
  /** The `ECS_AGENT_URI` of the container; of several, that of the first. */
  readonly uri: string;
  close(): Promise<void>;
}

/** The agent's server closes a connection whose request has not arrived by then. */
const READ_MS = 5_000;
const ONE_CONTAINER = '/api/00112233445566778899aabbccddeeff-0123456789';

/**
 * Serves the agent's endpoint on a port of this machine: of one container, or of several by the path of their
 * `ECS_AGENT_URI`, such as `/api/one`. To other containers the agent says that it knows no such task.
 */
export async function startAgent(containers: AgentEndpoint | Readonly<Record<string, AgentEndpoint>>): Promise<AgentServer> {
  const endpoints = new Map(Object.entries(containers instanceof AgentEndpoint ? { [ONE_CONTAINER]: containers } : containers));
  const [first] = endpoints;
  if (!first) throw new Error('an agent needs at least one container');
  const stranger = first[1].forUnknownTask();
  const endpointAt = (url: string) => endpoints.get(/^\/api\/[^/?]+/.exec(url)?.[0] ?? '') ?? stranger;
  const server = createServer((request, response) => {
    handle(endpointAt(request.url ?? '/'), request, response).catch(() => response.destroy());
  });
  // Node's own time-outs would answer; the agent closes the connection.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}${first[0]}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(endpoint: AgentEndpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const body = await bodyOf(request);
  send(response, await endpoint.handle({ method, path: url, body }), url);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const tooLate = setTimeout(() => request.destroy(), READ_MS);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  } finally {
    clearTimeout(tooLate);
  }
}

function send(response: ServerResponse, answer: AgentAnswer, url: string): void {
  if (answer === 'dropped') {
    response.destroy();
    return;
  }
  const { status, contentType, body } = answer;
  response.writeHead(status, {
    ...(contentType ? { 'content-type': contentType } : {}),
    ...(status === 301 ? { location: path.posix.normalize(url) } : {}),
    ...(hasLimit(answer) ? limitHeaders(response.req) : {}),
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** What the router answers by itself has not met the limiter. */
function hasLimit(answer: Exclude<AgentAnswer, 'dropped'>): boolean {
  return answer.status !== 301 && !(answer.status === 404 && answer.contentType !== 'application/json');
}

function limitHeaders({ socket }: IncomingMessage): Record<string, string> {
  return {
    'X-Rate-Limit-Limit': REQUEST_LIMIT.perSecond.toFixed(2),
    'X-Rate-Limit-Duration': '1',
    'X-Rate-Limit-Request-Forwarded-For': '',
    'X-Rate-Limit-Request-Remote-Addr': `${socket.remoteAddress}:${socket.remotePort}`,
  };
}
