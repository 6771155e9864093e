import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import type { Stored } from '../../engine/ledger/ledger';
import type { PruneReport } from '../../engine/revisions/report';
import type { Revision } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { ECS_ACTIONS, type EcsAction } from '../../lib/contract/limits';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { type DestructiveCall, type EcsSimulator, FaultFace, type PlannedFault, type VirtualClock } from '../../simulator';
import { leavesScanIncomplete } from './faults';
import { MemoryLedger } from './memory-ledger';
import { broken, ownedByOthers, retentionOf } from './must-keep';
import { Pruner } from './pruner';
import { build, DEFINITION, KEEP_TAG, MINUTE, START, type Ways, type WorldSpec } from './random-world';

/** Something that people and pipelines do, at an instant of their own. */
export interface Deed {
  readonly kind: (typeof KINDS)[number];
  readonly when: number;
  readonly family: number;
  readonly pick: number;
}

const KINDS = [
  'register',
  'register many',
  'storm',
  'update',
  'update',
  'create service',
  'run task',
  'run task',
  'create task set',
  'promote task set',
  'delete task set',
  'fail deployment',
  'stop deployment',
  'scale',
  'delete service',
  'stop task',
  'tag',
  'untag',
  'deregister newest',
] as const;

/** `when` from 0 to 1 lies in the notice period, from 1 on in the seconds of the acts. */
const when = fc.oneof(
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 3, arbitrary: fc.double({ min: 1, max: 2, noNaN: true }) },
);

export const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), when, family: fc.nat(5), pick: fc.nat(40) }),
  { maxLength: 14 },
);

export const nameOf = ({ family, revision }: { family: string; revision: number }): string => `${family}:${revision}`;

export type Choice = 'kept' | 'any';

export interface SceneOptions {
  /** What deployments choose: what a promise keeps, or anything. @default 'kept' */
  readonly choice?: Choice;
  /** Stands between the engine and ECS. */
  readonly around?: (call: EcsCall) => EcsCall;
  /** What the engine takes the settings for, where that is not what the world says. */
  readonly misread?: Partial<PruneSettings>;
  /** @default the ways of the world */
  readonly how?: Ways;
  readonly ledger?: MemoryLedger;
  readonly faults?: readonly PlannedFault[];
  /** In the second tick, after a first that saw them, ECS lists no cluster, in an answer that is as it should be. */
  readonly collapses?: boolean;
}

/** A deregistration as the engine sent it, and when the looks before it began. */
export interface Sent {
  readonly name: string;
  readonly at: number;
  readonly tagsLookedAt: number;
  readonly newestLookedAt: number;
  /** Whether the ledger told of it then, so that a run that is killed leaves it to the next. */
  readonly noted: boolean;
}

/** ECS may show a change this much late. */
const HIDDEN_MS = 10 * MINUTE;

/** A world in which a pruner and deployments are at work at the same time. */
export class Scene {
  readonly clock: VirtualClock;
  readonly ecs: EcsSimulator;
  readonly pruner: Pruner;
  readonly reports: PruneReport[] = [];
  /** When something that nobody used was taken into use. */
  readonly usedSince = new Map<string, number>();
  readonly touchedAt = new Map<string, number>();
  readonly ledger: MemoryLedger;
  readonly face: FaultFace;
  readonly runs: { readonly began: number; ended: number }[] = [];
  readonly sent: Sent[] = [];
  /** Every call of the engine, as it arrives at ECS. */
  readonly heard: { readonly action: EcsAction; readonly at: number }[] = [];
  readonly collapses: boolean;
  private readonly mayBeSkewed: boolean;
  private underWay = 0;
  private readonly known: PrunePlan[] = [];
  /** When the engine was told something that leaves its knowledge of references less than whole. */
  readonly toldIncompleteAt: number[] = [];
  private readonly choice: Choice;
  private readonly latency: number;
  private readonly tagsLookedAt = new Map<string, number>();
  private readonly newestLookedAt = new Map<string, number>();
  private readonly foreign = new Set<DestructiveCall>();
  private readonly services: { arn: string; kind: string }[];
  private readonly names: readonly string[];
  private readonly registered: Map<string, number>;
  private readonly tasks: string[] = [];
  private noted: { readonly stored?: Stored | undefined; readonly names: ReadonlySet<string> } = { names: new Set() };
  /** Of references. */
  readonly scans: { began: number; last: number }[] = [];

