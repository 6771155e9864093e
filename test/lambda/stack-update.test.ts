import { physicalIdFor } from '../../engine/stack/physical-id';
import { STACK_REASONS, STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import { type CustomResourceEvent, type SimulatedStack, StackSimulator, type StackTemplate } from '../../simulator';
import { ENVIRONMENT } from './lambda-host';
import { S3_HOST, StackHost, type StackInvocation } from './stack-host';

const SIGNATURE = 'X-Amz-Signature=0123456789abcdef-CANARY';
const STACK_ID = `arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/01234567-89ab-cdef-0123-456789abcdef`;
const arn = (name: string) => `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/${name}`;

const request = (more: object = {}) => ({
  RequestType: 'Create',
  ServiceToken: 'token',
  ResponseURL: `https://${S3_HOST}/key?${SIGNATURE}`,
  StackId: STACK_ID,
  RequestId: '11111111-2222-3333-4444-555555555555',
  ResourceType: STACK_RESOURCE.type,
  LogicalResourceId: 'OldRevisions',
  ResourceProperties: { ServiceToken: 'token', ServiceTimeout: '600', taskDefinitions: [arn('web:1')] },
  ...more,
});

let host: StackHost;
beforeAll(async () => {
  host = await StackHost.start();
});
beforeEach(() => {
  host.respond = (response) => void response.writeHead(200).end();
  host.configure(STACK_ID);
});
afterAll(() => host.stop());

/** Nothing that a request holds comes out but where it must. */
function expectNoSecret({ output, error }: StackInvocation): void {
  expect(output).not.toContain('CANARY');
  expect(output).not.toContain('X-Amz-Signature');
  expect(String(error?.stack)).not.toContain('CANARY');
}

describe('Create and Update', () => {
  test.each(['Create', 'Update'])(
    '%s answers with the digest of the ARNs and calls nothing (C-01, C-05)',
    async (RequestType) => {
      const before = { PhysicalResourceId: physicalIdFor([arn('web:9')]), OldResourceProperties: {} };
      const event = request(RequestType === 'Create' ? {} : { RequestType, ...before });
      const { answers, delivered, calls, asked, error, output } = await host.invoke(event);
      // A deployment that has nothing to tell warns of nothing.
      expect(output).not.toContain('No application metrics');
      expect(answers).toEqual([
        {
          Status: 'SUCCESS',
          Reason: STACK_REASONS['create-or-update'],
          PhysicalResourceId: physicalIdFor([arn('web:1')]),
          StackId: STACK_ID,
          RequestId: event.RequestId,
          LogicalResourceId: 'OldRevisions',
        },
      ]);
      expect([calls, asked, error]).toEqual([{}, [], undefined]);
      expect(delivered[0]).toMatchObject({ host: S3_HOST, path: `/key?${SIGNATURE}`, method: 'PUT' });
      expect(delivered[0]?.headers['content-type']).toBe('');
    },
  );

  test('the same request twice gets the same answer (C-08)', async () => {
    const [first, second] = [await host.invoke(request()), await host.invoke(request())];
    expect(second.answers).toEqual(first.answers);
  });

  test('properties that cannot be used fail a Create, and nothing else (C-04, C-09)', async () => {
    const broken = { ServiceToken: 'token', taskDefinitions: ['web:1'] };
    const create = await host.invoke(request({ ResourceProperties: broken }));
    expect(create.answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('taskDefinitions') }]);
    for (const RequestType of ['Update', 'Delete']) {
      const PhysicalResourceId = physicalIdFor([arn('web:1')]);
      const { answers, calls } = await host.invoke(request({ RequestType, PhysicalResourceId, ResourceProperties: broken }));
      expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId }]);
      expect(calls).toEqual({});
    }
  });

  test('properties of a later release are ignored (C-09)', async () => {
    const ResourceProperties = { ...request().ResourceProperties, version: '2', families: ['other'] };
    const { answers } = await host.invoke(request({ ResourceProperties }));
    expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: physicalIdFor([arn('web:1')]) }]);
  });

  test.each([
    ['no settings', ''],
    ['settings that are no JSON', '{'],
    ['settings with faults', '{"version":9}'],
  ])('%s do not keep it from answering (C-03)', async (_, settings) => {
    host.configure(STACK_ID, settings);
    expect((await host.invoke(request())).answers).toMatchObject([{ Status: 'SUCCESS' }]);
    const PhysicalResourceId = physicalIdFor([arn('web:1')]);
    const removal = await host.invoke(request({ RequestType: 'Delete', PhysicalResourceId }));
    expect(removal.answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId }]);
    expect(removal.metrics).toMatchObject({ RunsFailed: 1 });
  });
});

