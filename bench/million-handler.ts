import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { ENV } from '../lib/contract/environment';
import type { EcsSimulator } from '../simulator/ecs-simulator';
import { EventBus } from '../simulator/event-bus';
import { ObjectStore } from '../simulator/object-store';
import { startServer } from '../simulator/server';
import { type Figures, rounded, runAlone } from './figures';
import { MillionAccount, SkippingClock } from './million-account';
import type { HandledTick } from './million-handler-child';

const START = Date.parse('2026-11-02T03:00:00Z');
const MEMORY_MB = 256;
const SHAPES = [1, 2_000, 100_000];

/**
 * As the start script of Lambda's Node.js runtime sets them: a tenth of the memory for what is new, in two halves, and the rest for what is
 * old. Assumed to be so still; it stands in AWS's own images for Node.js.
 */
const NEW_MB = Math.floor(MEMORY_MB / 10);
const FLAGS = ['--expose-gc', `--max-semi-space-size=${Math.floor(NEW_MB / 2)}`, `--max-old-space-size=${MEMORY_MB - NEW_MB}`];

const SETTINGS = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 2, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
};

/** The function's bundle over HTTP, against a million revisions: one tick that announces them, one that begins to let them go. */
async function handled(outfile: string, revisions: number, families: number): Promise<HandledTick[]> {
  const account = new MillionAccount({ revisions, families }, new SkippingClock(START));
  const ecs = { call: account.call } as unknown as EcsSimulator;
  const objects = new ObjectStore({ clock: { now: () => START }, listAllowed: true });
  const server = await startServer({ ecs, objects, events: new EventBus() });
  const env = {
    PATH: process.env.PATH,
    [ENV.settings]: JSON.stringify(SETTINGS),
    [ENV.ledgerBucket]: 'ledger',
    [ENV.pruner]: 'bench',
    AWS_ENDPOINT_URL: server.url,
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
    return await new Promise((resolve, reject) => {
      const bundle = path.join(__dirname, '..', 'assets', 'prune-on-schedule', 'index.js');
      const child = fork(outfile, [bundle, String(START)], {
        execArgv: FLAGS,
        env,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      child.once('message', (done) => resolve(done as HandledTick[]));
      child.once('exit', (code, signal) => reject(new Error(`the function ended by itself: ${signal ?? code}`)));
    });
  } finally {
    await server.close();
  }
}

/** What the whole process of the function takes at most: what Lambda would end it for. */
export async function millionHandler(revisions = 1_000_000): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'caretaker-bench-'));
  try {
    const outfile = path.join(folder, 'child.js');
    const entryPoints = [path.join(__dirname, 'million-handler-child.ts')];
    buildSync({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', logLevel: 'error' });
    const shapes: { families: number; peakMb: number; ticks: HandledTick[] }[] = [];
    for (const families of SHAPES) {
      const ticks = await handled(outfile, revisions, families);
      shapes.push({ families, peakMb: Math.max(...ticks.map(({ peakRssMb }) => peakRssMb)), ticks });
    }
    return {
      bench: 'million-handler',
      figures: { revisions, flags: FLAGS, shapes },
      rows: [
        ['families', 'peak MB', 'after the first tick', 'announced, then went'],
        ...shapes.map(({ families, peakMb, ticks: [first, second] }) => [
          families,
          peakMb,
          first?.peakRssMb ?? 0,
          `${first?.outcome}, ${second?.outcome} ${second?.deregistered}`,
        ]),
      ],
      gates: shapes.flatMap(({ families, peakMb, ticks: [first, second] }) => {
        const isWell = first?.outcome === 'done' && second?.outcome === 'done' && second.deregistered > 0;
        return [
          { what: `the function, ${revisions} revisions in ${families}: MB in all`, value: peakMb, most: MEMORY_MB },
          {
            what: `the function, ${revisions} revisions in ${families}: ticks that did not end well`,
            value: isWell ? 0 : 1,
            most: 0,
          },
        ];
      }),
      summary: Object.fromEntries(
        shapes.map(({ families, peakMb }) => [
          `the function of 256 MB, ${revisions} revisions in ${families}`,
          `${rounded(peakMb)} MB in all`,
        ]),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

runAlone(module, () => millionHandler());
