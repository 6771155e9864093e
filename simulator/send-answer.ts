import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { DROP_CONNECTION, type RawAnswer } from './special-answers';

export type Answer = RawAnswer | typeof DROP_CONNECTION;

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (answer === DROP_CONNECTION) {
    response.destroy();
    return;
  }
  const { status, body } = answer;
  const hasNoBody = status === 204 || status === 304 || response.req.method === 'HEAD';
  response.writeHead(status, {
    ...headersOf(answer),
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(hasNoBody ? undefined : body);
}

/** Those that do not depend on how the body is framed. */
export function headersOf({ contentType, headers }: RawAnswer): Record<string, string> {
  return { 'x-amzn-requestid': randomUUID(), ...(contentType ? { 'content-type': contentType } : {}), ...headers };
}