  constructor(
    readonly spec: WorldSpec,
    {
      choice = 'kept',
      around = (call) => call,
      misread = {},
      how = spec.ways,
      ledger = new MemoryLedger(),
      faults = [],
      collapses = false,
    }: SceneOptions = {},
  ) {
    const { clock, ecs, services, names } = build(spec, how);
    this.clock = clock;
    this.ecs = ecs;
    this.choice = choice;
    this.latency = how.latency;
    this.ledger = ledger;
    this.collapses = collapses;
    this.face = new FaultFace(faults, { clock, seed: spec.seed });
    this.mayBeSkewed = faults.some(({ kind }) => kind === 'skewed dates');
    if (faults.length > 0) this.strike();
    ecs.log.heard = (action) => {
      // What the product never calls is not the engine's.
      if (Object.hasOwn(ECS_ACTIONS, action)) this.heard.push({ action: action as EcsAction, at: clock.now() });
    };
    this.names = names;
    this.services = services.map((arn, place) => ({ arn, kind: spec.services[place]?.kind ?? '' }));
    this.registered = new Map(names.map((name, place) => [name, spec.families[place]?.count ?? 0]));
    this.pruner = new Pruner({
      ecs,
      clock,
      settings: { ...spec.settings, ...misread },
      ledger: this.ledger,
      latency: this.latency,
      pageSize: how.pageSize,
      around: (call) => around(this.timed(call)),
    });
  }

  async tick(): Promise<PruneReport> {
    const run = { began: this.clock.now(), ended: Number.POSITIVE_INFINITY };
    this.runs.push(run);
    const report = await this.pruner.tick();
    run.ended = this.clock.now();
    this.reports.push(report);
    // A call that the run left behind is none of the next one's.
    if (this.underWay > 0) await this.clock.run(this.quiet());
    return report;
  }

  /** Announces, lets the notice period pass, acts, and verifies, if there is a third tick, while the deeds happen. */
  async play(schedule: readonly Deed[], ticks = 3): Promise<void> {
    const notice = this.spec.settings.noticePeriodMinutes * MINUTE;
    const acting = Math.min(10 * MINUTE, 60_000 + 12_000 / this.spec.settings.actionsPerSecond);
    for (const deed of schedule) {
      const part = deed.when <= 1 ? deed.when * notice : notice + (deed.when - 1) * acting;
      this.clock.at(START + part, () => this.do(deed));
    }
    await this.tick();
    this.clock.advanceTo(START + notice + MINUTE / 10);
    await this.tick();
    for (let tick = 3; tick <= ticks; tick += 1) {
      this.clock.advance(15 * MINUTE);
      await this.tick();
    }
  }

  get plans(): PrunePlan[] {
    const texts = this.ledger.history.filter(({ key }) => key.startsWith('plans/'));
    for (const { text } of texts.slice(this.known.length)) this.known.push(JSON.parse(text) as PrunePlan);
    return this.known;
  }

  get acts(): DestructiveCall[] {
    return this.ecs.log.destructive.filter((act) => !this.foreign.has(act));
  }

  /** What the pruner did against the promises. */
  breaches(acts: readonly DestructiveCall[] = this.acts): { act: DestructiveCall; promises: string[] }[] {
    const plans = acts.length > 0 ? this.plans : [];
    return acts
      .map((act) => ({ act, promises: broken(act, this.spec, plans).filter((one) => !this.isTooFresh(one, act)) }))
      .filter(({ promises }) => promises.length > 0);
  }

  /** How old a scan may be at an act, and the little that passes between the last look and ECS's answer. */
  longestBlindness(): number {
    const durations = this.scans.map(({ began, last }) => last - began);
    return Math.max(60_000, 2 * Math.max(0, ...durations)) + 2000 + 2 * this.latency;
  }

