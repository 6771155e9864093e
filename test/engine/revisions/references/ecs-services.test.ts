import type { EcsReader } from '../../../../engine/revisions/ports';
import { serviceReferences } from '../../../../engine/revisions/references/ecs-services';
import { References } from '../../../../engine/revisions/references/references';
import { reader, service, use } from './fake-reader';

async function found(more: Partial<EcsReader>, keep = 3): Promise<References> {
  const references = new References();
  await serviceReferences(reader(more), ['blue'], keep, references);
  return references;
}
const web = (revision: number) => ({ family: 'web', revision });
const runs = (of: Record<string, string | undefined>) => async (arns: readonly string[]) =>
  new Map(arns.map((arn) => [arn, of[arn] === undefined ? undefined : [use(of[arn] as string)]]));

describe('P-03: a service needs', () => {
  test('what it names itself, and what its current service revisions run', async () => {
    const references = await found({
      services: async () => [service({ serviceRevisions: ['r1'] })],
      serviceRevisions: runs({ r1: 'web:5' }),
    });
    expect(references.of(web(9))).toEqual(['service blue/shop: task definition']);
    expect(references.of(web(5))).toEqual(['service blue/shop: current revision']);
  });

  test.each([
    'PENDING',
    'IN_PROGRESS',
    'STOP_REQUESTED',
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'NEW',
  ])('sources, target and rollback of a deployment that is %s', async (status) => {
    const references = await found({
      services: async () => [service()],
      serviceDeployments: async () => [{ arn: 'd1', status, finishedAt: 1 }],
      serviceDeploymentDetails: async () => new Map([['d1', { serviceRevisions: ['r1', 'r2'], uses: [use('web:2', 'x')] }]]),
      serviceRevisions: runs({ r1: 'web:3', r2: 'web:4' }),
    });
    expect([2, 3, 4].map((revision) => references.has(web(revision)))).toEqual([true, true, true]);
  });

  test.each(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL'])('no description of a deployment that is %s', async (status) => {
    const serviceDeploymentDetails = jest.fn(async () => new Map());
    await found({
      services: async () => [service()],
      serviceDeployments: async () => [{ arn: 'd1', status, finishedAt: 1 }],
      serviceDeploymentDetails,
    });
    expect(serviceDeploymentDetails).toHaveBeenCalledWith([]);
  });

  test('the last successful deployments, by when they ended, as many as the settings say', async () => {
    const ended = [30, 10, 40, 20].map((finishedAt) => ({
      arn: `d${finishedAt}`,
      status: 'SUCCESSFUL',
      target: `r${finishedAt}`,
      finishedAt,
    }));
    const failed = { arn: 'd50', status: 'STOPPED', target: 'r50', finishedAt: 50 };
    const references = await found(
      {
        services: async () => [service({ uses: [] })],
        serviceDeployments: async () => [failed, ...ended],
        serviceRevisions: runs({ r10: 'web:1', r20: 'web:2', r30: 'web:3', r40: 'web:4', r50: 'web:5' }),
      },
      2,
    );
    expect([1, 2, 3, 4, 5].filter((revision) => references.has(web(revision)))).toEqual([3, 4]);
  });
});

describe('the families of a service stay whole when', () => {
  const services = async () => [service({ uses: [use('web:9'), use('side:1')] })];
  test.each<[string, Partial<EcsReader>]>([
    ['ECS lists no deployments of it', { services, serviceDeployments: async () => undefined }],
    [
      'a deployment under way cannot be described',
      { services, serviceDeployments: async () => [{ arn: 'd1', status: 'IN_PROGRESS', finishedAt: 1 }] },
    ],
    [
      'a rollback target cannot be described',
      {
        services,
        serviceDeployments: async () => [{ arn: 'd1', status: 'SUCCESSFUL', target: 'r1', finishedAt: 1 }],
        serviceRevisions: runs({}),
      },
    ],
  ])('%s', async (_, more) => {
    const references = await found(more);
    expect(['web', 'side'].map((family) => references.holdOn(family)?.reason)).toEqual(['referenced', 'referenced']);
    expect(references.holdOn('web')?.evidence).toContain('service blue/shop');
    expect(references.holdOn('other')).toBeUndefined();
  });

  test('ECS runs it by itself (Express)', async () => {
    const references = await found({ services: async () => [service({ managedByEcs: true })] });
    expect(references.holdOn('web')?.reason).toBe('not-managed');
  });
});

test.each(['CODE_DEPLOY', 'EXTERNAL'])('a %s service is not asked for deployments: its task sets tell', async (controller) => {
  const serviceDeployments = jest.fn();
  const references = await found({ services: async () => [service({ controller })], serviceDeployments });
  expect(serviceDeployments).not.toHaveBeenCalled();
  expect([references.has(web(9)), references.holdOn('web')]).toEqual([true, undefined]);
});
