import * as fc from 'fast-check';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { CANARIES, EcsSimulator, VirtualClock } from '../../simulator';
import { SETTINGS } from './pruner';

export const START = Date.parse('2026-03-01T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
export const KEEP_TAG = SETTINGS.keepTag;
const BATCH = 'arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForBatch/aws-batch';

// A failure prints seed and path: `SAFETY_SEED=… SAFETY_PATH=… npx jest test/engine/safety -t '…'` plays it again.
export const WORLDS = Number(process.env.SAFETY_WORLDS ?? 1_000);
/** Its families have more revisions, so that there is more to decide. */
export const LONG_RUN = WORLDS > 20_000;
const MOST_REVISIONS = LONG_RUN ? 48 : 10;
export const PARAMETERS = {
  seed: Number(process.env.SAFETY_SEED ?? 20260301),
  ...(process.env.SAFETY_PATH === undefined ? {} : { path: process.env.SAFETY_PATH }),
};

/** Names that a careless match confuses, and one that a careless object does. */
export const NAMES = ['app', 'app-', 'app-2', 'App', '__proto__', 'job'] as const;

export interface FamilySpec {
  readonly count: number;
  /** Between two registrations. */
  readonly stepMinutes: number;
  readonly newestAgeMinutes: number;
  /** Which revisions carry the tag that keeps them, and which are INACTIVE already, as bits. */
  readonly tagged: number;
  readonly inactive: number;
  readonly batch: boolean;
}

export interface ServiceSpec {
  readonly family: number;
  /** Which revision, counted modulo from the oldest. */
  readonly pick: number;
  readonly history: readonly number[];
  readonly kind: 'rolling' | 'breaker' | 'empty' | 'deferred' | 'daemon' | 'codedeploy' | 'external' | 'express';
  readonly cluster: 'blue' | 'green';
}

export interface TaskSpec {
  readonly family: number;
  readonly pick: number;
  readonly stoppedMinutesAgo?: number;
}

/** A small account, as plain data, so that fast-check can shrink it. */
export interface WorldSpec {
  readonly seed: number;
  readonly families: readonly FamilySpec[];
  readonly services: readonly ServiceSpec[];
  readonly tasks: readonly TaskSpec[];
  readonly settings: PruneSettings;
  readonly ways: Ways;
}

/** How ECS answers, which must make no difference. */
export interface Ways {
  readonly tokens: 'offset' | 'key';
  readonly emptyPages: number;
  readonly varyPageSizes: boolean;
  readonly pageSize: number;
  readonly latency: number;
  readonly lag: number;
}

const bits = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) });

const family: fc.Arbitrary<FamilySpec> = fc.record({
  count: fc.integer({ min: 1, max: MOST_REVISIONS }),
  stepMinutes: fc.constantFrom(1, 20, 90, 1440),
  newestAgeMinutes: fc.constantFrom(0, 30, 90, 3000),
  tagged: bits,
  inactive: bits,
  batch: fc.integer({ min: 0, max: 11 }).map((one) => one === 11),
});

const service: fc.Arbitrary<ServiceSpec> = fc.record({
  family: fc.nat(5),
  pick: fc.nat(9),
  history: fc.array(fc.nat(9), { maxLength: 5 }),
  kind: fc.constantFrom('rolling', 'breaker', 'empty', 'deferred', 'daemon', 'codedeploy', 'external', 'express'),
  cluster: fc.constantFrom('blue', 'green'),
});

const task: fc.Arbitrary<TaskSpec> = fc.record(
  { family: fc.nat(5), pick: fc.nat(9), stoppedMinutesAgo: fc.constantFrom(1, 50, 70) },
  { requiredKeys: ['family', 'pick'] },
);

export const ways: fc.Arbitrary<Ways> = fc.record({
  tokens: fc.constantFrom('offset', 'key'),
  emptyPages: fc.constantFrom(0, 0.3),
  varyPageSizes: fc.boolean(),
  pageSize: fc.constantFrom(2, 7, 100),
  latency: fc.constantFrom(5, 50, 700),
  lag: fc.constantFrom(0, 2, 10),
});

const rule = fc.record({ keepLatest: fc.integer({ min: 1, max: 5 }), minAgeMinutes: fc.constantFrom(60, 61, 240) });

const settings: fc.Arbitrary<PruneSettings> = fc
  .record({
    first: rule,
    second: rule,
    scope: fc.constantFrom('all', 'all but', 'pattern', 'two rules', 'exact'),
    noticePeriodMinutes: fc.constantFrom(10, 45, 120),
    actionsPerSecond: fc.constantFrom(0.9, 0.5, 0.1, 0.05),
    // The simulator's own walk knows the last three.
    keepSuccessfulDeployments: fc.constantFrom(3, 5),
  })
  .map(({ first, second, scope, ...rest }) => ({ ...SETTINGS, ...rest, ...scoped(scope, first, second) }));

type Rule = { keepLatest: number; minAgeMinutes: number };

