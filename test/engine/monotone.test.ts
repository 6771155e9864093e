import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import { gone, quiet } from './quiet';
import {
  type FamilySpec,
  KEEP_TAG,
  NAMES,
  PARAMETERS,
  type ServiceSpec,
  START,
  WORLDS,
  type WorldSpec,
  world,
} from './random-world';
import { Scene, type SceneOptions } from './scene';
import { WorldsUntil } from './worlds-until';

jest.setTimeout(600_000);

const KINDS: ServiceSpec['kind'][] = ['rolling', 'breaker', 'empty', 'deferred', 'daemon', 'codedeploy', 'external', 'express'];

/** Where one more thing is added. */
interface Place {
  readonly family: number;
  readonly pick: number;
}

type More = (spec: WorldSpec, place: Place) => WorldSpec;
type Rule = WorldSpec['settings']['rules'][number];

const oneMoreService =
  (kind: ServiceSpec['kind']): More =>
  (spec, { family, pick }) => ({
    ...spec,
    services: [...spec.services, { family, pick, history: [pick + 1, pick + 3], kind, cluster: 'green' }],
  });

const ofFamily =
  (change: (family: FamilySpec, pick: number) => Partial<FamilySpec>): More =>
  (spec, { family, pick }) => ({
    ...spec,
    families: spec.families.map((one, place) => (place === family ? { ...one, ...change(one, pick) } : one)),
  });

const ofSettings =
  (change: (settings: WorldSpec['settings'], place: Place) => Partial<WorldSpec['settings']>): More =>
  (spec, place) => ({ ...spec, settings: { ...spec.settings, ...change(spec.settings, place) } });

const ofRules = (change: (rule: Rule) => Partial<Rule>): More =>
  ofSettings(({ rules }) => ({ rules: rules.map((rule) => ({ ...rule, ...change(rule) })) }));

/** One more reason to keep, or a larger world: of what was there before, nothing more may go. */
const MORE: Readonly<Record<string, More>> = {
  ...Object.fromEntries(KINDS.map((kind) => [`a service (${kind})`, oneMoreService(kind)])),
  'a task': (spec, place) => ({ ...spec, tasks: [...spec.tasks, place] }),
  'a task that has just stopped': (spec, place) => ({ ...spec, tasks: [...spec.tasks, { ...place, stoppedMinutesAgo: 1 }] }),
  'a tag': ofFamily(({ tagged, count }, pick) => ({ tagged: tagged | (1 << (pick % count)) })),
  'a day less of age': ofFamily(({ newestAgeMinutes }) => ({ newestAgeMinutes: Math.max(0, newestAgeMinutes - 24 * 60) })),
  'registrations closer together': ofFamily(({ stepMinutes }) => ({ stepMinutes: Math.ceil(stepMinutes / 20) })),
  'an owner': ofFamily(() => ({ batch: true })),
  'a larger minAge': ofRules(({ minAgeMinutes }) => ({ minAgeMinutes: minAgeMinutes + 24 * 60 })),
  'a larger keepLatest': ofRules(({ keepLatest }) => ({ keepLatest: keepLatest + 1 })),
  'more successful deployments kept': ofSettings(({ keepSuccessfulDeployments: kept }) => ({
    keepSuccessfulDeployments: kept + 2,
  })),
  'an excepted family': ofSettings(({ exceptFamilies }, { family }) => ({
    exceptFamilies: [...exceptFamilies, NAMES[family] as string],
  })),
  'another family': (spec) =>
    spec.families.length === NAMES.length ? spec : { ...spec, families: [...spec.families, spec.families[0] as FamilySpec] },
  'another cluster with services of its own': (spec, place) => ({
    ...spec,
    services: [...spec.services, { ...place, history: [], kind: 'rolling', cluster: 'blue' }],
  }),
};

const given = fc.record({
  spec: quiet(world).map(settled),
  more: fc.constantFrom(...Object.keys(MORE)),
  family: fc.nat(5),
  pick: fc.nat(9),
});

type Given = typeof given extends fc.Arbitrary<infer G> ? G : never;

/** Families by their own place, so that one family more moves no service to another. */
function settled(spec: WorldSpec): WorldSpec {
  const own = <Of extends { readonly family: number }>(of: Of) => ({ ...of, family: of.family % spec.families.length });
  return { ...spec, services: spec.services.map(own), tasks: spec.tasks.map(own) };
}

/** What a world with one thing more lets go beyond what it let go before, by one of its plans, or to the end. */
async function enlarged(
  { spec, more, family, pick }: Given,
  letGo: (scene: Scene) => Promise<ReadonlySet<string>>,
  options: SceneOptions = {},
  understood = (one: WorldSpec) => one,
): Promise<string[]> {
  const added = (MORE[more] as More)(spec, { family: family % spec.families.length, pick });
  const before = await letGo(new Scene(understood(spec), options));
  const after = await letGo(new Scene(understood(added), options));
  const isNew = (name: string) => NAMES.indexOf(familyOf(name)) >= spec.families.length;
  return [...after].filter((name) => !before.has(name) && !isNew(name));
}