describe('a Delete that may not act is answered SUCCESS after no call to ECS (C-02, C-04)', () => {
  test.each([
    ['of another stack', { StackId: STACK_ID.replace('shop', 'other') }, 'foreign-stack'],
    ['with an id that was never given', { PhysicalResourceId: 'shop-OldRevisions-1A2B3C' }, 'foreign-id'],
    ['of a stack that cannot be read', {}, 'status-unreadable'],
    ['that is of no known type', { RequestType: 'Remove' }, undefined],
  ] as const)('%s', async (_, more, reason) => {
    const event = request({ RequestType: 'Delete', PhysicalResourceId: physicalIdFor([arn('web:1')]), ...more });
    const { answers, calls, metrics, error } = await host.invoke(event);
    expect(answers).toMatchObject([
      { Status: 'SUCCESS', PhysicalResourceId: (event as Record<string, unknown>).PhysicalResourceId },
    ]);
    expect([calls, error]).toEqual([{}, undefined]);
    // Once in all, and once by its reason.
    if (reason) expect(metrics).toMatchObject({ DeletesPassedOver: 2 });
  });
});

describe('a request that cannot be answered causes no request at all, no hang, and tells no secret (C-07)', () => {
  const secret = `?${SIGNATURE}`;
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['text', 'prune'],
    ['no ResponseURL', request({ ResponseURL: undefined })],
    ['a ResponseURL that is none', request({ ResponseURL: `not a url ${secret}` })],
    ['http', request({ ResponseURL: `http://${S3_HOST}/${secret}` })],
    ['another host', request({ ResponseURL: `https://evil.example.com/${secret}` })],
    ['a host that only ends alike', request({ ResponseURL: `https://evils3.amazonaws.com.example.com/${secret}` })],
    ['a host that only begins alike', request({ ResponseURL: `https://s3.amazonaws.com.evil.com/${secret}` })],
    ['another partition', request({ ResponseURL: `https://bucket.s3.cn-north-1.amazonaws.com.cn/${secret}` })],
    ['another service', request({ ResponseURL: `https://sqs.eu-west-1.amazonaws.com/${secret}` })],
    ['a website of S3', request({ ResponseURL: `https://bucket.s3-website-eu-west-1.amazonaws.com/${secret}` })],
    ['an address of a link', request({ ResponseURL: `https://169.254.169.254/${secret}` })],
    ['another port', request({ ResponseURL: `https://${S3_HOST}:8443/${secret}` })],
    ['a user', request({ ResponseURL: `https://user:CANARY@${S3_HOST}/` })],
    ['a host in the user', request({ ResponseURL: `https://${S3_HOST}@evil.example.com/${secret}` })],
    ['no StackId', request({ StackId: undefined })],
    ['a RequestId with a line break', request({ RequestId: 'a\nCANARY' })],
    ['a LogicalResourceId that is long', request({ LogicalResourceId: 'CANARY'.repeat(100) })],
    ['a PhysicalResourceId that is long', request({ PhysicalResourceId: 'CANARY'.repeat(1000) })],
  ])('%s', async (_, event) => {
    const invocation = await host.invoke(event);
    expect([invocation.delivered, invocation.calls, invocation.asked, invocation.error]).toEqual([[], {}, [], undefined]);
    expect(invocation.metrics).toEqual({ AnswersFailed: 1 });
    expectNoSecret(invocation);
  });

  test('an answer that succeeds tells none either', async () => expectNoSecret(await host.invoke(request())));
});