function scoped(scope: string, first: Rule, second: Rule): Pick<PruneSettings, 'rules' | 'exceptFamilies'> {
  switch (scope) {
    case 'all':
      return { rules: [{ allFamilies: true, ...first }], exceptFamilies: [] };
    case 'all but':
      return { rules: [{ allFamilies: true, ...first }], exceptFamilies: ['app-*'] };
    case 'pattern':
      return { rules: [{ families: ['app*'], ...first }], exceptFamilies: ['app-2'] };
    case 'two rules':
      return {
        rules: [
          { families: ['app', 'j*b'], ...first },
          { allFamilies: true, ...second },
        ],
        exceptFamilies: [],
      };
    default:
      return { rules: [{ families: ['app', 'App', '__proto__'], ...first }], exceptFamilies: [] };
  }
}

export const world: fc.Arbitrary<WorldSpec> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  families: fc.array(family, { minLength: 1, maxLength: NAMES.length }),
  services: fc.array(service, { maxLength: 6 }),
  tasks: fc.array(task, { maxLength: 3 }),
  settings,
  ways,
});

/** With marks in free texts: none may come out anywhere. */
export const DEFINITION = {
  containerDefinitions: [
    { name: 'main', image: CANARIES.image, memory: 64, environment: [{ name: 'PASSWORD', value: CANARIES.environment }] },
  ],
};
const OVERRIDES = {
  containerOverrides: [{ name: 'main', environment: [{ name: 'PASSWORD', value: CANARIES.taskOverrides }] }],
};

export interface Built {
  readonly clock: VirtualClock;
  readonly ecs: EcsSimulator;
  /** ARNs, in the order of the spec. */
  readonly services: readonly string[];
  readonly names: readonly string[];
}

/** Puts the world into a simulator of its own. */
export function build(spec: WorldSpec, how: Ways = spec.ways): Built {
  const clock = new VirtualClock(START);
  const { tokens, emptyPages, varyPageSizes, lag } = how;
  const ecs = new EcsSimulator({
    clock,
    environment: ENVIRONMENT,
    seed: spec.seed,
    tokens,
    emptyPages,
    varyPageSizes,
    deregistrationLagMinutes: lag,
  });
  ecs.seedCluster('blue');
  const names = NAMES.slice(0, spec.families.length);
  spec.families.forEach((one, place) => {
    seedFamily(ecs, names[place] as string, one);
  });
  const pick = ({ family: place, pick: index }: { family: number; pick: number }) => {
    const at = place % names.length;
    return `${names[at]}:${1 + (index % (spec.families[at] as FamilySpec).count)}`;
  };
  const services = spec.services.map((one, place) => ecs.seedService(seeded(one, place, pick)));
  for (const { stoppedMinutesAgo, ...one } of spec.tasks) {
    const stopAt = stoppedMinutesAgo === undefined ? {} : { stopAt: START - stoppedMinutesAgo * MINUTE };
    const texts = { overrides: OVERRIDES, stoppedReason: CANARIES.stoppedReason };
    ecs.seedTask({ cluster: 'green', taskDefinition: pick(one), createdAt: START - 3 * HOUR, ...texts, ...stopAt });
  }
  return { clock, ecs, services, names };
}

function seedFamily(ecs: EcsSimulator, name: string, spec: FamilySpec): void {
  const { count, stepMinutes, newestAgeMinutes, tagged, inactive, batch } = spec;
  const revisions = Array.from({ length: count }, (_, index) => {
    const registeredAt = START - (newestAgeMinutes + (count - 1 - index) * stepMinutes) * MINUTE;
    return {
      registeredAt,
      ...(tagged & (1 << index) ? { tags: [{ key: KEEP_TAG, value: CANARIES.tagValue }] } : {}),
      ...(inactive & (1 << index) && index < count - 1 ? { deregisteredAt: registeredAt } : {}),
      ...(batch ? { registeredBy: BATCH } : {}),
    };
  });
  ecs.seedFamily({ family: name, ...DEFINITION }, revisions);
}

function seeded(spec: ServiceSpec, place: number, pick: (of: { family: number; pick: number }) => string) {
  const { family: at, history, kind, cluster } = spec;
  const base = {
    cluster,
    name: `s${place}`,
    taskDefinition: pick(spec),
    history: history.map((index) => pick({ family: at, pick: index })),
    deployedAt: START - 30 * HOUR,
  };
  switch (kind) {
    case 'breaker':
      return { ...base, circuitBreaker: { enable: true, rollback: true } };
    case 'empty':
      return { ...base, desiredCount: 0 };
    case 'deferred':
      return { ...base, sourceCleanup: 'DEFERRED' as const };
    case 'daemon':
      return { ...base, schedulingStrategy: 'DAEMON' as const };
    case 'codedeploy':
      return { ...base, controller: 'CODE_DEPLOY' as const };
    case 'external':
      return { ...base, controller: 'EXTERNAL' as const, desiredCount: 0 };
    case 'express':
      return { ...base, resourceManagementType: 'ECS' as const };
    default:
      return base;
  }
}
