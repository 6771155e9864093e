import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { ENV } from '../../lib/contract/environment';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { EcsSimulator, EventBus, ObjectStore, startServer, VirtualClock } from '../../simulator';
import { MemoryLedger } from '../engine/memory-ledger';
import { Pruner, SETTINGS } from '../engine/pruner';
import { ENVIRONMENT, START } from '../engine/random-world';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const BUCKET = 'ledger';
/** What nothing keeps: neither the newest three, nor what a service, its rollbacks and a task need. */
export const DUE = ['web:1', 'web:3', 'web:4', 'web:5', 'web:6', 'web:8', 'web:9'];

const BUNDLE = path.join(__dirname, '..', '..', 'assets', 'prune-on-schedule', 'index.js');
const RULES: PruneSettings['rules'] = [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 60 }];
const CRASH_SETTINGS: PruneSettings = { ...SETTINGS, rules: RULES, keepSuccessfulDeployments: 1 };
const REQUEST_ARRIVED = 'http.server.request.start';

/** The how-manieth request of all: before it took effect, or when it has. */
export interface Point {
  readonly request: number;
  readonly effect: boolean;
}

/** What happens to a process. */
export interface Fate {
  readonly kill?: Point;
  /** In real milliseconds from its start. */
  readonly killAfter?: number;
  /** It stands still, and wakes up so much later. */
  readonly freeze?: Point & { readonly minutes: number; readonly meanwhile?: () => void };
  /** Whoever is at work when another process starts gets no answer before that one has ended. */
  readonly inTurn?: boolean;
  /** Called with the count of requests and the action, before each is answered, and waited for. */
  readonly watch?: (requests: number, action: string) => void | Promise<void>;
}

/**
 * An account and a ledger that outlive the processes which work on them. A day ago a plan announced what is due. Time is that
 * of the processes, and between them it jumps.
 */
