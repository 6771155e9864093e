import { codeDeployShape } from '../../../engine/aws/code-deploy-shape';
import type { SdkServiceReads } from '../../../engine/aws/service-reads';
import { codeDeploy } from '../../../engine/revisions/references/code-deploy';
import { CodeDeploy, type CodeDeployOptions } from '../../../simulator/neighbors/code-deploy';
import { SimulatedError } from '../../../simulator/simulated-error';
import { RecordedPins, TASK_DEFINITION } from '../../engine/revisions/references/scripted-reads';
import { hastyClock, NOW, overTheWire } from './over-the-wire';

const clock = { now: () => NOW };
const world = (options: Partial<CodeDeployOptions> = {}) => new CodeDeploy({ clock, ...options });
const FORMS = ['JSON', 'YAML', 'legacy text'] as const;

async function scan(reads: SdkServiceReads) {
  const pins = new RecordedPins();
  return { found: await codeDeploy.scan(reads, pins), pins };
}

/** Groups with a success, a failure after it, and something under way. */
function fill(deploys: CodeDeploy, applications = 3, groups = 3): CodeDeploy {
  let revision = 0;
  const next = () => {
    revision += 1;
    return { taskDefinition: `${TASK_DEFINITION}web:${revision}`, appSpec: FORMS[revision % 3] };
  };
  for (let number = 0; number < applications; number += 1) {
    for (let of = 0; of < groups; of += 1) {
      const place = { application: `shop-${number}`, group: `group-${of}` };
      deploys.deploy({ ...place, ...next() });
      deploys.deploy({ ...place, ...next() });
      deploys.deploy({ ...place, ...next(), status: 'Failed' });
      if (of > 0) deploys.deploy({ ...place, ...next(), status: of > 1 ? 'Baking' : 'InProgress' });
    }
  }
  return deploys;
}

const lost = (deploys: CodeDeploy, pins: RecordedPins) =>
  deploys.pinned().filter(({ taskDefinition }) => !pins.keeps(taskDefinition));

