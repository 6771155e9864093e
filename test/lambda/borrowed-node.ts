import { runInThisContext } from 'node:vm';

/** Jest runs a test in a context of its own; a bundle runs in Node's. */
export const nodeGlobal: typeof globalThis = runInThisContext('globalThis');

const FAKED = ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;

interface Own {
  readonly time: Pick<typeof globalThis, (typeof FAKED)[number]>;
  readonly out: NodeJS.WriteStream['write'];
  readonly err: NodeJS.WriteStream['write'];
  borrower?: object | undefined;
}

// Kept with Node, and taken by the first file of a worker: a file that was given up on cannot pass its own off as Node's.
const kept = nodeGlobal as unknown as Record<symbol, Own | undefined>;
const OWN = Symbol.for('cdk-ecs-caretaker: the time and the output of Node');
kept[OWN] ??= runInThisContext(
  `({ time: { ${FAKED.join(', ')} }, out: process.stdout.write, err: process.stderr.write })`,
) as Own;
const own = kept[OWN] as Own;

/** Gives Node the faked time of this context, and takes its output, until the function that it returns is called. */
export function borrowNode(output: string[]): () => void {
  const { stdout, stderr } = nodeGlobal.process;
  const borrower = {};
  own.borrower = borrower;
  for (const name of FAKED) Object.assign(nodeGlobal, { [name]: globalThis[name] });
  for (const stream of [stdout, stderr]) capture(stream, output);
  return () => {
    // A run that nobody waits for any more ends when another has borrowed since.
    if (own.borrower === borrower) giveBack();
  };
}

function giveBack(): void {
  own.borrower = undefined;
  Object.assign(nodeGlobal, own.time);
  const { stdout, stderr } = nodeGlobal.process;
  stdout.write = own.out;
  stderr.write = own.err;
}

function capture(stream: NodeJS.WriteStream, into: string[]): void {
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    into.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const done = rest.find((argument) => typeof argument === 'function');
    if (done) queueMicrotask(done as () => void);
    return true;
  };
}

const stops: (() => Promise<void>)[] = [];
let over = false;

/** Stops what was started when the file ends, also where a `beforeAll` failed, or ran out of time and started it later. */
export async function stopAtTheEnd(stop: () => Promise<void>): Promise<void> {
  if (over) await stop();
  else stops.push(stop);
}

afterAll(async () => {
  over = true;
  giveBack();
  await Promise.all(stops.map((stop) => stop()));
});
