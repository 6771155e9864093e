import { codeDeployShape } from '../../../../engine/aws/code-deploy-shape';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { codeDeploy } from '../../../../engine/revisions/references/code-deploy';
import { RecordedPins, refused, scriptedReads, TASK_DEFINITION } from './scripted-reads';

type Input = Readonly<Record<string, unknown>>;

const inline = (name: string) => ({
  revisionType: 'AppSpecContent',
  appSpecContent: { content: `TaskDefinition: ${TASK_DEFINITION}${name}` },
});
const legacy = (name: string) => ({ revisionType: 'String', string: { content: `{"TaskDefinition":"${name}"}` } });
const S3 = { revisionType: 'S3', s3Location: { bucket: 'team-b', key: 'appspec.yaml' } };
const named = (...names: string[]) => names.map((name) => ({ name }));
const group = (more: object = {}) => ({ deploymentGroupName: 'blue', ...more });
const last = (id: string) => ({ deploymentId: id, status: 'Succeeded' });
const GROUP = 'CodeDeploy application shop, deployment group blue';

const world = (more: object = {}, deployments: Readonly<Record<string, object>> = {}) => ({
  ListApplications: () => named('shop'),
  BatchGetApplications: () => ({ applicationsInfo: [{ applicationName: 'shop', computePlatform: 'ECS' }] }),
  ListDeploymentGroups: () => named('blue'),
  BatchGetDeploymentGroups: () => ({ deploymentGroupsInfo: [group(more)] }),
  ListDeployments: () => [],
  BatchGetDeployments: ({ deploymentIds }: Input) => ({
    deploymentsInfo: (deploymentIds as string[]).flatMap((deploymentId) =>
      deployments[deploymentId] ? [{ deploymentId, ...deployments[deploymentId] }] : [],
    ),
  }),
});

async function scanned(script: Parameters<typeof scriptedReads>[0]) {
  const pins = new RecordedPins();
  const { reads, asked } = scriptedReads(script, codeDeployShape.actions);
  const found = await codeDeploy.scan(reads, pins);
  return { pins, found, asked };
}

describe('P-19: a deployment group keeps', () => {
  test('what it deploys, what it deployed last, and what a rollback of either would deploy again', async () => {
    const { pins, found } = await scanned(
      world(
        { targetRevision: inline('web:5'), lastAttemptedDeployment: last('d-2'), lastSuccessfulDeployment: last('d-1') },
        {
          'd-2': { revision: inline('web:6'), previousRevision: inline('web:5') },
          'd-1': { revision: legacy('web:4'), previousRevision: inline('web:3') },
        },
      ),
    );
    expect(found).toBe(1);
    expect(pins.pinned).toEqual([
      `web:5 < ${GROUP}, target revision`,
      `web:6 < ${GROUP}, last attempted deployment`,
      `web:5 < ${GROUP}, revision before its last attempted deployment`,
      `web:4 < ${GROUP}, last successful deployment`,
      `web:3 < ${GROUP}, revision before its last successful deployment`,
    ]);
    expect(pins.open).toEqual([]);
  });

  test('what any deployment under way deploys, also one that its group does not tell yet', async () => {
    const { pins, asked } = await scanned({
      ...world({}, { 'd-9': { applicationName: 'shop', deploymentGroupName: 'blue', revision: inline('web:9') } }),
      ListDeployments: () => named('d-9'),
    });
    expect(pins.pinned).toEqual([`web:9 < ${GROUP}, deployment under way`]);
    const [, input] = asked.find(([action]) => action === 'ListDeployments') ?? [];
    expect(input).toEqual({ includeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] });
  });

  test('P-18: what a field names that is newer than this release', async () => {
    const { pins } = await scanned(world({ newer: 1, lastAttemptedDeployment: last('d-1') }, { 'd-1': { newest: 2 } }));
    expect(pins.mentioned).toEqual([
      { applicationName: 'shop', computePlatform: 'ECS' },
      group({ newer: 1, lastAttemptedDeployment: last('d-1') }),
      { deploymentId: 'd-1', newest: 2 },
    ]);
  });

  test('nothing that can be read, where its AppSpec is in S3: the plan is told so once, and the run goes on', async () => {
    const { pins } = await scanned(
      world(
        { targetRevision: S3, lastAttemptedDeployment: last('d-1'), lastSuccessfulDeployment: last('d-1') },
        { 'd-1': { revision: S3, previousRevision: inline('web:3') } },
      ),
    );
    expect(pins.open).toEqual([` < ${GROUP}: an AppSpec that CodeDeploy does not keep itself`]);
    expect(pins.pinned).toContain(`web:3 < ${GROUP}, revision before its last successful deployment`);
  });

  test.each<[string, Readonly<Record<string, object>>, string]>([
    ['CodeDeploy has forgotten', {}, 'CodeDeploy does not describe its last attempted deployment'],
    ['has no revision', { 'd-1': {} }, 'no revision is told of its last attempted deployment'],
    [
      'has an AppSpec without a task definition',
      { 'd-1': { revision: { appSpecContent: { content: 'version: 0.0' } } } },
      'an AppSpec in which no task definition is found',
    ],
  ])('nothing that is known by a deployment that %s: the plan is told so', async (_, deployments, why) => {
    const { pins } = await scanned(world({ lastAttemptedDeployment: last('d-1') }, deployments));
    expect(pins.open).toEqual([` < ${GROUP}: ${why}`]);
  });

  test('nothing, where nothing was ever deployed', async () => {
    const { pins } = await scanned(
      world({ lastAttemptedDeployment: {}, lastSuccessfulDeployment: null, targetRevision: null }),
    );
    expect(pins.pinned.concat(pins.open)).toEqual([]);
  });
});