  /** What is left although no promise keeps it. */
  leftOver(): string[] {
    const owned = ownedByOthers(this.spec);
    const left: string[] = [];
    for (const family of this.names) {
      const rule = retentionOf(family, this.spec);
      const active = this.active(family);
      if (!rule || owned.has(family)) continue;
      for (const revision of active.slice(0, -rule.keepLatest)) {
        const name = `${family}:${revision}`;
        const described = this.ecs.perform('DescribeTaskDefinition', { taskDefinition: name, include: ['TAGS'] }) as {
          taskDefinition: { registeredAt: number };
          tags: { key: string }[];
        };
        const age = this.clock.now() - described.taskDefinition.registeredAt * 1000;
        const kept = age < rule.minAgeMinutes * MINUTE || described.tags.some(({ key }) => key === KEEP_TAG);
        if (!kept && this.ecs.referencedBy(name).length === 0) left.push(name);
      }
    }
    return left;
  }

  active(family: string): number[] {
    const gone = new Set<number>();
    const place = this.names.indexOf(family);
    const spec = this.spec.families[place];
    for (let index = 0; spec && index < spec.count - 1; index += 1) if (spec.inactive & (1 << index)) gone.add(index + 1);
    for (const act of this.ecs.log.destructive) if (act.family === family) gone.add(act.revision);
    return Array.from({ length: this.registered.get(family) ?? 0 }, (_, index) => index + 1).filter(
      (revision) => !gone.has(revision),
    );
  }

  /**
   * What nobody could have seen: a tag set, or a newer revision taken away, after the look before the act began; and what
   * was taken into use because of it.
   */
  private isTooFresh(promise: string, act: DestructiveCall): boolean {
    const name = nameOf(act);
    const hidden = this.struckBy('stale') ? HIDDEN_MS : 0;
    const sent = this.sent.findLast((one) => one.name === name && one.at <= act.at);
    const isAfter = (touched: string, looked: number | undefined) => {
      const at = this.touchedAt.get(touched);
      // Nothing that happened: then no look could have come too early for it.
      return at !== undefined && at >= (looked ?? Number.POSITIVE_INFINITY) - hidden;
    };
    switch (promise) {
      case 'opted out':
        return isAfter(`tag ${name}`, sent?.tagsLookedAt);
      case 'among the latest':
      case 'newest':
        return isAfter(`newest ${act.family}`, sent?.newestLookedAt);
      case 'referenced': {
        // Whoever deploys what is kept may choose it from then on; what was in use before, or seen to be the newest, stays.
        const since = this.usedSince.get(name) ?? Number.NEGATIVE_INFINITY;
        const chosenSince = this.touchedAt.get(`newest ${act.family}`) ?? Number.POSITIVE_INFINITY;
        return this.choice === 'kept' && since >= chosenSince && isAfter(`newest ${act.family}`, sent?.newestLookedAt);
      }
      case 'too young': {
        // Dates that ECS gives wrong by so much are wrong by so much.
        const skewed = this.struckBy('skewed dates') ? Math.abs(this.face.skewMs) / MINUTE : 0;
        return act.ageMinutes + skewed >= (retentionOf(act.family, this.spec)?.minAgeMinutes ?? Number.POSITIVE_INFINITY);
      }
      default:
        return false;
    }
  }

  get lies(): boolean {
    return this.collapses && this.runs.length === 2 && this.reports[0]?.plan !== undefined;
  }

  struckBy(kind: PlannedFault['kind']): boolean {
    return (this.face.hits.get(kind) ?? 0) > 0;
  }

  private strike(): void {
    this.ecs.intercept = async (call, answer) => {
      try {
        return await this.face.intercept(call, answer);
      } finally {
        const { action, attempt } = call;
        const struck = this.face.struck.filter((one) => one.attempt === attempt && one.action === action);
        // Of two faults on one call one may undo the other.
        const isIncomplete = struck.length === 1 && struck.some(leavesScanIncomplete);
        if (isIncomplete) this.toldIncompleteAt.push(this.clock.now());
      }
    };
  }

  private async quiet(): Promise<void> {
    while (this.underWay > 0) await this.clock.sleep(10);
  }

  private timed(call: EcsCall): EcsCall {
    return async (action, input) => {
      this.heed(action, input);
      this.underWay += 1;
      try {
        const answer = await call(action, input);
        return this.lies && action === 'ListClusters' ? { clusterArns: [] } : answer;
      } finally {
        this.underWay -= 1;
        const scan = this.scans.at(-1);
        if (scan && !action.includes('TaskDefinition')) scan.last = this.clock.now();
      }
    };
  }

