import * as fc from 'fast-check';
import type { PruneReport } from '../../engine/revisions/report';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { ALL_REFERRERS, LISTED_REFERRERS, type Referrer } from '../../lib/contract/referrers';
import {
  type AppSpecForm,
  type CodeDeployStatus,
  EcsSimulator,
  Neighbors,
  RUN_TASK_FORMS,
  type ScheduleForm,
  SimulatedError,
  VirtualClock,
} from '../../simulator';
import type { Neighbor } from '../../simulator/neighbors/neighbor';
import { readsOf } from './elsewhere';
import { MemoryLedger } from './memory-ledger';
import { Pruner } from './pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from './random-world';
import { StackRecords, stacksOf } from './stack-records';

/** Names that begin alike, as those of one team do. */
const FAMILIES = ['web', 'web-admin', 'job', 'app'] as const;
const REVISIONS = 12;
const NOTICE = 10;

/** Somebody puts, changes, moves on or deletes something that can refer to a revision. What it is, follows from the numbers. */
export interface ReferrerDeed {
  readonly kind: Referrer;
  readonly does: number;
  readonly slot: number;
  readonly family: number;
  readonly pick: number;
  readonly form: number;
  /** From the start of the world; 0 is there before anybody looks. */
  readonly minute: number;
}

/** A small account with referrers outside ECS, as plain data, so that fast-check can shrink it. */
export interface ReferrerSpec {
  readonly deeds: readonly ReferrerDeed[];
  /** What the services beside ECS give at once: more than fits on a page, or whole lists that take their time. */
  readonly paging: { readonly pageSize?: number; readonly emptyPages: boolean; readonly latency: number };
  readonly actionsPerSecond: number;
  readonly maxActionsPerRun?: number;
  /** How long a run has. */
  readonly minutes: number;
  /** An application whose AppSpec lies in a bucket, which nobody reads. */
  readonly specInBucket: boolean;
}

const LAST_MINUTE = 150;
const deed: fc.Arbitrary<ReferrerDeed> = fc.record({
  kind: fc.constantFrom(...ALL_REFERRERS),
  does: fc.nat(9),
  slot: fc.nat(2),
  family: fc.nat(FAMILIES.length - 1),
  pick: fc.nat(REVISIONS - 1),
  form: fc.nat(10_000),
  minute: fc.oneof(fc.constant(0), fc.double({ min: 0, max: LAST_MINUTE, noNaN: true })),
});

export const referrerSpec: fc.Arbitrary<ReferrerSpec> = fc.record(
  {
    deeds: fc.array(deed, { minLength: 6, maxLength: 24, size: 'max' }),
    // A token is a number of items here: what is deleted between two pages would shift the others.
    paging: fc.oneof(
      fc.record({ pageSize: fc.constantFrom(1, 2, 3), emptyPages: fc.boolean(), latency: fc.constant(0) }),
      fc.record({ emptyPages: fc.constant(false), latency: fc.constantFrom(0, 30, 400) }),
    ),
    actionsPerSecond: fc.constantFrom(0.9, 0.05, 0.02, 0.01),
    maxActionsPerRun: fc.constantFrom(2, 6),
    minutes: fc.constantFrom(15, 45),
    specInBucket: fc.boolean(),
  },
  { requiredKeys: ['deeds', 'paging', 'actionsPerSecond', 'minutes', 'specInBucket'] },
);

/** One act in a minute and a half, and in its first quarter of an hour people put up what refers to revisions. */
export const slowSpec: fc.Arbitrary<ReferrerSpec> = referrerSpec.map(({ maxActionsPerRun: _, ...spec }) => {
  const deeds = spec.deeds
    .filter(({ kind }) => kind !== 'CLOUD_FORMATION')
    .map((one) => ({ ...one, does: 5 + (one.does % 5), minute: NOTICE + one.minute / 10 }));
  return { ...spec, deeds, actionsPerSecond: 0.011, minutes: 45 };
});

export interface ReferrerWorldOptions {
  readonly settings?: Pick<PruneSettings, 'withoutReferrers' | 'tolerateDenied'>;
  /** Kinds whose every read is denied. */
  readonly denied?: readonly Referrer[];
  readonly region?: string;
  /** What was read once in a run is not read again in it. */
  readonly readsOnce?: boolean;
}

/** A revision that went although something had referred to it for longer than the engine may look away. */
export interface Miss {
  readonly kind: Referrer;
  readonly revision: string;
  readonly where: string;
  readonly minutes: number;
}

/**
 * So long may something refer to a revision unseen. Those that are listed are read again ten minutes after they were read,
 * with the next look at ECS, which is good for a minute; CloudFormation's word on a stack is good for a minute. The act
 * comes within half a minute of the last look.
 */
