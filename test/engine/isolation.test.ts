import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import { EcsCallError } from '../../engine/ecs-call-error';
import { gone, quiet } from './quiet';
import { NAMES, PARAMETERS, WORLDS, type WorldSpec, world } from './random-world';
import { Scene, type SceneOptions } from './scene';
import { WorldsUntil } from './worlds-until';

jest.setTimeout(600_000);

// One family that cannot be handled: every other goes on as if it were not there.

describe('a family is no trouble to the others', () => {
  const inWorlds = (kinds: Readonly<Record<string, Poison>>, holds: (found: Compared) => void) =>
    fc.assert(
      fc.asyncProperty(quiet(world), fc.constantFrom(...Object.keys(kinds)), fc.nat(5), async (spec, kind, place) => {
        const family = NAMES[place % spec.families.length] as string;
        holds(await compared(spec, family, (call) => poisonedCall(call, family, kinds[kind] as Poison)));
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 100) },
    );

  test('P-15: whose answers make no sense: it stays whole, and no run is refused for it', () =>
    inWorlds(POISON, ({ lost, others, poisoned, outcomes }) => {
      expect(lost).toEqual([]);
      expect(others).toEqual([]);
      expect(poisoned).toEqual([]);
      expect(outcomes).not.toContain('refused');
    }));

  test('P-15: of which ECS deregisters nothing, each time in another way: all others go all the same, and its runs are told as failed', () =>
    inWorlds(REFUSED, ({ lost, others, poisoned, due, outcomes }) => {
      expect(lost).toEqual([]);
      expect(others).toEqual([]);
      expect(poisoned).toEqual([]);
      if (due > 0) expect(outcomes).toContain('failed');
    }));

  test.each<[string, SceneOptions['around']]>([
    ['gives up a run at the first name that makes no sense', strict],
    ['stops at the first deregistration that fails', stoppingAtOnce],
  ])('and a pruner that %s is caught', async (_, around) => {
    for (const [spec, place] of new WorldsUntil(fc.tuple(quiet(world), fc.nat(5)), 3, 4000)) {
      const family = NAMES[place % spec.families.length] as string;
      const poison = around === strict ? POISON['no number'] : REFUSED['a bad request'];
      const { lost } = await compared(spec, family, (call) => around?.(poisonedCall(call, family, poison as Poison)) ?? call);
      if (lost.length > 0) return;
    }
    throw new Error('nothing was caught');
  });
});

interface Compared {
  /** Of other families, what went before, and does not go beside the poison. */
  readonly lost: readonly string[];
  /** Of other families, what goes only beside the poison. */
  readonly others: readonly string[];
  /** What went of the poisoned family. */
  readonly poisoned: readonly string[];
  /** How many of it went before. */
  readonly due: number;
  readonly outcomes: readonly string[];
}

async function compared(spec: WorldSpec, family: string, around: (call: EcsCall) => EcsCall): Promise<Compared> {
  const isOwn = (name: string) => name.slice(0, name.lastIndexOf(':')) === family;
  const before = await gone(new Scene(spec));
  const scene = new Scene(spec, { around });
  const after = await gone(scene);
  return {
    lost: [...before].filter((name) => !isOwn(name) && !after.has(name)),
    others: [...after].filter((name) => !isOwn(name) && !before.has(name)),
    poisoned: [...after].filter(isOwn),
    due: [...before].filter(isOwn).length,
    outcomes: scene.reports.map(({ outcome }) => outcome),
  };
}

interface Poison {
  readonly listed?: (arn: string) => string;
  readonly described?: (answer: { taskDefinition: object }) => unknown;
  readonly deregistered?: () => never;
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

const refusing = (code: string) => () => {
  throw new EcsCallError('DeregisterTaskDefinition', code, 'no');
};

/** Ways in which a deregistration may fail for ever. That nothing at all may be deregistered ends a run, whatever the family. */
const REFUSED: Readonly<Record<string, Poison>> = {
  'a bad request': { deregistered: refusing('ClientException') },
  'a parameter that ECS does not take': { deregistered: refusing('InvalidParameterException') },
  'an error of the server': { deregistered: refusing('ServerException') },
  'an error that is not known yet': { deregistered: refusing('TaskDefinitionLockedException') },
};

function poisonedCall(call: EcsCall, family: string, { listed, described, deregistered }: Poison): EcsCall {
  const own = `:task-definition/${family}:`;
  return async (action, input) => {
    if (action === 'DeregisterTaskDefinition' && deregistered && String(input.taskDefinition).includes(own)) deregistered();
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

function strict(call: EcsCall): EcsCall {
  return async (action, input) => {
    const answer = await call(action, input);
    const listed = action === 'ListTaskDefinitions' ? (answer as { taskDefinitionArns: string[] }).taskDefinitionArns : [];
    if (listed.every((arn) => /:\d+$/.test(arn))) return answer;
    throw new EcsCallError(action, 'ServerException', 'a name that makes no sense');
  };
}

function stoppingAtOnce(call: EcsCall): EcsCall {
  let failed = false;
  return async (action, input) => {
    if (action === 'ListClusters') failed = false;
    if (failed && action === 'DeregisterTaskDefinition') throw new EcsCallError(action, 'ServerException', 'given up');
    try {
      return await call(action, input);
    } catch (error) {
      failed ||= action === 'DeregisterTaskDefinition';
      throw error;
    }
  };
}