export class CrashWorld {
  readonly clock = new VirtualClock(START);
  readonly objects = new ObjectStore({ clock: this.clock, listAllowed: true });
  readonly ecs = new EcsSimulator({ clock: this.clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
  private requests = 0;

  private constructor() {
    const { ecs } = this;
    const dates = Array.from({ length: 12 }, (_, index) => ({ registeredAt: START - (40 - index) * DAY }));
    ecs.seedFamily({ family: 'web', containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] }, dates);
    ecs.seedService({ cluster: 'blue', name: 'shop', taskDefinition: 'web:7', deployedAt: START - DAY });
    ecs.seedTask({ cluster: 'green', taskDefinition: 'web:2' });
  }

  static async announced(): Promise<CrashWorld> {
    const world = new CrashWorld();
    await world.tick();
    world.clock.advance(DAY + MINUTE);
    return world;
  }

  /** `family:revision` of what went, as ECS has it. */
  get gone(): string[] {
    return this.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`);
  }

  /** What the ledger holds for verification. */
  get noted(): string[] {
    const { acts } = JSON.parse(this.objects.text(BUCKET, LEDGER.unverified) ?? '{"acts":[]}');
    return acts.map(({ family, revision }: { family: string; revision: number }) => `${family}:${revision}`);
  }

  /** Everything that a deregistration of the log broke; one of what had gone already is one too. */
  breaches(): object[] {
    return this.ecs.log.destructive.filter(
      ({ referencedBy, newestActive, newerActive, statusBefore }) =>
        referencedBy.length > 0 || newestActive || newerActive < 3 || statusBefore !== 'ACTIVE',
    );
  }

  /** One real process of the real bundle on this world, until it ends or is killed; and what its last line says. */
  async process(fate: Fate = {}): Promise<string> {
    const [line] = await this.processes([0], fate);
    return line as string;
  }

  /** A process for each count of requests given, started when so many have been made. */
  async processes(startedAt: readonly number[], fate: Fate = {}): Promise<string[]> {
    const timeFile = path.join(mkdtempSync(path.join(tmpdir(), 'crash-')), 'time');
    const children: ChildProcess[] = [];
    const lines: Promise<string>[] = [];
    const waiting = [...startedAt];
    let url = '';
    const startNext = () => {
      waiting.shift();
      const child = start(url, this.clock.now(), timeFile);
      children.push(child);
      lines.push(ended(child));
    };
    this.requests = 0;
    const around = async <T>({ action }: { readonly action: string }, answer: () => Promise<T>): Promise<T> => {
      this.requests += 1;
      const here = this.requests;
      if (waiting.length > 0 && here >= (waiting[0] as number)) {
        startNext();
        if (fate.inTurn) await lines.at(-1);
      }
      await fate.watch?.(here, action);
      const { kill, freeze } = fate;
      const hit = [kill, freeze].find((one) => one?.request === here);
      if (!hit) return answer();
      const result = hit.effect ? await answer() : undefined;
      if (hit === kill) {
        for (const child of children) child.kill('SIGKILL');
        if (!hit.effect) throw new Error('nobody is left to hear this');
      } else if (freeze) {
        await Promise.all(children.map((child) => this.standStill(child, freeze, timeFile)));
      }
      return hit.effect ? (result as T) : answer();
    };
    this.ecs.intercept = around;
    this.objects.intercept = around;
    const server = await startServer({ ecs: this.ecs, objects: this.objects, events: new EventBus() });
    url = server.url;
    const keepTime = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (request.socket.localPort === server.port) this.clock.advanceTo(Number(request.headers['x-now']));
    };
    subscribe(REQUEST_ARRIVED, keepTime);
    try {
      startNext();
      const timer = fate.killAfter === undefined ? undefined : setTimeout(() => children[0]?.kill('SIGKILL'), fate.killAfter);
      for (let place = 0; place < lines.length; place += 1) await lines[place];
      clearTimeout(timer);
      return await Promise.all(lines);
    } finally {
      unsubscribe(REQUEST_ARRIVED, keepTime);
      await server.close();
      this.ecs.intercept = undefined;
      this.objects.intercept = undefined;
    }
  }

  /** A run of the engine in this process, and what it wrote back to the ledger. */
  async tick(afterMinutes = 0): ReturnType<Pruner['tick']> {
    this.clock.advance(afterMinutes * MINUTE);
    const ledger = new MemoryLedger();
    for (const key of this.objects.keys(BUCKET)) await ledger.write(key, this.objects.text(BUCKET, key) ?? '');
    const { ecs, clock } = this;
    const report = await new Pruner({ ecs, clock, ledger, settings: CRASH_SETTINGS }).tick();
    for (const key of this.objects.keys(BUCKET)) if (!ledger.documents.has(key)) this.objects.delete(BUCKET, key);
    for (const [key, { text }] of ledger.documents) this.objects.put(BUCKET, key, text);
    return report;
  }

  private async standStill(
    child: ChildProcess,
    { minutes, meanwhile }: NonNullable<Fate['freeze']>,
    timeFile: string,
  ): Promise<void> {
    child.kill('SIGSTOP');
    meanwhile?.();
    this.clock.advance(minutes * MINUTE);
    writeFileSync(timeFile, String(this.clock.now()));
    const awake = new Promise((resolve) => {
      child.stdout?.on('data', (chunk) => String(chunk).includes('awake') && resolve(undefined));
      child.once('exit', resolve);
    });
    child.kill('SIGCONT');
    await awake;
  }
}

let script: string | undefined;

function start(endpoint: string, time: number, timeFile: string): ChildProcess {
  if (!script) {
    script = path.join(mkdtempSync(path.join(tmpdir(), 'crash-')), 'child.js');
    const entryPoints = [path.join(__dirname, 'child.ts')];
    buildSync({ entryPoints, outfile: script, bundle: true, platform: 'node', target: 'node20', logLevel: 'error' });
  }
  return spawn(process.execPath, [script, BUNDLE, String(time), timeFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      [ENV.settings]: JSON.stringify(CRASH_SETTINGS),
      [ENV.ledgerBucket]: BUCKET,
      [ENV.pruner]: 'Crash',
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: ENVIRONMENT.region,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
}

/** The last line that a process wrote; empty when it was killed. */
async function ended(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
  return signal === 'SIGKILL' ? '' : (output.trimEnd().split('\n').at(-1) ?? '');
}