  private heed(action: string, input: Readonly<Record<string, unknown>>): void {
    const at = this.clock.now();
    const asked = String(input.taskDefinition);
    const name = asked.slice(asked.lastIndexOf('/') + 1);
    if (action === 'ListClusters' && !input.nextToken) this.scans.push({ began: at, last: at });
    if (action === 'DescribeTaskDefinition') this.tagsLookedAt.set(name, at);
    if (action === 'ListTaskDefinitions' && input.sort === 'DESC') this.newestLookedAt.set(String(input.familyPrefix), at);
    if (action === 'DeregisterTaskDefinition') {
      const tagsLookedAt = this.tagsLookedAt.get(name) ?? Number.NEGATIVE_INFINITY;
      const newestLookedAt = this.newestLookedAt.get(name.slice(0, name.lastIndexOf(':'))) ?? Number.NEGATIVE_INFINITY;
      this.sent.push({ name, at, tagsLookedAt, newestLookedAt, noted: this.isNoted(name) });
    }
  }

  private isNoted(name: string): boolean {
    const stored = this.ledger.documents.get(LEDGER.unverified);
    // One note is of many acts, and is read once.
    if (stored !== this.noted.stored) {
      const { acts = [] } = JSON.parse(stored?.text ?? '{}') as { acts?: Revision[] };
      this.noted = { stored, names: new Set(acts.map(nameOf)) };
    }
    return this.noted.names.has(name);
  }

