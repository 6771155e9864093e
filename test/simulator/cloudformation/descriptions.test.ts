import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudFormationStacks } from '../../../engine/aws/cloudformation';
import { type SimulatorServer, startServer } from '../../../simulator/server';
import { shop, stackWorld } from './small-stack';

let world: ReturnType<typeof stackWorld>;
let server: SimulatorServer;
let client: CloudFormationClient;

beforeEach(async () => {
  world = stackWorld();
  await world.stack.deploy(shop('1'));
  server = await startServer({ ecs: world.ecs, stacks: world.stacks });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  client = new CloudFormationClient({ endpoint: server.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

const definitionArn = (revision: number) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/web:${revision}`;

describe('DescribeStacks, through the SDK', () => {
  test.each(['name', 'ARN'])('finds a stack by its %s, with status, reason and dates', async (by) => {
    const StackName = by === 'name' ? 'shop' : world.stack.id;
    await world.stack.deploy(shop('2'), {
      faults: [{ logicalId: 'Queue', during: 'forward', when: 'after' }],
      disableRollback: true,
    });
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks).toEqual([
      {
        StackId: world.stack.id,
        StackName: 'shop',
        CreationTime: new Date('2026-03-01T12:00:00Z'),
        LastUpdatedTime: expect.any(Date),
        StackStatus: 'UPDATE_FAILED',
        StackStatusReason: expect.stringContaining('[Queue]. Resource handler returned message: "simulated'),
      },
    ]);
  });

  test('without a name lists what exists', async () => {
    await world.stacks.stack('other').deploy({ resources: [] });
    await world.stack.deleteStack();
    const { Stacks } = await client.send(new DescribeStacksCommand({}));
    expect(Stacks?.map(({ StackName }) => StackName)).toEqual(['other']);
  });

  test('of an unknown or deleted name is a ValidationError; the ARN still answers', async () => {
    await world.stack.deleteStack();
    await expect(client.send(new DescribeStacksCommand({ StackName: 'shop' }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id shop does not exist',
      $metadata: { httpStatusCode: 400 },
    });
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: world.stack.id }));
    expect(Stacks?.[0]?.StackStatus).toBe('DELETE_COMPLETE');
  });
});

describe('DescribeStackResource, through the SDK', () => {
  test('gives the physical id that the stack records now', async () => {
    await world.stack.deploy(shop('2'));
    const ask = new DescribeStackResourceCommand({ StackName: world.stack.id, LogicalResourceId: 'Web' });
    const { StackResourceDetail } = await client.send(ask);
    expect(StackResourceDetail).toEqual({
      StackName: 'shop',
      StackId: world.stack.id,
      LogicalResourceId: 'Web',
      PhysicalResourceId: definitionArn(2),
      ResourceType: 'AWS::ECS::TaskDefinition',
      LastUpdatedTimestamp: expect.any(Date),
      ResourceStatus: 'UPDATE_COMPLETE',
    });
  });

  test('in the clean-up tells a replaced custom resource from a removed one', async () => {
    const seen: string[] = [];
    const watching = stackWorld(async (event) => {
      if (event.RequestType === 'Delete') {
        const { StackResourceDetail: now } = watching.stacks.describeStackResource(event.StackId, 'Pruner');
        seen.push(`${event.PhysicalResourceId} ${now.PhysicalResourceId} ${now.ResourceStatus}`);
      }
      const { StackId, RequestId, LogicalResourceId } = event;
      const id = String(event.ResourceProperties.TaskDefinitions).split('/')[1] ?? '';
      return { Status: 'SUCCESS', PhysicalResourceId: id, StackId, RequestId, LogicalResourceId };
    });
    await watching.stack.deploy(shop('1'));
    await watching.stack.deploy(shop('2'));
    await watching.stack.deploy(shop('2', { without: ['Pruner', 'Queue'] }));
    expect(seen).toEqual(['web:1 web:2 UPDATE_COMPLETE', 'web:2 web:2 DELETE_IN_PROGRESS']);
  });

  test('of an unknown resource is a ValidationError', async () => {
    const ask = new DescribeStackResourceCommand({ StackName: 'shop', LogicalResourceId: 'Nobody' });
    await expect(client.send(ask)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Resource Nobody does not exist for stack shop',
    });
  });
});

describe('DescribeStackResources, through the SDK', () => {
  test('lists a stack, and finds the stack of a physical id', async () => {
    const byName = await client.send(new DescribeStackResourcesCommand({ StackName: 'shop' }));
    const byId = await client.send(new DescribeStackResourcesCommand({ PhysicalResourceId: definitionArn(1) }));
    expect(byName.StackResources?.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual([
      'Web',
      'Service',
      'Pruner',
      'Queue',
    ]);
    expect(byId.StackResources).toEqual(byName.StackResources);
    const ask = new DescribeStackResourcesCommand({ PhysicalResourceId: definitionArn(1), LogicalResourceId: 'Web' });
    expect((await client.send(ask)).StackResources).toHaveLength(1);
  });

  test('of a revision that was retained or is foreign finds nothing, of one of a deleted stack its remains', async () => {
    await world.stack.deploy(shop('2', { policies: { updateReplacePolicy: 'Retain' } }));
    const ask = (revision: number) =>
      client.send(new DescribeStackResourcesCommand({ PhysicalResourceId: definitionArn(revision) }));
    await expect(ask(1)).rejects.toMatchObject({
      name: 'ValidationError',
      message: `Stack for ${definitionArn(1)} does not exist`,
    });
    await world.stack.deleteStack();
    expect((await ask(2)).StackResources?.[0]).toMatchObject({ StackId: world.stack.id, ResourceStatus: 'DELETE_COMPLETE' });
  });

  test('needs either a stack or a physical id', async () => {
    await expect(client.send(new DescribeStackResourcesCommand({}))).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('ListStackResources, through the SDK', () => {
  const queues = (count: number) => ({
    resources: Array.from({ length: count }, (_, index) => ({ logicalId: `Queue${index}`, type: 'AWS::SQS::Queue' })),
  });
  const list = (StackName: string, NextToken?: string) => client.send(new ListStackResourcesCommand({ StackName, NextToken }));

  test.each(['name', 'ARN'])('lists a stack by its %s', async (by) => {
    const { StackResourceSummaries, NextToken } = await list(by === 'name' ? 'shop' : world.stack.id);
    expect([StackResourceSummaries?.length, NextToken]).toEqual([4, undefined]);
    expect(StackResourceSummaries?.[0]).toEqual({
      LogicalResourceId: 'Web',
      PhysicalResourceId: definitionArn(1),
      ResourceType: 'AWS::ECS::TaskDefinition',
      LastUpdatedTimestamp: expect.any(Date),
      ResourceStatus: 'CREATE_COMPLETE',
    });
  });

  test.each([
    [0, [0]],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])('gives %d resources in pages of a hundred, where DescribeStackResources gives the first alone', async (count, sizes) => {
    const template = queues(count);
    await world.stacks.stack('large').deploy(template);
    const pages: string[][] = [];
    let token: string | undefined;
    do {
      const { StackResourceSummaries = [], NextToken } = await list('large', token);
      pages.push(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId ?? ''));
      token = NextToken;
    } while (token);
    const expected = template.resources.map(({ logicalId }) => logicalId);
    expect(pages.map(({ length }) => length)).toEqual(sizes);
    expect(pages.flat()).toEqual(expected);
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: 'large' }));
    expect(StackResources.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(expected.slice(0, 100));
    const read = await new CloudFormationStacks(client).resources(world.stacks.stack('large').id);
    expect(read.map(({ logicalId }) => logicalId)).toEqual(expected);
  });

  test('of an unknown stack, or with a token that is not of this list, is a ValidationError', async () => {
    await world.stacks.stack('large').deploy(queues(101));
    const { NextToken } = await list('large');
    await expect(list('nobody')).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id nobody does not exist',
      $metadata: { httpStatusCode: 400 },
    });
    for (const token of [NextToken, 'made up']) {
      await expect(list('shop', token)).rejects.toMatchObject({ name: 'ValidationError', message: 'NextToken is invalid' });
    }
  });

  test('of a deleted stack, by its ARN, gives what it had', async () => {
    await world.stack.deleteStack();
    await expect(list('shop')).rejects.toMatchObject({ name: 'ValidationError' });
    const { StackResourceSummaries = [] } = await list(world.stack.id);
    expect(new Set(StackResourceSummaries.map(({ ResourceStatus }) => ResourceStatus))).toEqual(new Set(['DELETE_COMPLETE']));
  });

  test('is counted like every action that arrives', async () => {
    await list('shop');
    await list('nobody').catch(() => undefined);
    world.stacks.listStackResources('shop');
    expect(world.stacks.log.calls).toEqual({ ListStackResources: 2 });
  });
});

test('text that XML would trip over comes through, and an unknown action is refused', async () => {
  const name = 'a<b>&"c"';
  await world.stacks.stack('odd').deploy({ resources: [{ logicalId: 'Odd', type: name }] });
  const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName: 'odd' }));
  expect(StackResources?.[0]?.ResourceType).toBe(name);
  await expect(client.send(new ListStacksCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
});
