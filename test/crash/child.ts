import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { JumpingTime } from '../../cli/demo/jumping-time';

// One invocation of the function's bundle in a process of its own, for a test that kills or freezes it. Its time jumps over
// waits; each request tells it to the server, whose world lives in the same.
const [, , bundle = '', start, timeFile = ''] = process.argv;
const MINUTE = 60_000;
const { request } = http;
const time = new JumpingTime(Number(start));

http.request = ((options: http.RequestOptions, ...rest: []) =>
  request({ ...options, headers: { ...options.headers, 'x-now': String(time.now()) } }, ...rest)) as typeof request;

// Woken up again, it finds that time has gone on.
process.on('SIGCONT', () => {
  time.advanceTo(Number(readFileSync(timeFile, 'utf8')));
  process.stdout.write('awake\n');
});

const deadline = time.now() + 15 * MINUTE;
const context = {
  functionName: 'pruner',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
  getRemainingTimeInMillis: () => deadline - time.now(),
};
const { handler } = createRequire(__filename)(bundle) as { handler(event: object, given: object): Promise<object> };
time
  .run(() => handler({}, context))
  .then(
    (answer) => {
      process.stdout.write(`\n${JSON.stringify(answer)}\n`);
      process.exit(0);
    },
    () => process.exit(1),
  );