const familyOf = (name: string) => name.slice(0, name.lastIndexOf(':')) as (typeof NAMES)[number];

/** What the first plan would let go, now or later. */
async function announced(scene: Scene): Promise<ReadonlySet<string>> {
  await scene.tick();
  const names = new Set<string>();
  for (const { family, verdicts } of scene.plans[0]?.families ?? []) {
    const active = scene.active(family);
    for (const { from, to, since } of verdicts) {
      if (since === undefined) continue;
      for (const revision of active) if (from <= revision && revision <= to) names.add(`${family}:${revision}`);
    }
  }
  return names;
}

describe('one more referrer, tag, owner, day of age, kept revision, family or cluster never lets go of anything more', () => {
  test('P-01 P-02 P-03 P-19 P-24: in a plan', async () => {
    let planned = 0;
    let fewer = 0;
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        const sizes: number[] = [];
        const counted = async (scene: Scene) => {
          const names = await announced(scene);
          sizes.push(names.size);
          return names;
        };
        expect(await enlarged(one, counted)).toEqual([]);
        planned += sizes[0] as number;
        if ((sizes[1] as number) < (sizes[0] as number)) fewer += 1;
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 8) },
    );
    if (process.env.SAFETY_PATH !== undefined) return;
    // Where nothing would go, or nothing is kept for it, one more reason shows nothing.
    expect(planned).toBeGreaterThan(WORLDS / 4);
    expect(fewer).toBeGreaterThan(WORLDS / 100);
  });

  test('P-01 P-02 P-03 P-19 P-24: in what has gone when nothing is left to do', async () => {
    await fc.assert(
      fc.asyncProperty(given, async (one) => {
        expect(await enlarged(one, gone)).toEqual([]);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });
});

interface Careless {
  readonly around?: (call: EcsCall) => EcsCall;
  /** What the pruner takes its world for. */
  readonly understood?: (spec: WorldSpec) => WorldSpec;
}

describe('a pruner is caught that', () => {
  const worlds = new WorldsUntil(given, 7, 4000);

  test.each<[string, string, Careless]>([
    ['reads first pages only, so that one service more hides another', 'a service (rolling)', { around: firstPages }],
    ['reads first pages only, so that one task more hides another', 'a task', { around: firstPages }],
    [
      'lets go what is tagged, and keeps what is not',
      'a tag',
      { around: answersOf('DescribeTaskDefinition', withTagsInverted) },
    ],
    [
      'takes the young for old',
      'registrations closer together',
      { around: answersOf('DescribeTaskDefinition', withAgesInverted) },
    ],
    ['keeps fewer where more are to be kept', 'a larger keepLatest', { understood: misread(fewerKept) }],
    ['asks for less age where more is asked for', 'a larger minAge', { understood: misread(lessAge) }],
  ])('%s', async (_, more, { around, understood }) => {
    for (const one of worlds) {
      if ((await enlarged({ ...one, more }, announced, around ? { around } : {}, understood)).length > 0) return;
    }
    throw new Error(`nothing was caught in ${worlds.most} worlds`);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of ECS, changed at will
type Loose = any;

function answersOf(which: string, change: (answer: Loose) => unknown): (call: EcsCall) => EcsCall {
  return (call) => async (action, input) => {
    const answer = await call(action, input);
    return action === which ? change(answer) : answer;
  };
}

function firstPages(call: EcsCall): EcsCall {
  return async (action, input) => ({ ...((await call(action, input)) as object), nextToken: undefined });
}

function withTagsInverted(answer: Loose): unknown {
  return { ...answer, tags: answer.tags.length > 0 ? [] : [{ key: KEEP_TAG, value: '' }] };
}

function withAgesInverted(answer: Loose): unknown {
  const age = START / 1000 - answer.taskDefinition.registeredAt;
  return { ...answer, taskDefinition: { ...answer.taskDefinition, registeredAt: START / 1000 - 24 * 3600 + age } };
}

function misread(change: (rule: Rule) => Partial<Rule>): (spec: WorldSpec) => WorldSpec {
  return (spec) => ofRules(change)(spec, { family: 0, pick: 0 });
}

function fewerKept({ keepLatest }: Rule): Partial<Rule> {
  return { keepLatest: 8 - keepLatest };
}

function lessAge({ minAgeMinutes }: Rule): Partial<Rule> {
  return { minAgeMinutes: 2000 - minAgeMinutes };
}
