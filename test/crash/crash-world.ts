import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { ENV } from '../../lib/contract/environment';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { EcsSimulator, EventBus, ObjectStore, startServer, VirtualClock } from '../../simulator';
import { MemoryLedger } from '../engine/memory-ledger';
import { Pruner, SETTINGS } from '../engine/pruner';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const BUCKET = 'ledger';
/** What nothing keeps: neither the newest three, nor what a service, its rollbacks and a task need. */
export const DUE = ['web:1', 'web:3', 'web:4', 'web:5', 'web:6', 'web:8', 'web:9'];

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const BUNDLE = path.join(__dirname, '..', '..', 'assets', 'prune-on-schedule', 'index.js');
const RULES: PruneSettings['rules'] = [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 60 }];
const CRASH_SETTINGS: PruneSettings = { ...SETTINGS, rules: RULES, actionsPerSecond: 0.9, keepSuccessfulDeployments: 1 };

/** Kills at the how-manieth request of all, before it took effect or when it has. */
export interface KillPoint {
  readonly request: number;
  readonly effect: boolean;
}

/**
 * An account and a ledger that outlive the processes which work on them. A day ago a plan announced what is due; from then on
 * time is that of the wall, for the processes, and afterwards again a clock that jumps, for the runs that finish the work.
 */
export class CrashWorld {
  readonly objects: ObjectStore;
  readonly ecs: EcsSimulator;
  private readonly clock = new VirtualClock(Date.now() - DAY - MINUTE);
  private live = false;

  private constructor() {
    const clock = { now: () => (this.live ? Date.now() : this.clock.now()) };
    this.ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
    this.objects = new ObjectStore({ clock, listAllowed: true });
    const dates = Array.from({ length: 12 }, (_, index) => ({ registeredAt: clock.now() - (40 - index) * DAY }));
    this.ecs.seedFamily({ family: 'web', containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] }, dates);
    this.ecs.seedService({ cluster: 'blue', name: 'shop', taskDefinition: 'web:7', deployedAt: clock.now() - DAY });
    this.ecs.seedTask({ cluster: 'green', taskDefinition: 'web:2' });
  }

  static async announced(): Promise<CrashWorld> {
    const world = new CrashWorld();
    await world.tick();
    world.clock.advanceTo(Date.now());
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

  /** Everything that a deregistration of the log broke. */
  breaches(): object[] {
    return this.ecs.log.destructive.filter(
      ({ referencedBy, newestActive, newerActive, statusBefore }) =>
        referencedBy.length > 0 || newestActive || newerActive < 3 || statusBefore !== 'ACTIVE',
    );
  }

  /** Real processes of the real bundle on this world, until they end or are killed; and what the last line of each says. */
  async processes(count: number, kill?: KillPoint): Promise<string[]> {
    this.live = true;
    const children: ChildProcess[] = [];
    let requests = 0;
    const around = async <T>(_call: unknown, answer: () => Promise<T>): Promise<T> => {
      requests += 1;
      if (requests !== kill?.request) return answer();
      const result = kill.effect ? await answer() : undefined;
      for (const child of children) child.kill('SIGKILL');
      if (!kill.effect) throw new Error('nobody is left to hear this');
      return result as T;
    };
    this.ecs.intercept = around;
    this.objects.intercept = around;
    const server = await startServer({ ecs: this.ecs, objects: this.objects, events: new EventBus() });
    try {
      return await Promise.all(Array.from({ length: count }, () => ended(start(server.url, children))));
    } finally {
      await server.close();
      this.ecs.intercept = undefined;
      this.objects.intercept = undefined;
      this.live = false;
      this.clock.advanceTo(Date.now());
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
}

function start(endpoint: string, children: ChildProcess[]): ChildProcess {
  const child = spawn(process.execPath, [path.join(__dirname, 'child.cjs'), BUNDLE], {
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
  children.push(child);
  return child;
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
