import { Readable } from 'node:stream';
import type { DeserializeMiddleware, MiddlewareStack } from '@smithy/types';
import { REQUEST_TIMES } from './request-times';

/**
 * The body of an answer, when it comes to its end in time.
 *
 * @throws Error named `TimeoutError`, which the SDK tries again, when it does not: it may trickle for ever
 */
export async function wholeBody(body: Readable | Uint8Array): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const tooLate = Object.assign(new Error('the answer did not come to its end in time'), { name: 'TimeoutError' });
  const timer = setTimeout(() => body.destroy(tooLate), REQUEST_TIMES.requestTimeout);
  try {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    return Buffer.concat(parts);
  } finally {
    clearTimeout(timer);
  }
}

// The SDK gives each service's clients types of their own; all that matters here is that answers pass through them.
// biome-ignore lint/suspicious/noExplicitAny: the SDK has no common type for them
type AnyStack = Pick<MiddlewareStack<any, any>, 'add'>;

/** Has each attempt of a client's last until its answer is whole, so that one that breaks off is tried again. */
export function wholeAnswers<Client extends { readonly middlewareStack: AnyStack }>(client: Client): Client {
  const readWhole: DeserializeMiddleware<object, object> = (next) => async (args) => {
    const result = await next(args);
    const response = result.response as { body?: Readable | Uint8Array };
    if (response.body) response.body = Readable.from([await wholeBody(response.body)]);
    return result;
  };
  client.middlewareStack.add(readWhole, { step: 'deserialize', priority: 'low', name: 'wholeAnswer' });
  return client;
}
