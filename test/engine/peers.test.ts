import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import type { Stored } from '../../engine/ledger/ledger';
import { MemoryLedger } from './memory-ledger';
import { broken, retentionOf } from './must-keep';
import { byAgeOnly, byRunningTasksOnly, byServicesAndCount, type PeerRule } from './peer-rules';
import { build, type WorldSpec, world } from './random-world';
import { type Deed, deeds, Scene } from './scene';
import { WorldsUntil } from './worlds-until';

// The safety property is worth what it catches. Here it must catch: other tools' rules, and our own engine made careless.

jest.setTimeout(120_000);

type Given = [spec: WorldSpec, schedule: Deed[]];

/** Where more can be let go, and more refers to it, more can go wrong. */
const harm = ([{ families, services, tasks }]: Given) =>
  families.reduce((sum, { count }) => sum + count, 0) * (1 + services.length + tasks.length);

const worlds = new WorldsUntil<Given>(fc.tuple(world, deeds), 7, 4000, harm);

describe('in the worlds of the safety property, the rule of', () => {
  test.each<[string, PeerRule, string[]]>([
    ['tdtidy (age only)', byAgeOnly, ['referenced', 'newest', 'opted out']],
    ['go-ecs-cleaner and vend/ecs-cleaner (services, and a count)', byServicesAndCount, ['referenced', 'opted out']],
    ['magnetikonline (running tasks only)', byRunningTasksOnly, ['referenced', 'newest', 'opted out', 'too young']],
  ])('%s, is caught', async (_, rule, expected) => {
    const caught = new Set<string>();
    for (const [spec] of worlds) {
      for (const promise of await judged(rule, spec)) caught.add(promise);
      if (expected.every((promise) => caught.has(promise))) break;
    }
    expect([...caught]).toEqual(expect.arrayContaining(expected));
  });
});

async function judged(rule: PeerRule, spec: WorldSpec): Promise<string[]> {
  const { ecs } = build(spec, { ...spec.ways, emptyPages: 0 });
  const retention = retentionOf('app', spec) ?? { keepLatest: 5, minAgeMinutes: 60 };
  for (const taskDefinition of await rule(ecs, retention)) ecs.perform('DeregisterTaskDefinition', { taskDefinition });
  return ecs.log.destructive.flatMap((act) => broken(act, spec, []));
}

const asGiven = (...given: Given): Given => given;

/** What outside controllers run has task sets, of any revision. */
const withTaskSets = (spec: WorldSpec): Given => [
  { ...spec, services: spec.services.map((service) => ({ ...service, kind: 'external' })) },
  inEveryFamily('create task set', 0.5),
];

/** Acts that take their time, and what comes into use meanwhile. */
const usedMeanwhile = (spec: WorldSpec): Given => [
  { ...spec, settings: { ...spec.settings, actionsPerSecond: 0.05 } },
  inEveryFamily('run task', 1.1),
];

const inEveryFamily = (kind: Deed['kind'], when: number): Deed[] =>
  [0, 1, 2, 3, 4, 5].flatMap((family) => [1, 3, 5].map((pick) => ({ kind, when, family, pick })));

describe('the engine is caught when it', () => {
  test.each<[string, () => (call: EcsCall) => EcsCall, typeof asGiven]>([
    ['P-03: overlooks task sets', () => changing('DescribeServices', withoutTaskSets), withTaskSets],
    [
      'P-03: does not ask what a service can roll back to',
      () => changing('ListServiceDeployments', empty('serviceDeployments')),
      asGiven,
    ],
    ['overlooks tasks', () => changing('ListTasks', empty('taskArns')), asGiven],
    ['P-05: reads first pages only', () => firstPages, asGiven],
    [
      'P-06: skips a cluster',
      () => changing('ListClusters', (answer) => ({ ...answer, clusterArns: answer.clusterArns.slice(1) })),
      asGiven,
    ],
    ['P-19: does not read tags', () => changing('DescribeTaskDefinition', (answer) => ({ ...answer, tags: [] })), asGiven],
    ['P-02: takes everything for old', () => changing('DescribeTaskDefinition', old), asGiven],
    ['P-01: looks for references once a run', lookingOnce, usedMeanwhile],
  ])('%s', async (_, careless, where) => {
    expect(await firstCaught(careless(), { where })).toBeDefined();
  });

  test('P-10: acts without having announced', async () => {
    expect(await firstCaught((call) => call, { ledger: () => new ForgetfulLedger() })).toContain('not announced');
  });
});

interface Search {
  /** What the worlds are made, so that the carelessness can show. */
  readonly where?: typeof asGiven;
  readonly ledger?: () => MemoryLedger;
}

/** The first promise broken for which being late is no excuse. */
async function firstCaught(
  around: (call: EcsCall) => EcsCall,
  { where = asGiven, ledger = () => new MemoryLedger() }: Search,
): Promise<string | undefined> {
  for (const given of worlds) {
    const [spec, schedule] = where(...given);
    const found = await caught(new Scene(spec, { choice: 'any', around, ledger: ledger() }), schedule);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function caught(scene: Scene, schedule: readonly Deed[]): Promise<string | undefined> {
  await scene.play(schedule);
  const serious = scene.breaches().find(({ act, promises }) => {
    const usedSince = scene.usedSince.get(`${act.family}:${act.revision}`) ?? 0;
    return promises.join() !== 'referenced' || act.at - usedSince > scene.longestBlindness();
  });
  return serious?.promises.join(', ');
}

// biome-ignore lint/suspicious/noExplicitAny: answers of ECS, changed at will
type Loose = any;

const changing =
  (which: string, change: (answer: Loose) => unknown) =>
  (call: EcsCall): EcsCall =>
  async (action, input) => {
    const answer = await call(action, input);
    return action === which ? change(answer) : answer;
  };

const empty = (member: string) => (answer: Loose) => ({ ...answer, [member]: [], nextToken: undefined });

const withoutTaskSets = (answer: Loose) => ({
  ...answer,
  services: answer.services.map(({ taskSets: _, ...service }: Loose) => service),
});

const old = (answer: Loose) => ({ ...answer, taskDefinition: { ...answer.taskDefinition, registeredAt: 1 } });

const firstPages =
  (call: EcsCall): EcsCall =>
  async (action, input) => ({ ...((await call(action, input)) as object), nextToken: undefined });

/** Answers every later scan of a run with what the first one read. */
function lookingOnce(): (call: EcsCall) => EcsCall {
  return (call) => {
    const known = new Map<string, unknown>();
    return async (action, input) => {
      if (action.includes('TaskDefinition')) return call(action, input);
      const asked = JSON.stringify([action, input]);
      if (!known.has(asked)) known.set(asked, await call(action, input));
      return known.get(asked);
    };
  };
}

/** Dates every announcement back. */
class ForgetfulLedger extends MemoryLedger {
  override async read(key: string): Promise<Stored | undefined> {
    const stored = await super.read(key);
    return stored && { ...stored, text: stored.text.replaceAll(/"since":"[^"]+"/g, '"since":"2020-01-01T00:00:00.000Z"') };
  }
}
