import * as fc from 'fast-check';
import { PacedLimiter } from '../../../engine/aws/paced-limiter';
import { EcsTaskDefinitions } from '../../../engine/aws/task-definitions';
import { VirtualClock } from '../../../simulator';
import { ENVIRONMENT } from '../random-world';
import { arn, definition, refusal, scripted } from '../scripted-call';

const of = (script: Parameters<typeof scripted>[0]) => {
  const { call, asked } = scripted(script);
  return { asked, definitions: new EcsTaskDefinitions(ENVIRONMENT, call, new PacedLimiter(new VirtualClock(0), 1, 0)) };
};
const WEB_3 = { family: 'web', revision: 3 };

describe('the list of ACTIVE revisions', () => {
  test('P-21: is in the order of numbers, whatever order ECS gives, and knows each once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1 }), async (revisions) => {
        const { definitions } = of({
          ListTaskDefinitions: () => ({ taskDefinitionArns: revisions.map((one) => definition(`web:${one}`)) }),
        });
        const inventory = await definitions.active();
        const expected = [...new Set(revisions.map(BigInt))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(Number);
        expect(inventory.revisions('web')).toEqual(expected);
        expect(inventory.size).toBe(expected.length);
      }),
    );
  });

  test('P-20: of one family does not take in another that begins alike', async () => {
    const listed = ['app:1', 'app-:1', 'app-2:1', 'App:1'].map(definition);
    const { definitions, asked } = of({ ListTaskDefinitions: () => ({ taskDefinitionArns: listed }) });
    const inventory = await definitions.active(['app']);
    expect(inventory.families()).toEqual(['app']);
    expect(asked[0]?.input).toMatchObject({ familyPrefix: 'app', status: 'ACTIVE' });
  });

  test('P-15 P-17: counts what does not read as a revision of this account and Region, and keeps it', async () => {
    const listed = [
      definition('web:1'),
      definition('web:0'),
      definition('web:01'),
      definition('web:2147483648'),
      definition('web'),
      definition('wéb:2'),
      definition('web:2 '),
      definition('a/web:2'),
      arn('service/blue/web'),
      definition('web:2').replace('eu-west-1', 'eu-west-2'),
      definition('web:2').replace('111122223333', '111122223334'),
      definition('web:2').replace('arn:aws:', 'arn:aws-cn:'),
    ];
    const { definitions } = of({ ListTaskDefinitions: () => ({ taskDefinitionArns: listed }) });
    const inventory = await definitions.active();
    expect([inventory.families(), inventory.size, inventory.unreadable]).toEqual([['web'], 1, 11]);
  });
});

describe('one revision', () => {
  const whole = {
    taskDefinition: {
      taskDefinitionArn: definition('web:3'),
      status: 'ACTIVE',
      registeredAt: 1_700_000_000.5,
      registeredBy: 'role',
      containerDefinitions: [{ environment: [{ name: 'PASSWORD', value: 'CANARY' }] }],
    },
    tags: [{ key: 'team', value: 'CANARY' }],
  };

  test('X-01: is told by its number, status, date, owner and tag keys, and by nothing that it contains', async () => {
    const { definitions } = of({ DescribeTaskDefinition: () => whole });
    expect(await definitions.describe(WEB_3)).toEqual({
      ...WEB_3,
      status: 'ACTIVE',
      registeredAt: 1_700_000_000_500,
      registeredBy: 'role',
      tagKeys: ['team'],
    });
  });

  test('that ECS does not know any more is undefined; any other refusal is an error', async () => {
    const answering = (code: string) =>
      of({ DescribeTaskDefinition: () => refusal('DescribeTaskDefinition', code) }).definitions;
    expect(await answering('ClientException').describe(WEB_3)).toBeUndefined();
    await expect(answering('AccessDeniedException').describe(WEB_3)).rejects.toThrow('DescribeTaskDefinition (web:3)');
  });

  test.each<[string, unknown]>([
    ['another revision', { ...whole, taskDefinition: { ...whole.taskDefinition, taskDefinitionArn: definition('web:4') } }],
    ['no status', { ...whole, taskDefinition: { ...whole.taskDefinition, status: undefined } }],
    ['tags of another type', { ...whole, tags: 'keep' }],
    ['a tag without a key', { ...whole, tags: [{ value: 'x' }] }],
    ['no definition', {}],
  ])('described with %s is not believed', async (_, answer) => {
    const { definitions } = of({ DescribeTaskDefinition: () => answer });
    await expect(definitions.describe(WEB_3)).rejects.toThrow('DescribeTaskDefinition (web:3)');
  });

  test('is deregistered by its whole ARN', async () => {
    const { definitions, asked } = of({ DeregisterTaskDefinition: () => ({}) });
    await definitions.deregister(WEB_3);
    expect(asked).toEqual([{ action: 'DeregisterTaskDefinition', input: { taskDefinition: definition('web:3') } }]);
  });
});

test('the newest of a family are asked for, newest first, and no page more than that takes', async () => {
  const { definitions, asked } = of({
    ListTaskDefinitions: (_, time) => ({
      taskDefinitionArns: time === 1 ? [] : ['web:10', 'web:9', 'web:8', 'webs:7'].map(definition),
      nextToken: `after ${time}`,
    }),
  });
  expect(await definitions.newest('web', 2)).toEqual([10, 9]);
  expect(asked.map(({ input }) => [input.sort, input.familyPrefix])).toEqual([
    ['DESC', 'web'],
    ['DESC', 'web'],
  ]);
});

test('one of the newest that is told twice counts once, and hides no older one', async () => {
  const { definitions } = of({
    ListTaskDefinitions: (_, time) => ({
      taskDefinitionArns: (time === 1 ? ['web:10', 'web:10'] : ['web:10', 'web:9', 'web:8']).map(definition),
      nextToken: `after ${time}`,
    }),
  });
  expect(await definitions.newest('web', 3)).toEqual([10, 9, 8]);
});
