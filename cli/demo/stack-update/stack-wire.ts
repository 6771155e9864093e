import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuery } from '../../../simulator/cloudformation/query-protocol';
import type { StackSimulator } from '../../../simulator/cloudformation/stack-simulator';
import { RawAnswer } from '../../../simulator/special-answers';

export interface StackWire {
  readonly url: string;
  close(): Promise<void>;
}

/** CloudFormation's descriptions on a port of this machine, ListStackResources among them. */
export async function serveStacks(stacks: StackSimulator): Promise<StackWire> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { status, body, contentType } = answer(stacks, new URLSearchParams(Buffer.concat(chunks).toString()));
      response.sendDate = false;
      response.writeHead(status, { 'content-type': contentType }).end(body);
    });
  });
  // No time-outs: they would be timers, and those jump.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const LISTED = 'ListStackResources';
const DESCRIBED = 'DescribeStackResources';

/** The simulator describes what CloudFormation lists: the same members under other names. */
function answer(stacks: StackSimulator, form: URLSearchParams): RawAnswer {
  const isList = form.get('Action') === LISTED;
  if (isList) form.set('Action', DESCRIBED);
  const described = answerQuery(stacks, Buffer.from(form.toString()), '00000000-0000-4000-8000-000000000000');
  if (!isList) return described;
  const body = String(described.body)
    .replaceAll(/(<\/?)StackResources>/g, '$1StackResourceSummaries>')
    .replaceAll(DESCRIBED, LISTED);
  return new RawAnswer(described.status, body, described.contentType);
}
