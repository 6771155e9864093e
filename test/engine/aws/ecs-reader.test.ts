import { EcsApiReader } from '../../../engine/aws/ecs-reader';
import { arn, definition, refusal, scripted } from '../scripted-call';

const BLUE = arn('cluster/blue');
const SHOP = arn('service/blue/shop');
const service = (more: object = {}) => ({ serviceArn: SHOP, taskDefinition: definition('web:3'), deployments: [], ...more });
const reader = (script: Parameters<typeof scripted>[0]) => {
  const { call, asked } = scripted(script);
  return { asked, ecs: new EcsApiReader(call) };
};
const listing = (...lists: string[][]) => ({
  ListServices: (_: unknown, time: number) => ({ serviceArns: lists[Math.min(time, lists.length) - 1] }),
});
const uses = (found: readonly { family: string; revision: number; how: string }[]) =>
  found.map(({ family, revision, how }) => `${family}:${revision} ${how}`);

describe('P-03: a service is read with', () => {
  test('its task definition, every deployment of any status, every task set, and its current service revisions', async () => {
    const { ecs } = reader({
      ...listing([SHOP]),
      DescribeServices: () => ({
        services: [
          service({
            deployments: [
              { status: 'PRIMARY', taskDefinition: definition('web:4') },
              { status: 'INACTIVE', taskDefinition: definition('web:2') },
              { status: 'NEW_STATUS', taskDefinition: definition('web:1') },
            ],
            taskSets: [{ status: 'DRAINING', taskDefinition: definition('web:5') }],
            currentServiceRevisions: [{ arn: 'r1' }],
          }),
        ],
      }),
    });
    const [facts] = await ecs.services(BLUE);
    expect(uses(facts?.uses ?? [])).toEqual([
      'web:3 taskDefinition',
      'web:4 deployments[].taskDefinition',
      'web:2 deployments[].taskDefinition',
      'web:1 deployments[].taskDefinition',
      'web:5 taskSets[].taskDefinition',
    ]);
    expect(facts).toMatchObject({ name: 'blue/shop', controller: 'ECS', managedByEcs: false, serviceRevisions: ['r1'] });
  });

  test('P-18: any task definition in a field that is newer than this release', async () => {
    const { ecs } = reader({
      ...listing([SHOP]),
      DescribeServices: () => ({ services: [service({ warmPool: { definition: definition('web:9') } })] }),
    });
    expect(uses((await ecs.services(BLUE))[0]?.uses ?? [])).toContain('web:9 warmPool.definition');
  });

  test.each<[string, object]>([
    ['service', { taskDefinition: 'web:latest' }],
    ['service', { taskDefinition: 7 }],
    ['deployment', { deployments: [{ taskDefinition: definition('web') }] }],
    ['task set', { taskSets: [{ taskDefinition: '' }] }],
    ['list of deployments', { deployments: {} }],
    ['service revision', { currentServiceRevisions: [{}] }],
  ])('P-15: an unreadable %s is an incomplete scan, not one reference less: %j', async (_, more) => {
    const { ecs } = reader({ ...listing([SHOP]), DescribeServices: () => ({ services: [service(more)] }) });
    await expect(ecs.services(BLUE)).rejects.toThrow('DescribeServices');
  });

  test('an outside controller, which may leave it without a task definition', async () => {
    const bare = { serviceArn: SHOP, deploymentController: { type: 'EXTERNAL' } };
    const { ecs } = reader({ ...listing([SHOP]), DescribeServices: () => ({ services: [bare] }) });
    expect(await ecs.services(BLUE)).toMatchObject([{ controller: 'EXTERNAL', uses: [] }]);
  });
});

describe('P-08: a service that ECS lists and does not describe', () => {
  const gone = () => ({ services: [], failures: [{ arn: SHOP, reason: 'MISSING' }] });

  test('is gone when it is called MISSING and a second list does not have it', async () => {
    expect(await reader({ ...listing([SHOP], []), DescribeServices: gone }).ecs.services(BLUE)).toEqual([]);
  });

  test('is an incomplete scan when a second list still has it', async () => {
    const { ecs } = reader({ ...listing([SHOP], [SHOP]), DescribeServices: gone });
    await expect(ecs.services(BLUE)).rejects.toThrow(`DescribeServices (cluster blue): no answer about ${SHOP}`);
  });

  test('is an incomplete scan when nothing is said about it, and at once: nothing else is asked first', async () => {
    const { ecs, asked } = reader({ ...listing([SHOP], []), DescribeServices: () => ({ services: [], failures: [] }) });
    await expect(ecs.services(BLUE)).rejects.toThrow(`no answer about ${SHOP}`);
    expect(asked.map(({ action }) => action)).toEqual(['ListServices', 'DescribeServices']);
  });

  test('is an incomplete scan for any other reason', async () => {
    const failures = [{ arn: SHOP, reason: 'INTERNAL' }];
    const { ecs } = reader({ ...listing([SHOP], []), DescribeServices: () => ({ services: [], failures }) });
    await expect(ecs.services(BLUE)).rejects.toThrow(`${SHOP}: INTERNAL`);
  });
});