const UNSEEN: Readonly<Record<Referrer, number>> = {
  ...(Object.fromEntries(LISTED_REFERRERS.map((kind) => [kind, 12 * MINUTE])) as Record<Referrer, number>),
  CLOUD_FORMATION: 2 * MINUTE,
};

/** An account and everything beside ECS in it, in which a pruner and people are at work at the same time. */
export class ReferrerWorld {
  readonly clock = new VirtualClock(START);
  readonly ecs: EcsSimulator;
  readonly neighbors: Neighbors;
  readonly stacks = new StackRecords();
  readonly ledger = new MemoryLedger();
  readonly reports: PruneReport[] = [];
  readonly misses: Miss[] = [];
  /** When each thing began to refer to each revision. */
  private since = new Map<string, number>();
  private readonly pruner: Pruner;
  private readonly deployments: string[] = [];
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(
    readonly spec: ReferrerSpec,
    { settings = {}, denied = [], region = ENVIRONMENT.region, readsOnce = false }: ReferrerWorldOptions = {},
  ) {
    const { clock } = this;
    const { pageSize, emptyPages, latency } = spec.paging;
    const environment = { ...ENVIRONMENT, region };
    this.ecs = new EcsSimulator({ clock, environment, deregistrationLagMinutes: 0 });
    for (const family of FAMILIES) {
      const dates = Array.from({ length: REVISIONS }, (_, index) => ({
        registeredAt: START - (REVISIONS - index) * 24 * HOUR,
      }));
      this.ecs.seedFamily({ family, ...DEFINITION }, dates);
    }
    this.ecs.seedCluster('main');
    this.ecs.seedService({ cluster: 'main', name: 'web', taskDefinition: `web:${REVISIONS}` });
    this.neighbors = new Neighbors({ clock, environment, emptyPages, ...(pageSize === undefined ? {} : { pageSize }) });
    if (spec.specInBucket) {
      this.neighbors.codeDeploy.deploy({ application: 'in-bucket', group: 'main', taskDefinition: 'web:1', appSpec: 'S3' });
    }
    const all: Record<Referrer, Neighbor> = { ...this.neighbors.byKind, CLOUD_FORMATION: this.stacks };
    for (const [kind, neighbor] of Object.entries(all) as [Referrer, Neighbor][]) {
      neighbor.intercept = async ({ action, input }, answer) => {
        if (latency > 0) await clock.sleep(latency);
        if (denied.includes(kind)) throw new SimulatedError('AccessDeniedException', `not authorized to perform: ${action}`);
        return readsOnce && kind !== 'CLOUD_FORMATION' ? this.once(`${action} ${JSON.stringify(input)}`, answer) : answer();
      };
    }
    this.ecs.intercept = async ({ action, input }, answer) => {
      if (action === 'DeregisterTaskDefinition') this.judge(nameOf(String(input.taskDefinition)));
      return answer();
    };
    this.pruner = new Pruner({
      ecs: this.ecs,
      clock,
      ledger: this.ledger,
      settings: {
        rules: [{ allFamilies: true, keepLatest: 2, minAgeMinutes: 60 }],
        noticePeriodMinutes: NOTICE,
        actionsPerSecond: spec.actionsPerSecond,
        ...(spec.maxActionsPerRun === undefined ? {} : { maxActionsPerRun: spec.maxActionsPerRun }),
        ...settings,
      },
      latency: 20,
      elsewhere: { services: readsOf(this.neighbors.byKind), stacks: stacksOf(this.stacks) },
    });
  }

  /** Announces, lets the notice period pass, and lets go in three runs what is due, while the deeds happen. */
  async play(): Promise<this> {
    const deeds = this.spec.deeds.toSorted((one, other) => one.minute - other.minute);
    for (const one of deeds) {
      if (one.minute === 0) this.do(one);
      else this.clock.at(START + one.minute * MINUTE, () => this.do(one));
    }
    for (const wait of [0, NOTICE * MINUTE, 15 * MINUTE, 15 * MINUTE]) {
      this.clock.advance(wait);
      this.answers.clear();
      this.reports.push(await this.pruner.tick({}, this.spec.minutes));
    }
    return this;
  }

  get acts(): number {
    return this.ecs.log.destructive.length;
  }

  get plans(): PrunePlan[] {
    const texts = this.ledger.history.filter(({ key }) => key.startsWith('plans/'));
    return texts.map(({ text }) => JSON.parse(text) as PrunePlan);
  }

