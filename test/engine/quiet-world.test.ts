import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import { Pruner } from './pruner';
import { HOUR, MINUTE, NAMES, PARAMETERS, WORLDS, type WorldSpec, ways, world } from './random-world';
import { nameOf, Scene } from './scene';

jest.setTimeout(600_000);

describe('in a quiet world', () => {
  test('P-13 P-14 P-16: the ticks go on until nothing is left to do, and then only what a promise keeps is ACTIVE', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), async (spec) => {
        const scene = new Scene(spec);
        await settle(scene);
        expect((await scene.tick()).outcome).toBe('idle');
        expect(scene.leftOver()).toEqual([]);
        expect(scene.breaches()).toEqual([]);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });

  test('P-12: two pruners that know nothing of each other are as safe as one, and end where one ends', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), async (spec) => {
        const alone = await gone(new Scene(spec));
        const scene = new Scene(spec);
        const { ecs, clock } = scene;
        const other = new Pruner({ ecs, clock, settings: spec.settings, latency: spec.ways.latency + 1 });
        for (let run = 0; run < 2; run += 1) {
          await clock.run(Promise.all([scene.pruner.start(), other.start()]));
          clock.advance(spec.settings.noticePeriodMinutes * MINUTE);
        }
        expect(scene.breaches()).toEqual([]);
        await settle(scene);
        expect(new Set(scene.acts.map(nameOf))).toEqual(alone);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 150) },
    );
  });

  test('P-21: page sizes, kinds of token, empty pages and the order of answers change no byte of a plan', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), ways, async (spec, otherWays) => {
        const [one, again, other] = [new Scene(spec), new Scene(spec), new Scene(spec, { around: reversed, how: otherWays })];
        for (const scene of [one, again, other]) await scene.tick();
        expect(planText(again)).toBe(planText(one));
        expect(planText(other)).toBe(planText(one));
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });

  test('one more referrer, tag, day of age or kept revision never lets go of anything more', async () => {
    const more = fc.constantFrom('service', 'task', 'tag', 'minAge', 'keepLatest');
    await fc.assert(
      fc.asyncProperty(quiet(world), more, fc.nat(5), fc.nat(9), async (spec, what, family, pick) => {
        const before = await gone(new Scene(spec));
        const after = await gone(new Scene(withMore(spec, what, family % spec.families.length, pick)));
        expect([...after].filter((name) => !before.has(name))).toEqual([]);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });

  test('P-15: a family whose answers make no sense stays whole, and changes nothing for the others', async () => {
    const poison = fc.constantFrom(...Object.keys(POISON));
    await fc.assert(
      fc.asyncProperty(quiet(world), poison, fc.nat(5), async (spec, kind, place) => {
        const family = NAMES[place % spec.families.length] as string;
        const before = await gone(new Scene(spec));
        const poisoned = new Scene(spec, { around: (call) => poisonedCall(call, family, POISON[kind] as Poison) });
        const after = await gone(poisoned);
        expect([...after].sort()).toEqual([...before].filter((name) => !name.startsWith(`${family}:`)).sort());
        expect(poisoned.reports.map(({ outcome }) => outcome)).not.toContain('refused');
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });
});

/** With as many successful deployments kept as the simulator's own walk knows. */
function quiet(worlds: fc.Arbitrary<WorldSpec>): fc.Arbitrary<WorldSpec> {
  return worlds.map((spec) => ({ ...spec, settings: { ...spec.settings, keepSuccessfulDeployments: 3 } }));
}

function planText(scene: Scene): string | undefined {
  return scene.ledger.documents.get('plan.json')?.text;
}

/** Ticks until the last that was young is old, announced, and gone. */
async function settle(scene: Scene): Promise<void> {
  await scene.play([]);
  scene.clock.advance(49 * HOUR);
  await scene.tick();
  scene.clock.advance(scene.spec.settings.noticePeriodMinutes * MINUTE);
  await scene.tick();
  scene.clock.advance(20 * MINUTE);
  await scene.tick();
}

async function gone(scene: Scene): Promise<Set<string>> {
  await settle(scene);
  return new Set(scene.acts.map(nameOf));
}

function withMore(spec: WorldSpec, what: string, family: number, pick: number): WorldSpec {
  const { settings } = spec;
  const rules = (change: (rule: WorldSpec['settings']['rules'][number]) => object) => ({
    ...spec,
    settings: { ...settings, rules: settings.rules.map((rule) => ({ ...rule, ...change(rule) })) },
  });
  switch (what) {
    case 'service':
      return {
        ...spec,
        services: [...spec.services, { family, pick, history: [pick + 1], kind: 'rolling', cluster: 'green' }],
      };
    case 'task':
      return { ...spec, tasks: [...spec.tasks, { family, pick }] };
    case 'tag':
      return { ...spec, families: spec.families.map((one) => ({ ...one, tagged: one.tagged | (1 << (pick % one.count)) })) };
    case 'minAge':
      return rules(({ minAgeMinutes }) => ({ minAgeMinutes: minAgeMinutes + 24 * 60 }));
    default:
      return rules(({ keepLatest }) => ({ keepLatest: keepLatest + 1 }));
  }
}

/** Every list of every answer the other way round, page by page. */
const reversed =
  (call: EcsCall): EcsCall =>
  async (action, input) =>
    backwards(await call(action, input));

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards).reverse();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, backwards(inner)]));
}

interface Poison {
  readonly listed?: (arn: string) => string;
  readonly described?: (answer: { taskDefinition: object }) => unknown;
}

const POISON: Readonly<Record<string, Poison>> = {
  'no number': { listed: (arn) => arn.replace(/\d+$/, 'latest') },
  'a number too large': { listed: (arn) => `${arn}0000000000` },
  'another Region': { listed: (arn) => arn.replace('eu-west-1', 'us-east-1') },
  'a look-alike letter': {
    listed: (arn) => arn.replace('/a', '/а').replace('/A', '/А').replace('/j', '/ј').replace('/_', '/＿'),
  },
  'nothing in it': { described: () => ({}) },
  'no date': { described: ({ taskDefinition }) => ({ taskDefinition: { ...taskDefinition, registeredAt: undefined } }) },
  'a date as text': { described: ({ taskDefinition }) => ({ taskDefinition: { ...taskDefinition, registeredAt: '2020' } }) },
  'a date to come': { described: ({ taskDefinition }) => ({ taskDefinition: { ...taskDefinition, registeredAt: 4e9 } }) },
  'another revision': {
    described: () => ({ taskDefinition: { taskDefinitionArn: 'web:1', status: 'ACTIVE', registeredAt: 1 } }),
  },
  'an unknown status': {
    described: ({ taskDefinition }) => ({ taskDefinition: { ...taskDefinition, status: 'ARCHIVED' }, tags: [] }),
  },
  'tags that are no list': { described: (answer) => ({ ...answer, tags: { key: 'a' } }) },
};

function poisonedCall(call: EcsCall, family: string, { listed, described }: Poison): EcsCall {
  const own = `:task-definition/${family}:`;
  return async (action, input) => {
    const answer = await call(action, input);
    if (action === 'ListTaskDefinitions' && listed) {
      const { taskDefinitionArns: arns, ...rest } = answer as { taskDefinitionArns: string[] };
      return { ...rest, taskDefinitionArns: arns.map((arn) => (arn.includes(own) ? listed(arn) : arn)) };
    }
    const asked = String(input.taskDefinition);
    return action === 'DescribeTaskDefinition' && described && asked.includes(own)
      ? described(answer as { taskDefinition: object })
      : answer;
  };
}
