import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StackSimulator } from '../../simulator';
import { answerQuery } from '../../simulator/cloudformation/query-protocol';
import type { RawAnswer } from '../../simulator/special-answers';

export interface StackWire {
  readonly url: string;
  /** Actions in the order in which they were asked. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** CloudFormation's descriptions on a port of this machine, with the list of a stack's resources that the simulator's own face lacks. */
export async function serveStacks(stacks: () => StackSimulator): Promise<StackWire> {
  const asked: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const action = form.get('Action') ?? '';
    asked.push(action);
    response.sendDate = false;
    const { status, body } = action === 'ListStackResources' ? listed(stacks(), form) : perform(stacks(), form);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

function perform(stacks: StackSimulator, form: URLSearchParams): Answered {
  const { status, body } = answerQuery(stacks, Buffer.from(form.toString()), '00000000') as RawAnswer;
  return { status, body: String(body) };
}

function listed(stacks: StackSimulator, form: URLSearchParams): Answered {
  const { status, body } = perform(
    stacks,
    new URLSearchParams({ ...Object.fromEntries(form), Action: 'DescribeStackResources' }),
  );
  return {
    status,
    body: body
      .replaceAll('DescribeStackResources', 'ListStackResources')
      .replaceAll('StackResources>', 'StackResourceSummaries>')
      .replaceAll('ListStackResourceSummaries>', 'ListStackResources>'),
  };
}
