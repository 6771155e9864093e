import type { Readable } from 'node:stream';
import type { DeserializeMiddleware, MiddlewareStack } from '@smithy/types';
import { wholeBody } from './whole-answer';

const NOTHING = new TextEncoder().encode('{}');

// The SDK gives each service's commands types of their own; all that matters here is that answers pass through them.
// biome-ignore lint/suspicious/noExplicitAny: the SDK has no common type for them
export type Command = { readonly middlewareStack: Pick<MiddlewareStack<any, any>, 'add'> };

export interface Client {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  send(command: any, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

/**
 * Sends a command and gives the JSON as it came over the wire.
 *
 * The SDK's own answer cannot tell "no services" from an answer without a list, and drops fields that are newer than
 * itself: both matter to whoever decides what may be taken away.
 */
export async function wireAnswer(client: Client, command: Command, abortSignal?: AbortSignal): Promise<unknown> {
  let body: Uint8Array = new Uint8Array();
  const keepBody: DeserializeMiddleware<object, object> = (next) => async (args) => {
    const result = await next(args);
    const response = result.response as { statusCode: number; body: Readable | Uint8Array };
    body = await wholeBody(response.body);
    // Errors are the SDK's to read. Its own reading of an answer would only be thrown away.
    response.body = response.statusCode < 300 ? NOTHING : body;
    return result;
  };
  command.middlewareStack.add(keepBody, { step: 'deserialize', priority: 'low', name: 'keepBody' });
  await client.send(command, abortSignal ? { abortSignal } : {});
  return JSON.parse(new TextDecoder().decode(body));
}
