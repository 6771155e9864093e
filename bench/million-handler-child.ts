// Run alone in a process of its own: the function's bundle as Lambda loads it, and a clock that jumps over its waits.
import http from 'node:http';
import { JumpingTime } from '../cli/demo/jumping-time';

/** What is sent to the parent when a tick is over. */
export interface HandledTick {
  readonly outcome: string;
  readonly deregistered: number;
  /** The most that the system has counted for this process so far. */
  readonly peakRssMb: number;
}

type Handler = (event: unknown, context: object) => Promise<{ outcome: string; deregistered: number }>;

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Requests that are being made, from their first byte on: a plan of many megabytes takes real time to send. */
let open = 0;
const { request } = http;
http.request = ((...given: Parameters<typeof request>) => {
  const made = request(...given);
  open += 1;
  made.once('close', () => {
    open -= 1;
  });
  return made;
}) as typeof request;

async function ticks(bundle: string, start: number): Promise<HandledTick[]> {
  const time = new JumpingTime(start, () => open > 0);
  const { handler } = require(bundle) as { handler: Handler };
  const done: HandledTick[] = [];
  for (const wait of [0, DAY + 60 * MINUTE]) {
    time.advanceTo(time.now() + wait);
    const deadline = time.now() + 15 * MINUTE;
    const context = {
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    const { outcome, deregistered } = await time.run(() => handler({}, context));
    done.push({ outcome, deregistered, peakRssMb: process.resourceUsage().maxRSS / 1024 });
  }
  time.uninstall();
  return done;
}

const [bundle = '', start = '0'] = process.argv.slice(2);
ticks(bundle, Number(start))
  .then(
    (done) => process.send?.(done),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  )
  .finally(() => process.disconnect());
