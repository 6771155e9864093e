import { Agent, request } from 'node:http';
import type { AgentAddress } from './agent-address';
import type { Reply } from './agent-answer';
import type { Wish } from './protection-state';

/** The agent gives up on ECS after four seconds and has five to write: its own time-out arrives before ours. */
export const REQUEST_MS = 6500;
const MOST_BYTES = 64 * 1024;
const FAILURES = /^E[A-Z]{3,20}$/;

const withoutKeepAlive = new Agent({ keepAlive: false });

/** One request to the agent. Always settles, with what came back or with why nothing did; follows no redirect. */
export function askAgent({ host, port, path }: AgentAddress, wish: Wish): Promise<Reply> {
  return new Promise((resolve) => {
    const text = requestBody(wish);
    const headers = text ? { 'content-type': 'application/json', 'content-length': text.length } : {};
    const method = text ? 'PUT' : 'GET';
    const asked = request({ host, port, path, method, headers, agent: withoutKeepAlive });
    const end = (reply: Reply) => {
      clearTimeout(timer);
      resolve(reply);
      asked.destroy();
    };
    const timer = setTimeout(() => end({ failed: 'Timeout' }), REQUEST_MS);
    asked.on('error', (error: NodeJS.ErrnoException) => {
      end({ failed: FAILURES.test(error.code ?? '') ? String(error.code) : 'ConnectionFailed' });
    });
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_BYTES) end({ failed: 'AnswerTooLong' });
      });
      response.on('end', () => end({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', () => end({ failed: 'ConnectionFailed' }));
      response.on('aborted', () => end({ failed: 'ConnectionFailed' }));
    });
    asked.end(text);
  });
}

/** The agent takes these two fields, in these words, and refuses any other. */
export function requestBody(wish: Wish): string | undefined {
  if (wish.kind === 'read') return undefined;
  return JSON.stringify(
    wish.kind === 'protect' ? { ProtectionEnabled: true, ExpiresInMinutes: wish.minutes } : { ProtectionEnabled: false },
  );
}
