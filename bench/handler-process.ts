import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { ENV } from '../lib/contract/environment';

/** What the memory of the function is, in megabytes. */
export const MEMORY_MB = 256;

/**
 * As the start script of Lambda's Node.js runtime sets them: a tenth of the memory for what is new, in two halves, and the rest for what is
 * old. Assumed to be so still; it stands in AWS's own images for Node.js.
 */
const NEW_MB = Math.floor(MEMORY_MB / 10);
export const FLAGS = [
  '--expose-gc',
  `--max-semi-space-size=${Math.floor(NEW_MB / 2)}`,
  `--max-old-space-size=${MEMORY_MB - NEW_MB}`,
];

export const LEDGER_BUCKET = 'ledger';

/** What the child says of each tick. */
export interface HandledTick {
  readonly outcome: string;
  readonly deregistered: number;
  /** The most of the process that has been resident so far. */
  readonly peakRssMb: number;
  /** How long the tick took, by the clock that jumps. */
  readonly seconds: number;
}

export interface Handled {
  /** The server that stands for AWS. */
  readonly url: string;
  readonly settings: object;
  /** When the first tick begins; the second does a day and an hour after its end. */
  readonly start: number;
  /** What each request takes by the clock that jumps. @default 0 */
  readonly latency?: number;
}

/** The function's bundle over HTTP, in a process with the memory that Lambda gives it: one tick that announces, and one that begins to let go. */
export async function handledTicks({ url, settings, start, latency = 0 }: Handled): Promise<HandledTick[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'caretaker-bench-'));
  const env = {
    PATH: process.env.PATH,
    [ENV.settings]: JSON.stringify(settings),
    [ENV.ledgerBucket]: LEDGER_BUCKET,
    [ENV.pruner]: 'bench',
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  try {
    const outfile = path.join(folder, 'child.js');
    const entryPoints = [path.join(__dirname, 'handler-child.ts')];
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', logLevel: 'error' });
    return await new Promise((resolve, reject) => {
      const bundle = path.join(__dirname, '..', 'assets', 'prune-on-schedule', 'index.js');
      const child = fork(outfile, [bundle, String(start), String(latency)], {
        execArgv: FLAGS,
        env,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      child.once('message', (done) => resolve(done as HandledTick[]));
      child.once('exit', (code, signal) => reject(new Error(`the function ended by itself: ${signal ?? code}`)));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