  private once(question: string, answer: () => Promise<unknown>): Promise<unknown> {
    const known = this.answers.get(question) ?? answer();
    this.answers.set(question, known);
    return known;
  }

  private do(one: ReferrerDeed): void {
    const name = `${FAMILIES[one.family]}:${1 + one.pick}`;
    const { partition, account, region } = this.ecs.environment;
    DEEDS[one.kind](this, one, `arn:${partition}:ecs:${region}:${account}:task-definition/${name}`, this.deployments);
    this.since = new Map([...this.pins()].map(({ key }) => [key, this.since.get(key) ?? this.clock.now()]));
  }

  private judge(revision: string): void {
    for (const { kind, name, where, key } of this.pins()) {
      const referred = this.clock.now() - (this.since.get(key) ?? this.clock.now());
      if (name === revision && referred >= UNSEEN[kind]) {
        this.misses.push({ kind, revision, where, minutes: Math.floor(referred / MINUTE) });
      }
    }
  }

  private *pins(): Generator<{ kind: Referrer; name: string; where: string; key: string }> {
    for (const kind of ALL_REFERRERS) {
      for (const { taskDefinition, where } of kind === 'CLOUD_FORMATION' ? this.claimed() : this.pinned(kind)) {
        const name = nameOf(taskDefinition);
        yield { kind, name, where, key: `${kind} ${where} ${name}` };
      }
    }
  }

  private pinned(kind: Referrer): readonly { taskDefinition: string; where: string }[] {
    const { rules, schedules, pipes, stateMachines, codeDeploy } = this.neighbors;
    switch (kind) {
      case 'EVENTBRIDGE_RULES':
        return rules.pinned();
      case 'EVENTBRIDGE_SCHEDULER':
        return schedules.pinned();
      case 'EVENTBRIDGE_PIPES':
        return pipes.pinned();
      case 'STEP_FUNCTIONS':
        return stateMachines.pinned();
      case 'CODE_DEPLOY':
        return codeDeploy.pinned();
      default:
        return [];
    }
  }

  /** What stacks need: what they record, and all of a family whose newest they record, while they or one above are not at rest. */
  private *claimed(): Generator<{ taskDefinition: string; where: string }> {
    for (const [name, { status, records }] of this.stacks.stacks) {
      if (status === 'DELETE_COMPLETE') continue;
      for (const taskDefinition of records) {
        yield { taskDefinition, where: `${name} records` };
        const [family, revision] = nameOf(taskDefinition).split(':');
        if (Number(revision) !== REVISIONS || !this.isAtWork(name)) continue;
        for (let number = 1; number < REVISIONS; number += 1)
          yield { taskDefinition: `${family}:${number}`, where: `${name} works` };
      }
    }
  }

  private isAtWork(name: string | undefined): boolean {
    const stack = name === undefined ? undefined : this.stacks.stacks.get(name);
    return stack !== undefined && (/_(IN_PROGRESS|FAILED)$/.test(stack.status) || this.isAtWork(stack.parent));
  }
}

const nameOf = (taskDefinition: string) => taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1);
const at = <T>(list: readonly T[], place: number): T => list[place % list.length] as T;

const BUSES = ['default', 'orders', 'partners'] as const;
const GROUPS = ['default', 'nightly'] as const;
const SCHEDULE_FORMS: readonly ScheduleForm[] = ['a task', 'a universal target', 'JSON in JSON'];
const SPEC_FORMS: readonly AppSpecForm[] = ['JSON', 'YAML', 'legacy text'];
const DEPLOYMENT_STATUSES: readonly CodeDeployStatus[] = [
  'Created',
  'Queued',
  'InProgress',
  'Baking',
  'Ready',
  'Succeeded',
  'Succeeded',
  'Failed',
  'Stopped',
];
/** Of which one is nested in another. */
const STACKS = [{ name: 'shop' }, { name: 'shop-nested', parent: 'shop' }, { name: 'tools' }] as const;
/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html */
const AT_REST = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
  'DELETE_COMPLETE',
] as const;
const AT_WORK = [
  'CREATE_IN_PROGRESS',
  'CREATE_FAILED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_FAILED',
  'UPDATE_IN_PROGRESS',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
  'DELETE_FAILED',
  'REVIEW_IN_PROGRESS',
  'IMPORT_IN_PROGRESS',
  'IMPORT_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_FAILED',
] as const;

type Doing = (world: ReferrerWorld, deed: ReferrerDeed, arn: string, deployments: string[]) => void;

