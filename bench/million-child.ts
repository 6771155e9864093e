// Run alone in a process of its own, bundled, so that what is measured is the engine and nothing else.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EcsCall } from '../engine/aws/ecs-call';
import { EcsApiReader } from '../engine/aws/ecs-reader';
import { paces } from '../engine/aws/pace';
import { EcsTaskDefinitions } from '../engine/aws/task-definitions';
import { FolderLedger } from '../engine/ledger/folder-ledger';
import type { Reporter } from '../engine/revisions/ports';
import { prune } from '../engine/revisions/prune';
import { LEDGER } from '../lib/contract/ledger-keys';
import type { PruneSettings } from '../lib/contract/prune-settings';
import { NOBODY_ELSEWHERE } from '../test/engine/elsewhere';
import { HERE, MillionAccount, type Shape, SkippingClock } from './million-account';
import { peakRssMb } from './peak-memory';

export interface Tick {
  readonly outcome: string;
  readonly ended: string;
  readonly due: number;
  readonly announced: number;
  readonly deregistered: number;
  readonly planBytes: number;
  /** Time of the run without the making of answers, against the decoding of the same pages. */
  readonly ratio: number;
  readonly milliseconds: number;
}

export interface Measured {
  readonly shape: Shape;
  readonly startMb: number;
  /** Above the start: what the system counts, and what the heap held at most when looked at. */
  readonly peakRssMb: number;
  readonly peakHeapMb: number;
  readonly ticks: readonly Tick[];
}

const MB = 1024 * 1024;
const MINUTE = 60_000;

const settings: PruneSettings = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 2, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
};

const silent: Reporter = { info: () => {}, warn: () => {}, metric: () => {}, event: async () => {} };

async function measure(shape: Shape, pagesOnly: boolean): Promise<Measured> {
  global.gc?.();
  const start = process.memoryUsage();
  let peakHeap = start.heapUsed;
  const look = () => {
    peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed);
  };
  const clock = new SkippingClock(Date.parse('2026-11-02T03:00:00Z'));
  const account = new MillionAccount(shape, clock);
  let pages = 0;
  account.onPage = () => {
    pages += 1;
    if (pages % 50 === 0) look();
  };
  const ticks = pagesOnly ? decodeOnly(account) : await planTwice(account, clock, look);
  look();
  return {
    shape,
    startMb: start.rss / MB,
    peakRssMb: peakRssMb() - start.rss / MB,
    peakHeapMb: (peakHeap - start.heapUsed) / MB,
    ticks,
  };
}

/** What the pages alone cost: each decoded, and dropped. */
function decodeOnly(account: MillionAccount): Tick[] {
  for (let page = 0; page < account.pages; page += 1) account.list(page);
  return [];
}

/** A tick that announces a million revisions, and one a day later that finds them due and begins to let them go. */
async function planTwice(account: MillionAccount, clock: SkippingClock, look: () => void): Promise<Tick[]> {
  // On the disk, so that what is kept there is not counted as memory.
  const folder = mkdtempSync(path.join(tmpdir(), 'caretaker-million-'));
  try {
    const announcing = await tick(account, clock, folder, look);
    await clock.sleep(25 * 60 * MINUTE);
    return [announcing, await tick(account, clock, folder, look)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function tick(account: MillionAccount, clock: SkippingClock, folder: string, look: () => void): Promise<Tick> {
  account.making = 0;
  account.decoding = 0;
  const pace = paces(clock, settings.actionsPerSecond)('definitionModify');
  const call: EcsCall = async (action, input) => {
    if (action === 'DeregisterTaskDefinition') await pace.getSendToken();
    return account.call(action, input);
  };
  const began = performance.now();
  const { outcome, ended, plan, deregistered } = await prune({
    settings,
    request: {},
    pruner: 'bench',
    definitions: new EcsTaskDefinitions(HERE, call, pace),
    ecs: new EcsApiReader(call),
    ...NOBODY_ELSEWHERE,
    ledger: new FolderLedger(folder),
    reporter: silent,
    clock,
    deadline: clock.now() + 15 * MINUTE,
  });
  const milliseconds = performance.now() - began - account.making;
  look();
  const { due = 0, announced = 0 } = plan?.backlog ?? {};
  const ratio = milliseconds / account.decoding;
  return {
    outcome,
    ended,
    due,
    announced,
    deregistered,
    planBytes: statSync(path.join(folder, LEDGER.latestPlan)).size,
    ratio,
    milliseconds,
  };
}

const [revisions = '1000000', families = '1', what] = process.argv.slice(2);
measure({ revisions: Number(revisions), families: Number(families) }, what === 'pages').then(
  (measured) => console.log(JSON.stringify(measured)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
