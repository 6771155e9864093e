import { createServer, type Server } from 'node:http';
import { globalAgent } from 'node:https';
import { type AddressInfo, connect } from 'node:net';

/** One PUT that arrived where CloudFormation waits. */
export interface Delivered {
  /** The host and path that it was meant for. */
  readonly to: string;
  readonly body: string;
}

/**
 * Stands where S3 takes the answers of custom resources: every https request of this process meets it, whatever its host, and
 * without TLS. The function needs no exception for that, and has none.
 */
export class ResponseDoor {
  readonly delivered: Delivered[] = [];

  private constructor(
    private readonly server: Server,
    private readonly restore: () => void,
  ) {}

  static async open(): Promise<ResponseDoor> {
    let door: ResponseDoor | undefined;
    const server = createServer((request, response) => {
      const isAnswer = request.method === 'PUT';
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const to = `${request.headers.host}${request.url}`;
        if (isAnswer) door?.delivered.push({ to, body: Buffer.concat(chunks).toString() });
        response.sendDate = false;
        response.writeHead(isAnswer ? 200 : 403).end();
      });
    });
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    server.headersTimeout = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    door = new ResponseDoor(server, meet((server.address() as AddressInfo).port));
    return door;
  }

  /** The bodies that were put to the address. */
  at(address: string): readonly string[] {
    const { host, pathname, search } = new URL(address);
    return this.delivered.filter(({ to }) => to === `${host}${pathname}${search}`).map(({ body }) => body);
  }

  close(): Promise<void> {
    this.restore();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

function meet(port: number): () => void {
  const name = 'createConnection';
  const original = Object.getOwnPropertyDescriptor(globalAgent, name);
  Object.defineProperty(globalAgent, name, { configurable: true, value: () => connect(port, '127.0.0.1') });
  return () => {
    if (original) Object.defineProperty(globalAgent, name, original);
    else Reflect.deleteProperty(globalAgent, name);
  };
}
