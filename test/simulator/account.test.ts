import { fillBelievableAccount } from '../../simulator/account';
import { CANARIES, canariesIn } from '../../simulator/canaries';
import { EcsSimulator } from '../../simulator/ecs-simulator';
import { REAL_DEFINITIONS } from '../../simulator/real-definitions';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

function believable(seed = 1) {
  const ecs = new EcsSimulator({ clock: { now: () => NOW }, environment, throttling: false });
  return { ecs, account: fillBelievableAccount(ecs, { seed }) };
}

describe('the believable account', () => {
  const { ecs, account } = believable();

  test('has 5,000 ACTIVE revisions in 40 families, 24 services in two clusters, and some INACTIVE revisions', () => {
    expect(ecs.countRevisions('ACTIVE')).toBe(5000);
    expect(ecs.countRevisions('INACTIVE')).toBeGreaterThan(50);
    expect(new Set(account.families.map(({ name }) => name)).size).toBe(40);
    expect(account.services).toHaveLength(24);
    expect(account.clusters).toEqual(['production', 'staging']);
  });

  test('every notable revision is needed, or marked, and none is the newest of its family', async () => {
    expect(account.notable.length).toBeGreaterThanOrEqual(9);
    for (const { revision, why } of account.notable) {
      const isMarked = why.includes('tag') || why.includes('Batch');
      expect([revision, isMarked || ecs.referencedBy(revision).length > 0]).toEqual([revision, true]);
      const [family] = revision.split(':');
      expect(account.families.find(({ name }) => name === family)?.newest).toBeGreaterThan(Number(revision.split(':')[1]));
      expect(await ecs.call('DescribeTaskDefinition', { taskDefinition: revision })).toMatchObject({
        taskDefinition: { status: 'ACTIVE' },
      });
    }
  });

  test('registeredAt rises with the revision in every family, and lies in the past', async () => {
    for (const { name, newest } of account.families) {
      let before = 0;
      for (let revision = 1; revision <= newest; revision += 1) {
        const answer = await ecs.call('DescribeTaskDefinition', { taskDefinition: `${name}:${revision}` });
        const { registeredAt } = (answer as { taskDefinition: { registeredAt: number } }).taskDefinition;
        expect(registeredAt).toBeGreaterThan(before);
        before = registeredAt;
      }
      expect(before * 1000).toBeLessThanOrEqual(NOW);
    }
  });

  test('a rolled-back service is back on the revision before, by the same service revision', async () => {
    const service = account.services.find((arn) => arn.endsWith('-rolled-back')) ?? '';
    const answer = (await ecs.call('ListServiceDeployments', { service })) as { serviceDeployments: Record<string, string>[] };
    expect(answer.serviceDeployments.map(({ status }) => status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
  });

  test('every free-text field holds its canary', async () => {
    const texts: unknown[] = [];
    for (const { name } of account.families) {
      texts.push(await ecs.call('DescribeTaskDefinition', { taskDefinition: name, include: ['TAGS'] }));
    }
    for (const cluster of account.clusters) {
      const services = account.services.filter((arn) => arn.includes(`/${cluster}/`)).slice(0, 10);
      texts.push(await ecs.call('DescribeServices', { cluster, services, include: ['TAGS'] }));
      for (const desiredStatus of ['RUNNING', 'STOPPED']) {
        const { taskArns } = (await ecs.call('ListTasks', { cluster, desiredStatus })) as { taskArns: string[] };
        if (taskArns.length > 0) texts.push(await ecs.call('DescribeTasks', { cluster, tasks: taskArns }));
      }
    }
    expect(canariesIn(JSON.stringify(texts))).toEqual(Object.values(CANARIES));
  });

  test('the same seed gives the same account', () => {
    expect(believable(7).account).toEqual(believable(7).account);
  });
});

test('the real definitions register as they are, but for the one with a null', () => {
  const ecs = new EcsSimulator({ clock: { now: () => NOW }, environment });
  const refused: string[] = [];
  for (const [program, definition] of Object.entries(REAL_DEFINITIONS)) {
    try {
      ecs.perform('RegisterTaskDefinition', { ...definition, family: program });
    } catch (error) {
      refused.push(`${program}: ${(error as Error).name} ${(error as Error).message}`);
    }
  }
  expect(refused).toEqual([`wildfly: ClientException Invalid request: 'containerDefinitions.0.ulimits' is null.`]);
});