describe('an answer that does not arrive', () => {
  test('is sent again after a pause (C-08)', async () => {
    const statuses = [503, 500, 200];
    host.respond = (response) => void response.writeHead(statuses.shift() ?? 200).end();
    const { answers, error } = await host.invoke(request());
    expect([answers.length, error]).toEqual([3, undefined]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('is sent again when the connection breaks', async () => {
    let attempts = 0;
    host.respond = (response) => {
      attempts += 1;
      if (attempts === 1) response.destroy();
      else response.writeHead(200).end();
    };
    const { error } = await host.invoke(request());
    expect([attempts, error]).toEqual([2, undefined]);
  });

  test('follows no redirect: no other host ever sees it (C-07)', async () => {
    host.respond = (response) => void response.writeHead(307, { location: `https://other.s3.eu-west-1.amazonaws.com/` }).end();
    const invocation = await host.invoke(request());
    expect(new Set(invocation.delivered.map(({ host: name }) => name))).toEqual(new Set([S3_HOST]));
    expect(invocation.error?.message).toBe('the answer could not be delivered: S3 answered 307');
    expect(invocation.metrics).toMatchObject({ AnswersFailed: 1 });
    expectNoSecret(invocation);
  });

  test('is given up in time, and thrown, so that Lambda calls again (C-03)', async () => {
    host.respond = (response) => void response.writeHead(503).end();
    const invocation = await host.invoke(request());
    expect(invocation.error?.message).toBe('the answer could not be delivered: S3 answered 503');
    expect(invocation.milliseconds).toBeLessThan(60_000);
    expectNoSecret(invocation);
  });
});

/** The story that the demo tells, through the real bundle. */
describe('a stack in its life', () => {
  const invocations: { event: CustomResourceEvent; invocation: StackInvocation }[] = [];
  let stack: SimulatedStack;

  const template = (image: number, removalPolicy: 'RETAIN' | 'DESTROY' = 'RETAIN', withPruner = true): StackTemplate => ({
    resources: [
      {
        logicalId: 'Web',
        type: 'AWS::ECS::TaskDefinition',
        properties: { Family: 'web', ContainerDefinitions: [{ Name: 'web', Image: `web:${image}`, Memory: 64 }] },
        updateReplacePolicy: 'Retain',
        deletionPolicy: removalPolicy === 'RETAIN' ? 'RetainExceptOnCreate' : 'Delete',
      },
      {
        logicalId: 'Service',
        type: 'AWS::ECS::Service',
        properties: {
          Cluster: 'main',
          DesiredCount: 1,
          TaskDefinition: { Ref: 'Web' },
          DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
        },
      },
      {
        logicalId: 'Unrelated',
        type: 'AWS::SQS::Queue',
        properties: { Version: image },
        dependsOn: withPruner ? ['OldRevisions'] : [],
      },
      ...(withPruner
        ? [
            {
              logicalId: 'OldRevisions',
              type: STACK_RESOURCE.type,
              properties: { ServiceToken: 'token', ServiceTimeout: STACK_SECONDS.service, taskDefinitions: [{ Ref: 'Web' }] },
            },
          ]
        : []),
    ],
  });

  beforeEach(() => {
    invocations.length = 0;
    host.ecs = host.newEcs();
    host.ecs.seedCluster('main');
    host.stacks = new StackSimulator({
      ecs: host.ecs,
      clock: host.clock,
      customResource: async (event) => {
        const invocation = await host.invoke(event);
        invocations.push({ event, invocation });
        return invocation.answers[0] as never;
      },
    });
    stack = host.stacks.stack('shop');
    host.configure(stack.id, { keepLatest: 2, minAgeMinutes: 0, keepSuccessfulDeployments: 1 });
  });

  const active = () =>
    (
      host.ecs.perform('ListTaskDefinitions', { familyPrefix: 'web' }) as { taskDefinitionArns: string[] }
    ).taskDefinitionArns.map((one) => one.slice(one.lastIndexOf('/') + 1));
  const hours = (count: number) => host.time.advanceTo(host.time.now() + count * 3_600_000);
  const last = () => invocations.at(-1) as (typeof invocations)[number];

  test('updates keep the newest, a failed one costs nothing, and the next one prunes again (C-01, C-02)', async () => {
    for (const image of [1, 2, 3]) {
      await stack.deploy(template(image));
      hours(2);
    }
    expect(last().event.RequestType).toBe('Delete');
    expect(active()).toEqual(['web:2', 'web:3']);
    const before = invocations.length;
    const failure = { logicalId: 'Unrelated', during: 'forward', when: 'before' } as const;
    expect(await stack.deploy(template(4), { faults: [failure] })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(active()).toEqual(expect.arrayContaining(['web:2', 'web:3']));
    const sent = invocations.slice(before);
    expect(sent.map(({ event }) => event.RequestType)).toEqual(['Update', 'Update', 'Delete']);
    for (const { invocation } of sent) expect(invocation.calls).toEqual({});
    hours(2);
    expect(await stack.deploy(template(5))).toBe('UPDATE_COMPLETE');
    expect(active()).not.toContain('web:2');
    expect(active()).toContain('web:5');
    for (const { invocation } of invocations) {
      expect(invocation.answers).toMatchObject([{ Status: 'SUCCESS' }]);
      expect(invocation.milliseconds).toBeLessThan((STACK_SECONDS.service - 20) * 1000);
      expectNoSecret(invocation);
    }
  });

  test('the run calls what the role grants, and tells how it went', async () => {
    for (const image of [1, 2, 3]) {
      await stack.deploy(template(image));
      hours(2);
    }
    const { invocation } = last();
    expect(Object.keys(invocation.calls)).toContain('DeregisterTaskDefinition');
    expect(new Set(invocation.asked)).toEqual(
      new Set(['DescribeStacks', 'DescribeStackResource', 'ListStackResources', 'DescribeStackResources']),
    );
    expect(invocation.metrics).toMatchObject({ RunsSucceeded: 1, RevisionsDeregistered: 1, RevisionsLeft: 0 });
    expect(invocation.answers[0]?.Reason).toContain('deregistered 1 task definition revisions');
  });

  test('the construct taken out together with a new image acts on nothing (C-02)', async () => {
    for (const image of [1, 2]) {
      await stack.deploy(template(image));
      hours(2);
    }
    const before = active();
    await stack.deploy(template(3, 'RETAIN', false));
    expect(last().event.RequestType).toBe('Delete');
    expect(last().invocation.calls).toEqual({});
    expect(active()).toEqual([...before, 'web:3']);
  });

  test.each(['RETAIN', 'DESTROY'] as const)(
    'a stack deleted under %s (C-02, C-10)',
    async (removalPolicy) => {
      host.configure(stack.id, { keepLatest: 2, minAgeMinutes: 0, removalPolicy });
      for (const image of [1, 2, 3]) {
        await stack.deploy(template(image, removalPolicy));
        hours(2);
      }
      const before = active();
      expect(await stack.deleteStack()).toBe('DELETE_COMPLETE');
      expect(active()).toEqual(removalPolicy === 'RETAIN' ? before : []);
      expect(last().invocation.answers).toMatchObject([{ Status: 'SUCCESS' }]);
    },
    20_000,
  );
});