describe('the deployments of a service', () => {
  const shop = {
    arn: SHOP,
    cluster: BLUE,
    name: 'blue/shop',
    controller: 'ECS',
    managedByEcs: false,
    uses: [],
    serviceRevisions: [],
  };

  test('are asked for in its own cluster, also where its ARN is of the old kind, without a cluster', async () => {
    for (const given of [shop, { ...shop, arn: arn('service/shop') }]) {
      const { ecs, asked } = reader({ ListServiceDeployments: () => ({ serviceDeployments: [] }) });
      expect(await ecs.serviceDeployments(given)).toEqual([]);
      expect(asked[0]?.input).toMatchObject({ service: given.arn, cluster: BLUE });
    }
  });

  test.each(['UnsupportedFeatureException', 'ServiceNotFoundException'])(
    'are unknown, not none, where ECS answers %s',
    async (code) => {
      const { ecs } = reader({ ListServiceDeployments: () => refusal('ListServiceDeployments', code) });
      expect(await ecs.serviceDeployments(shop)).toBeUndefined();
    },
  );

  test('P-06: are an incomplete scan where ECS denies them', async () => {
    const { ecs } = reader({ ListServiceDeployments: () => refusal('ListServiceDeployments', 'AccessDeniedException') });
    await expect(ecs.serviceDeployments(shop)).rejects.toThrow('ListServiceDeployments (service blue/shop)');
  });

  test('tell where they come from, go to, and roll back to', async () => {
    const { ecs } = reader({
      DescribeServiceDeployments: () => ({
        serviceDeployments: [
          {
            serviceDeploymentArn: 'd1',
            sourceServiceRevisions: [{ arn: 'r1' }, { arn: 'r2' }],
            targetServiceRevision: { arn: 'r3' },
            rollback: { serviceRevisionArn: 'r1' },
          },
        ],
        failures: [{ arn: 'd2', reason: 'MISSING' }],
      }),
    });
    const found = await ecs.serviceDeploymentDetails(['d1', 'd2']);
    expect(found.get('d1')?.serviceRevisions).toEqual(['r1', 'r2', 'r3', 'r1']);
    expect([found.has('d2'), found.get('d2')]).toEqual([true, undefined]);
  });

  test('P-08: one that ECS says nothing about is an incomplete scan', async () => {
    const { ecs } = reader({ DescribeServiceDeployments: () => ({ serviceDeployments: [] }) });
    await expect(ecs.serviceDeploymentDetails(['d1'])).rejects.toThrow('no answer about d1');
  });
});

test('a service revision is asked for once: it never changes', async () => {
  const { ecs, asked } = reader({
    DescribeServiceRevisions: () => ({ serviceRevisions: [{ serviceRevisionArn: 'r1', taskDefinition: definition('web:3') }] }),
  });
  for (const _ of [1, 2]) expect(uses((await ecs.serviceRevisions(['r1'])).get('r1') ?? [])).toHaveLength(1);
  expect(asked).toHaveLength(1);
});

describe('tasks', () => {
  const task = (name: string, more: object = {}) => ({ taskArn: `t-${name}`, taskDefinitionArn: definition(name), ...more });

  test('that are on their way out, or have just gone, count like those that run', async () => {
    const { ecs } = reader({
      ListTasks: ({ desiredStatus }) => ({ taskArns: [desiredStatus === 'STOPPED' ? 't-web:1' : 't-web:2'] }),
      DescribeTasks: ({ tasks }) => ({ tasks: (tasks as string[]).map((one) => task(one.slice(2))) }),
    });
    expect(uses(await ecs.tasks(BLUE)).sort()).toEqual(['web:1 task', 'web:2 task']);
  });

  test('P-08: that are gone by the time they are described are gone only if a second list agrees', async () => {
    const listed = (again: string[]) =>
      reader({
        ListTasks: ({ desiredStatus }, time) => ({
          taskArns: desiredStatus === 'STOPPED' ? [] : time === 1 ? ['t-web:1'] : again,
        }),
        DescribeTasks: () => ({ tasks: [], failures: [{ arn: 't-web:1', reason: 'MISSING' }] }),
      }).ecs.tasks(BLUE);
    expect(await listed([])).toEqual([]);
    await expect(listed(['t-web:1'])).rejects.toThrow('no answer about t-web:1');
  });

  test('P-15: whose task definition cannot be read are an incomplete scan', async () => {
    const { ecs } = reader({
      ListTasks: () => ({ taskArns: ['t'] }),
      DescribeTasks: () => ({ tasks: [{ taskArn: 't', taskDefinitionArn: 'web' }] }),
    });
    await expect(ecs.tasks(BLUE)).rejects.toThrow('DescribeTasks: a task definition in the answer cannot be read');
  });
});

test('a reader that nobody waits for any more asks nothing', async () => {
  const { ecs, asked } = reader({ ListClusters: () => ({ clusterArns: [] }) });
  ecs.abandon();
  await expect(ecs.clusters()).rejects.toThrow('the scan was abandoned');
  expect(asked).toEqual([]);
});
