// Run alone in a process of its own: the function's bundle as Lambda loads it, and a clock that jumps over its waits.
import http, { type ClientRequest } from 'node:http';
import { JumpingTime } from '../cli/demo/jumping-time';
import type { HandledTick } from './handler-process';
import { NOW_HEADER } from './handler-time';
import { peakRssMb } from './peak-memory';

type Handler = (event: unknown, context: object) => Promise<{ outcome: string; deregistered: number }>;

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Requests that are being made, from their first byte on: a plan of many megabytes takes real time to send. */
let open = 0;
const { request } = http;

/** Each request takes so long, by the clock that jumps, and says what time it is there when it is sent. */
function delayRequests(latency: number): void {
  http.request = ((...given: Parameters<typeof request>) => {
    const made = request(...given);
    open += 1;
    made.once('close', () => {
      open -= 1;
    });
    if (latency > 0) sendLater(made, latency);
    return made;
  }) as typeof request;
}

function sendLater(made: ClientRequest, latency: number): void {
  const end = made.end.bind(made) as (...rest: unknown[]) => ClientRequest;
  made.end = ((...rest: unknown[]) => {
    open -= 1;
    setTimeout(() => {
      open += 1;
      if (!made.headersSent) made.setHeader(NOW_HEADER, String(Date.now()));
      end(...rest);
    }, latency);
    return made;
  }) as typeof made.end;
}

async function ticks(bundle: string, start: number): Promise<HandledTick[]> {
  const time = new JumpingTime(start, () => open > 0);
  const { handler } = require(bundle) as { handler: Handler };
  const done: HandledTick[] = [];
  for (const wait of [0, DAY + 60 * MINUTE]) {
    time.advanceTo(time.now() + wait);
    const began = time.now();
    const deadline = began + 15 * MINUTE;
    const context = {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    const { outcome, deregistered } = await time.run(() => handler({}, context));
    done.push({ outcome, deregistered, peakRssMb: peakRssMb(), seconds: (time.now() - began) / 1000 });
  }
  time.uninstall();
  return done;
}

const [bundle = '', start = '0', latency = '0'] = process.argv.slice(2);
delayRequests(Number(latency));
ticks(bundle, Number(start))
  .then(
    (done) => process.send?.(done),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  )
  .finally(() => process.disconnect());