describe('who is asked', () => {
  test('no application for another platform; one that does not say its platform is', async () => {
    const platforms: Readonly<Record<string, string | undefined>> = { a: 'Lambda', b: 'Server', c: undefined };
    const { asked } = await scanned({
      ...world(),
      ListApplications: () => named('a', 'b', 'c'),
      BatchGetApplications: () => ({
        applicationsInfo: Object.entries(platforms).map(([applicationName, computePlatform]) => ({
          applicationName,
          computePlatform,
        })),
      }),
    });
    const groups = asked.filter(([action]) => action === 'ListDeploymentGroups').map(([, input]) => input.applicationName);
    expect(groups).toEqual(['c']);
  });

  test('a deployment under way to another platform tells nothing', async () => {
    const { pins } = await scanned({
      ...world({}, { 'd-9': { computePlatform: 'Lambda', revision: S3 } }),
      ListDeployments: () => named('d-9'),
    });
    expect(pins.open).toEqual([]);
  });
});

describe('what a batch leaves out', () => {
  const relisted = (...second: string[]) => ({
    ...world({ targetRevision: inline('web:5') }),
    ListDeploymentGroups: (_: Input, time: number) => named(...(time === 1 ? ['blue', 'green'] : second)),
  });

  test('has vanished, if it is no longer listed', async () => {
    const { found } = await scanned(relisted('blue', 'later'));
    expect(found).toBe(1);
  });

  test('is described the second time, if it still is', async () => {
    const script = relisted('blue', 'green');
    const { found } = await scanned({
      ...script,
      BatchGetDeploymentGroups: ({ deploymentGroupNames }: Input) => ({
        deploymentGroupsInfo: (deploymentGroupNames as string[])
          .slice(0, 1)
          .map((deploymentGroupName) => ({ deploymentGroupName })),
      }),
    });
    expect(found).toBe(2);
  });

  test('P-06: is missing, if no answer describes it: the scan has failed', async () => {
    await expect(scanned(relisted('blue', 'green'))).rejects.toThrow("'green' is listed, and no answer describes it");
  });

  test('is no more needed, if it was under way, and is not now', async () => {
    const { pins } = await scanned({
      ...world(),
      ListDeployments: (_: Input, time: number) => named(...(time === 1 ? ['d-9'] : [])),
    });
    expect([pins.pinned, pins.open]).toEqual([[], []]);
  });

  test('is described the second time, if it is still under way', async () => {
    const { pins } = await scanned({
      ...world(),
      ListDeployments: () => named('d-9'),
      BatchGetDeployments: (_: Input, time: number) => ({
        deploymentsInfo: time === 1 ? [] : [{ deploymentId: 'd-9', revision: inline('web:7') }],
      }),
    });
    expect(pins.pinned.map((line) => line.split(' < ')[0])).toEqual(['web:7']);
  });

  test('P-06: is missing, if it is still under way, and no answer describes it: the scan has failed', async () => {
    await expect(scanned({ ...world(), ListDeployments: () => named('d-9') })).rejects.toThrow(
      "'d-9' is listed, and no answer describes it",
    );
  });

  test('of what groups deployed is asked for once more', async () => {
    const { pins } = await scanned({
      ...world({ lastAttemptedDeployment: last('d-2') }),
      BatchGetDeployments: (_: Input, time: number) => ({
        deploymentsInfo: time === 1 ? [] : [{ deploymentId: 'd-2', revision: inline('web:7') }],
      }),
    });
    expect([pins.pinned.map((line) => line.split(' < ')[0]), pins.open]).toEqual([['web:7'], []]);
  });

  test('a whole batch that is refused for one application that has vanished is asked again without it', async () => {
    const { found } = await scanned({
      ...world({ targetRevision: inline('web:5') }),
      ListApplications: (_: Input, time: number) => (time === 1 ? named('gone', 'shop') : named('shop')),
      BatchGetApplications: ({ applicationNames }: Input) =>
        (applicationNames as string[]).includes('gone') ? undefined : { applicationsInfo: [{ applicationName: 'shop' }] },
    });
    expect(found).toBe(1);
  });

  test('an application that vanishes before its groups are listed has none', async () => {
    const { found } = await scanned({
      ...world(),
      ListDeploymentGroups: () => refused('ListDeploymentGroups', 'ApplicationDoesNotExistException'),
    });
    expect(found).toBe(0);
  });
});

describe('P-06: the scan has failed', () => {
  test.each<[string, object]>([
    ['a call is denied', { ListDeploymentGroups: () => refused('ListDeploymentGroups', 'AccessDeniedException') }],
    ['a name is missing in a list', { ListApplications: () => [{}] }],
    ['an answer has no list', { BatchGetDeploymentGroups: () => ({}) }],
    ['a group has no name', { BatchGetDeploymentGroups: () => ({ deploymentGroupsInfo: [{}] }) }],
    [
      'a deployment has no id',
      {
        BatchGetDeploymentGroups: () => ({ deploymentGroupsInfo: [group({ lastAttemptedDeployment: { status: 'Created' } })] }),
      },
    ],
    ['a deployment that is listed has no id', { ListDeployments: () => [{}] }],
  ])('where %s', async (_, script) => {
    await expect(scanned({ ...world(), ...script })).rejects.toThrow(IncompleteScan);
  });
});
