import { request } from 'node:https';
import type { Clock } from '../engine/clock';

const TRIES = 6;
const ONE_TRY_TAKES_AT_MOST = 8_000;
const FIRST_PAUSE = 500;

/**
 * Puts an answer where CloudFormation waits for it, again after a pause when that fails. A redirect is a failure: the
 * answer goes to the host that was asked for, or nowhere.
 *
 * @throws Error that never tells the address
 */
export async function putAnswer(url: URL, body: string, clock: Clock, deadline: number): Promise<void> {
  let failure = 'no time was left';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const pause = attempt === 0 ? 0 : FIRST_PAUSE * 2 ** (attempt - 1);
    if (clock.now() + pause >= deadline) break;
    if (pause > 0) await clock.sleep(pause);
    const status = await put(url, body, Math.min(ONE_TRY_TAKES_AT_MOST, deadline - clock.now()));
    if (typeof status === 'number' && status >= 200 && status < 300) return;
    failure = `S3 answered ${status}`;
  }
  throw new Error(`the answer could not be delivered: ${failure}`);
}

/** The HTTP status, or the code of what kept the request from getting one. */
function put(url: URL, body: string, milliseconds: number): Promise<number | string> {
  return new Promise((resolve) => {
    // The signature covers an empty content type.
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body), connection: 'close' };
    const sending = request(url, { method: 'PUT', headers }, (response) => {
      response.resume();
      settle(response.statusCode ?? 0);
    });
    const timer = setTimeout(() => settle('too late'), Math.max(0, milliseconds));
    const settle = (outcome: number | string) => {
      clearTimeout(timer);
      resolve(outcome);
      if (typeof outcome === 'string') sending.destroy();
    };
    sending.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'with a broken connection'));
    sending.end(body);
  });
}
