import { errorText } from '../error-text';

/** Name and sentence of what the SDK threw, and nothing else of it: the error holds the whole answer, which may hold secrets. */
export function sdkError(error: unknown): { readonly code: string; readonly reason: string } {
  const code = error instanceof Error ? error.name : 'Error';
  return { code, reason: quotesAnswer(error) ? 'the answer cannot be read' : errorText(error) };
}

/** A service's refusal has a sentence of its own, and so has a broken connection; what stumbles over an answer quotes it. */
function quotesAnswer(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && '$response' in error && !('$fault' in error));
}

/** As AWS services name it. */
const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|UnauthorizedOperation|NotAuthorized|Forbidden)$/;

/** Whether a call failed because somebody may not make it. */
export function isDenied({ code = '' }: { readonly code?: string }): boolean {
  return DENIED.test(code);
}