/** What people do, by kind: a new kind needs deeds of its own here. */
const DEEDS: Readonly<Record<Referrer, Doing>> = {
  EVENTBRIDGE_RULES({ neighbors: { rules } }, { does, slot, form }, arn) {
    const place = { name: `rule-${slot}`, bus: at(BUSES, form) };
    const another = { Id: 'a', Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:other' };
    const enabled = form % 2 === 0;
    if (does < 2) rules.delete(place.name, place.bus);
    else if (does === 2 && place.bus !== 'default') rules.deleteBus(place.bus);
    else if (does < 5) {
      const Input = JSON.stringify({ run: { taskDefinition: arn } });
      rules.put({ ...place, enabled, targets: [another, { Id: 'b', Arn: another.Arn, Input }], pins: [arn] });
    } else rules.put({ ...place, enabled, runs: [`${arn.slice(0, arn.lastIndexOf(':'))}:${REVISIONS}`, arn] });
  },
  EVENTBRIDGE_SCHEDULER({ neighbors: { schedules } }, { does, slot, form }, arn) {
    const place = { name: `schedule-${slot}`, group: at(GROUPS, form) };
    if (does < 3) schedules.delete(place.name, place.group);
    else schedules.put({ ...place, enabled: form % 5 > 0, runs: { taskDefinition: arn, form: at(SCHEDULE_FORMS, form) } });
  },
  EVENTBRIDGE_PIPES({ neighbors: { pipes } }, { does, slot, form }, arn) {
    const name = `pipe-${slot}`;
    const InputTemplate = JSON.stringify({ taskDefinition: arn });
    if (does < 3) pipes.delete(name);
    else if (does < 5) pipes.put({ name, more: { TargetParameters: { InputTemplate } }, pins: [arn] });
    else pipes.put({ name, state: form % 2 === 0 ? 'RUNNING' : 'STOPPED', runs: arn });
  },
  STEP_FUNCTIONS({ neighbors: { stateMachines } }, { does, slot, form }, arn) {
    const name = `machine-${slot}`;
    const isThere = stateMachines.pinned().some(({ where }) => where === `state machine ${name}`);
    if (does < 1) stateMachines.delete(name);
    else if (does < 3 && isThere) stateMachines.publish(name);
    else if (does < 4 && isThere) stateMachines.deleteVersion(name, 1 + (form % 3));
    else {
      const taskDefinition = form % 2 === 0 ? arn : nameOf(arn);
      stateMachines.put({
        name,
        type: form % 3 === 0 ? 'EXPRESS' : 'STANDARD',
        runs: { taskDefinition, form: at(RUN_TASK_FORMS, form) },
      });
    }
  },
  CODE_DEPLOY({ neighbors: { codeDeploy } }, { does, slot, form }, taskDefinition, deployments) {
    const place = { application: `application-${slot}`, group: `group-${form % 2}` };
    const status = at(DEPLOYMENT_STATUSES, form);
    if (does < 1) codeDeploy.deleteApplication(place.application);
    else if (does < 2) codeDeploy.deleteGroup(place.application, place.group);
    else if (does < 4 && deployments.length > 0) settle(codeDeploy, at(deployments, form), status);
    else if (does < 5) codeDeploy.addApplication(`other-${slot}`, form % 2 === 0 ? 'Lambda' : 'Server');
    else deployments.push(codeDeploy.deploy({ ...place, taskDefinition, appSpec: at(SPEC_FORMS, form), status }));
  },
  CLOUD_FORMATION({ stacks: { stacks } }, { does, slot, form }, arn) {
    const { name, ...nested } = at<{ name: string; parent?: string }>(STACKS, slot);
    const known = stacks.get(name);
    const status = does < 7 ? at(AT_REST, form) : at(AT_WORK, form);
    const newest = `${arn.slice(0, arn.lastIndexOf(':'))}:${REVISIONS}`;
    if (nested.parent && !stacks.has(nested.parent)) stacks.set(nested.parent, { status: 'CREATE_COMPLETE', records: [] });
    // One stack at most has a resource; what was deleted is none any more.
    const others = [...stacks].filter(([other, one]) => other !== name && one.status !== 'DELETE_COMPLETE');
    const taken = new Set(others.flatMap(([, { records }]) => records));
    const records = at([[arn, newest], [arn], [newest]], form).filter((one) => !taken.has(one));
    if (!known || does % 3 > 0) stacks.set(name, { ...nested, status, records });
    else if (known.status !== 'DELETE_COMPLETE') stacks.set(name, { ...known, status });
  },
};

/** Unless its group has gone. */
function settle(codeDeploy: Neighbors['codeDeploy'], id: string, status: CodeDeployStatus): void {
  try {
    codeDeploy.settle(id, status);
  } catch (error) {
    if (!(error instanceof SimulatedError)) throw error;
  }
}