  /** Does it now, and says whether ECS took it: of a revision inactive by then, or nothing under way, it does not. */
  do(deed: Deed): boolean {
    const family = this.names[deed.family % this.names.length] as string;
    const { stackTraceLimit } = Error;
    // Nobody reads where these errors came from, and to note it takes time.
    Error.stackTraceLimit = 0;
    try {
      this.perform(deed, family);
      return true;
    } catch {
      return false;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  private perform({ kind, pick }: Deed, family: string): void {
    const { ecs } = this;
    const service = this.services[pick % Math.max(1, this.services.length)];
    const [, cluster, name] = service?.arn.split('/') ?? [];
    const at = { cluster, service: name };
    switch (kind) {
      case 'register':
        this.register(family);
        break;
      case 'register many':
        for (let times = 0; times < 6; times += 1) this.register(family);
        break;
      case 'storm':
        // A pipeline that empties the bucket which deregistrations share: the pruner meets throttles.
        for (let times = 0; times < 25; times += 1) ecs.call('RegisterTaskDefinition', {}).catch(() => undefined);
        break;
      case 'update':
        if (service?.kind !== 'express')
          this.use(family, pick, (taskDefinition) => ecs.perform('UpdateService', { ...at, taskDefinition }));
        break;
      case 'create service':
        this.use(family, pick, (taskDefinition) => {
          const serviceName = `new-${this.services.length}`;
          const created = ecs.perform('CreateService', {
            cluster: 'blue',
            serviceName,
            taskDefinition,
            desiredCount: pick % 2,
          });
          this.services.push({ arn: (created as { service: { serviceArn: string } }).service.serviceArn, kind: 'rolling' });
        });
        break;
      case 'run task':
        this.use(family, pick, (taskDefinition) => {
          const { tasks } = ecs.perform('RunTask', { cluster: 'blue', taskDefinition }) as { tasks: { taskArn: string }[] };
          this.tasks.push(...tasks.map(({ taskArn }) => taskArn));
        });
        break;
      case 'create task set':
        this.use(family, pick, (taskDefinition) => ecs.perform('CreateTaskSet', { ...at, taskDefinition }));
        break;
      case 'promote task set':
      case 'delete task set':
        this.taskSet(kind, at, pick);
        break;
      case 'fail deployment':
        if (service) ecs.failDeployment(service.arn);
        break;
      case 'stop deployment':
        this.stopDeployment(at, pick);
        break;
      case 'scale':
        ecs.perform('UpdateService', { ...at, desiredCount: pick % 3 });
        break;
      case 'delete service':
        // Without its service, an Express family is nobody else's any more.
        if (service?.kind !== 'express') ecs.perform('DeleteService', { ...at, force: true });
        break;
      case 'stop task':
        ecs.perform('StopTask', { cluster: 'blue', task: this.tasks[pick % Math.max(1, this.tasks.length)] });
        break;
      case 'tag':
      case 'untag':
        this.tag(kind, family, pick);
        break;
      case 'deregister newest': {
        const before = ecs.log.destructive.length;
        ecs.perform('DeregisterTaskDefinition', { taskDefinition: `${family}:${this.active(family).at(-1)}` });
        for (const act of ecs.log.destructive.slice(before)) this.foreign.add(act);
        this.touchedAt.set(`newest ${family}`, this.clock.now());
      }
    }
  }

  private register(family: string): void {
    this.ecs.perform('RegisterTaskDefinition', { family, ...DEFINITION });
    this.registered.set(family, (this.registered.get(family) ?? 0) + 1);
  }

  /** Takes a revision into use: of those that a careful deployer would, or any. */
  private use(family: string, pick: number, how: (taskDefinition: string) => unknown): void {
    const allowed = this.choice === 'any' ? this.active(family) : this.kept(family);
    const revision = allowed[pick % Math.max(1, allowed.length)];
    if (revision === undefined) return;
    const name = `${family}:${revision}`;
    const wasUsed = this.ecs.referencedBy(name).length > 0;
    how(name);
    if (!wasUsed) this.usedSince.set(name, this.clock.now());
  }

  /** The revisions of a family that somebody who deploys what is kept may choose from. */
  kept(family: string): number[] {
    const all = this.active(family);
    const rule = retentionOf(family, this.spec);
    return rule ? all.filter((revision) => this.isKept(family, revision, all, rule)) : all;
  }

  private isKept(
    family: string,
    revision: number,
    all: readonly number[],
    rule: { keepLatest: number; minAgeMinutes: number },
  ): boolean {
    if (all.slice(-rule.keepLatest).includes(revision)) return true;
    const name = `${family}:${revision}`;
    const { taskDefinition } = this.ecs.perform('DescribeTaskDefinition', { taskDefinition: name }) as {
      taskDefinition: { registeredAt: number };
    };
    const age = this.clock.now() - taskDefinition.registeredAt * 1000 + (this.mayBeSkewed ? Math.abs(this.face.skewMs) : 0);
    return age < rule.minAgeMinutes * MINUTE || this.ecs.referencedBy(name).length > 0;
  }

  private taskSet(kind: 'promote task set' | 'delete task set', at: object, pick: number): void {
    const { taskSets } = this.ecs.perform('DescribeTaskSets', at) as { taskSets: { taskSetArn: string }[] };
    const chosen = taskSets[pick % Math.max(1, taskSets.length)]?.taskSetArn;
    if (kind === 'promote task set') this.ecs.perform('UpdateServicePrimaryTaskSet', { ...at, primaryTaskSet: chosen });
    else this.ecs.perform('DeleteTaskSet', { ...at, taskSet: chosen, force: true });
  }

  private stopDeployment(at: { service: string | undefined }, pick: number): void {
    const { services } = this.ecs.perform('DescribeServices', { ...at, services: [at.service] }) as {
      services: { currentServiceDeployment?: string }[];
    };
    this.ecs.perform('StopServiceDeployment', {
      serviceDeploymentArn: services[0]?.currentServiceDeployment,
      stopType: pick % 2 ? 'ROLLBACK' : 'ABORT',
    });
  }

  private tag(kind: 'tag' | 'untag', family: string, pick: number): void {
    const all = this.active(family);
    const name = `${family}:${all[pick % Math.max(1, all.length)]}`;
    const { partition, region, account } = this.ecs.environment;
    const resourceArn = `arn:${partition}:ecs:${region}:${account}:task-definition/${name}`;
    if (kind === 'tag') this.ecs.perform('TagResource', { resourceArn, tags: [{ key: KEEP_TAG, value: '' }] });
    else this.ecs.perform('UntagResource', { resourceArn, tagKeys: [KEEP_TAG] });
    this.touchedAt.set(`tag ${name}`, this.clock.now());
  }
}