describe('P-19: everything that CodeDeploy may deploy again is kept', () => {
  test.each([
    ['in one page', {}],
    ['in pages of two, each behind an empty one (P-05)', { pageSize: 2, emptyPages: true }],
  ])('%s', async (_, options) => {
    const deploys = fill(world(options));
    const { found, pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(found).toBe(9);
    expect(deploys.pinned().length).toBeGreaterThan(27);
    expect(lost(deploys, pins)).toEqual([]);
    expect(new Set(Object.keys(deploys.log.calls))).toEqual(new Set(Object.keys(codeDeployShape.actions)));
  });

  test('of more applications and groups than one batch holds, in no more calls than batches', async () => {
    const deploys = world();
    for (let index = 0; index < 101; index += 1) {
      deploys.deploy({ application: 'shop', group: `g-${index}`, taskDefinition: `${TASK_DEFINITION}web:${index + 1}` });
      deploys.addApplication(`function-${index}`, 'Lambda');
    }
    const { pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(lost(deploys, pins)).toEqual([]);
    expect(deploys.log.calls).toEqual({
      ListApplications: 2,
      BatchGetApplications: 2,
      ListDeploymentGroups: 2,
      BatchGetDeploymentGroups: 2,
      ListDeployments: 1,
      BatchGetDeployments: 5,
    });
  });

  test('control: without the look at deployments, what they pin is lost', async () => {
    const deploys = fill(world());
    const nothing: Readonly<Record<string, object>> = {
      ListDeployments: { deployments: [] },
      BatchGetDeployments: { deploymentsInfo: [] },
    };
    deploys.intercept = async ({ action }, answer) => nothing[action] ?? answer();
    const { pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(lost(deploys, pins).length).toBeGreaterThan(0);
  });

  test('also where a deployment is forgotten by its group, and runs', async () => {
    const deploys = world();
    const place = { application: 'shop', group: 'blue' };
    deploys.deploy({ ...place, taskDefinition: 'web:1', status: 'InProgress' });
    deploys.deploy({ ...place, taskDefinition: 'web:2' });
    const { pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(pins.keeps('web:1')).toBe(true);
  });

  test('an AppSpec in S3 is said not to be read, and refuses nothing', async () => {
    const deploys = world();
    deploys.deploy({ application: 'shop', group: 'blue', taskDefinition: 'web:1', appSpec: 'S3' });
    const { found, pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(found).toBe(1);
    expect(pins.open).toEqual([
      ' < CodeDeploy application shop, deployment group blue: an AppSpec that CodeDeploy does not keep itself',
    ]);
  });

  test('an application, a group and a deployment that go away while they are read refuse nothing', async () => {
    const deploys = fill(world());
    deploys.intercept = async ({ action, attempt }, answer) => {
      const given = await answer();
      if (action === 'ListApplications') deploys.deleteApplication('shop-0');
      if (action === 'ListDeploymentGroups' && attempt === 1) deploys.deleteGroup('shop-1', 'group-0');
      if (action === 'ListDeployments') deploys.forgetDeployment('d-000000002');
      return given;
    };
    const { found, pins } = await overTheWire(deploys, codeDeployShape, scan);
    expect(found).toBe(5);
    expect(lost(deploys, pins).filter(({ where }) => !/^(shop-0|d-)/.test(where))).toEqual([]);
  });
});

describe('P-06: the scan has failed', () => {
  test.each<[string, string, () => unknown]>([
    ['an answer has no list', 'ListApplications', () => ({})],
    ['a page token comes again', 'ListDeploymentGroups', () => ({ deploymentGroups: [], nextToken: 'again' })],
    ['a batch comes without its list', 'BatchGetDeployments', () => ({})],
    ['a deployment under way is not described', 'BatchGetDeployments', () => ({ deploymentsInfo: [] })],
    [
      'a call is denied',
      'BatchGetDeploymentGroups',
      () => Promise.reject(new SimulatedError('AccessDeniedException', 'not you')),
    ],
  ])('where %s', async (_, failing, answer) => {
    const deploys = fill(world());
    deploys.intercept = async ({ action }, given) => (action === failing ? answer() : given());
    await expect(overTheWire(deploys, codeDeployShape, scan)).rejects.toThrow(new RegExp(`^${failing}: `));
  });

  test('where a group is listed and never described', async () => {
    const deploys = fill(world());
    deploys.intercept = async ({ action }, given) =>
      action === 'BatchGetDeploymentGroups' ? { deploymentGroupsInfo: [], errorMessage: 'try again' } : given();
    await expect(overTheWire(deploys, codeDeployShape, scan)).rejects.toThrow(
      "'group-0' is listed, and no answer describes it",
    );
  });
});

test('the pace is modest, two calls a second, and a throttle is waited for', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const deploys = fill(world(), 12, 1);
  deploys.intercept = ({ action, attempt }, answer) =>
    action === 'ListDeploymentGroups' && attempt === 12
      ? Promise.reject(new SimulatedError('ThrottlingException', 'Rate exceeded'))
      : answer();
  const time = hastyClock();
  const { pins } = await overTheWire(deploys, codeDeployShape, scan, time);
  jest.restoreAllMocks();
  expect(lost(deploys, pins)).toEqual([]);
  const calls = Object.values(deploys.log.calls).reduce((sum, count) => sum + count, 0);
  expect(time.waited() / 1000).toBeGreaterThan((calls - 7) / 2);
});

test('the simulator refuses what CodeDeploy would refuse', async () => {
  await overTheWire(fill(world()), codeDeployShape, async (reads) => {
    const many = Array.from({ length: 26 }, (_, index) => `d-${index}`);
    await expect(reads.get('BatchGetDeployments', { deploymentIds: many })).rejects.toThrow('BatchLimitExceededException');
    await expect(reads.get('BatchGetDeployments', { deploymentIds: [] })).rejects.toThrow('DeploymentIdRequiredException');
    await expect(reads.list('ListApplications', { nextToken: 'x' })).rejects.toThrow('InvalidNextTokenException');
    expect(await reads.get('BatchGetApplications', { applicationNames: ['shop-0', 'other'] })).toBeUndefined();
    expect(
      await reads.get('BatchGetDeploymentGroups', { applicationName: 'shop-0', deploymentGroupNames: ['x'] }),
    ).toMatchObject({
      deploymentGroupsInfo: [],
      errorMessage: expect.stringContaining('x'),
    });
  });
});
