import { DAY, HOUR, MINUTE, short, simulatedWorld } from './simulated-world';

interface Service {
  serviceArn: string;
  status: string;
  taskDefinition?: string;
  runningCount: number;
  currentServiceDeployment?: string;
  currentServiceRevisions?: { arn: string; runningTaskCount: number }[];
  deployments: { status: string; taskDefinition: string; rolloutState: string }[];
  taskSets?: { taskSetArn: string; status: string; taskDefinition: string }[];
}

function shop(options: Parameters<typeof simulatedWorld>[0] = {}) {
  const world = simulatedWorld(options);
  const { ecs, call } = world;
  world.family('web', 5);
  const at = { cluster: 'blue', service: 'shop' };
  return {
    ...world,
    seed: (service: object = {}) =>
      ecs.seedService({
        cluster: 'blue',
        name: 'shop',
        taskDefinition: 'web:2',
        history: ['web:1'],
        desiredCount: 2,
        ...service,
      }),
    update: (input: object) => call<{ service: Service }>('UpdateService', { ...at, ...input }),
    service: async (): Promise<Service> => {
      const { services } = await call<{ services: Service[] }>('DescribeServices', { cluster: 'blue', services: ['shop'] });
      return services[0] as Service;
    },
    history: async (): Promise<{ status: string; serviceDeploymentArn: string; targetServiceRevisionArn: string }[]> => {
      const answer = await call<{ serviceDeployments: never[] }>('ListServiceDeployments', at);
      return answer.serviceDeployments;
    },
    definitionOf: async (revisionArn: string): Promise<string> => {
      const answer = await call<{ serviceRevisions: { taskDefinition: string }[] }>('DescribeServiceRevisions', {
        serviceRevisionArns: [revisionArn],
      });
      return short(answer.serviceRevisions[0]?.taskDefinition ?? '');
    },
  };
}

describe('a rolling deployment', () => {
  test('shows both deployments until the old tasks have drained, then one, and stands in the history', async () => {
    const { clock, seed, update, service, history } = shop();
    seed();
    await update({ taskDefinition: 'web:3' });
    const during = await service();
    expect(during.deployments.map(({ status, taskDefinition }) => `${status} ${short(taskDefinition)}`)).toEqual([
      'PRIMARY web:3',
      'ACTIVE web:2',
    ]);
    expect(during.currentServiceRevisions).toHaveLength(2);
    expect(during.currentServiceDeployment).toBe((await history())[0]?.serviceDeploymentArn);
    clock.advance(10 * MINUTE);
    const after = await service();
    expect(after).toMatchObject({ runningCount: 2, deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }] });
    expect(after.currentServiceDeployment).toBeUndefined();
    expect((await history()).map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL', 'SUCCESSFUL']);
  });

  test('names its sources and its target by service revision', async () => {
    const { seed, update, history, call, definitionOf } = shop();
    seed();
    await update({ taskDefinition: 'web:3' });
    const [newest] = await history();
    const { serviceDeployments } = await call<{
      serviceDeployments: { sourceServiceRevisions: { arn: string }[]; targetServiceRevision: { arn: string } }[];
    }>('DescribeServiceDeployments', { serviceDeploymentArns: [newest?.serviceDeploymentArn] });
    const deployment = serviceDeployments[0];
    expect(await definitionOf(deployment?.sourceServiceRevisions[0]?.arn ?? '')).toBe('web:2');
    expect(await definitionOf(deployment?.targetServiceRevision.arn ?? '')).toBe('web:3');
  });

  test('with deferred clean-up it is successful while the old deployment still drains', async () => {
    const { clock, seed, update, service, history } = shop();
    seed({ sourceCleanup: 'DEFERRED', drainMs: 3 * HOUR });
    await update({ taskDefinition: 'web:3' });
    clock.advance(HOUR);
    expect((await history())[0]?.status).toBe('SUCCESSFUL');
    expect((await service()).deployments).toHaveLength(2);
  });

  test('the sixth at once is refused', async () => {
    const { seed, update } = shop();
    seed();
    for (const n of [3, 4, 5, 1]) await update({ taskDefinition: `web:${n}` });
    await expect(update({ taskDefinition: 'web:2' })).rejects.toThrow('5 active deployments exist');
  });

  test('scaling needs no deployment and works on an INACTIVE revision', async () => {
    const { clock, seed, update, service, deregister } = shop();
    seed();
    await deregister('web:2');
    await update({ desiredCount: 4 });
    clock.advance(MINUTE);
    expect(await service()).toMatchObject({ runningCount: 4, deployments: [{ status: 'PRIMARY' }] });
  });
});

describe('a rollback', () => {
  const breaker = { circuitBreaker: { enable: true, rollback: true } };

  test('goes back to the service revision of the last successful deployment, without a new one', async () => {
    const { clock, ecs, seed, update, service, history } = shop();
    const arn = seed(breaker);
    const before = (await service()).currentServiceRevisions?.[0]?.arn;
    await update({ taskDefinition: 'web:3' });
    clock.advance(MINUTE);
    ecs.failDeployment(arn);
    expect((await history())[0]?.status).toBe('ROLLBACK_IN_PROGRESS');
    expect(ecs.referencedBy('web:2').join()).toContain('rollback of');
    clock.advance(HOUR);
    expect((await history())[0]?.status).toBe('ROLLBACK_SUCCESSFUL');
    const after = await service();
    expect(short(after.taskDefinition ?? '')).toBe('web:2');
    expect(after.currentServiceRevisions?.map((revision) => revision.arn)).toEqual([before]);
  });

  test('fails when its revision is INACTIVE, and not within the lag', async () => {
    for (const [lag, status] of [
      [0, 'ROLLBACK_FAILED'],
      [10, 'ROLLBACK_IN_PROGRESS'],
    ] as const) {
      const { ecs, seed, update, history, deregister } = shop({ deregistrationLagMinutes: lag });
      const arn = seed(breaker);
      await update({ taskDefinition: 'web:3' });
      await deregister('web:2');
      ecs.failDeployment(arn);
      expect((await history())[0]?.status).toBe(status);
    }
  });

  test('can be asked for by stopping the deployment', async () => {
    const { clock, seed, update, history, call } = shop();
    seed();
    await update({ taskDefinition: 'web:3' });
    const [{ serviceDeploymentArn } = { serviceDeploymentArn: '' }] = await history();
    await call('StopServiceDeployment', { serviceDeploymentArn });
    expect((await history())[0]?.status).toBe('ROLLBACK_REQUESTED');
    clock.advance(HOUR);
    expect((await history())[0]?.status).toBe('ROLLBACK_SUCCESSFUL');
    await expect(call('StopServiceDeployment', { serviceDeploymentArn })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('other controllers', () => {
  test('a CODE_DEPLOY service has no deployments, and holds its revisions in task sets', async () => {
    const { seed, service, call, update, clock } = shop();
    seed({ controller: 'CODE_DEPLOY' });
    const { taskSet } = await call<{ taskSet: { taskSetArn: string } }>('CreateTaskSet', {
      cluster: 'blue',
      service: 'shop',
      taskDefinition: 'web',
      scale: { value: 100, unit: 'PERCENT' },
    });
    const described = await service();
    expect(described.deployments).toEqual([]);
    expect(described.taskSets?.map(({ status, taskDefinition }) => `${status} ${short(taskDefinition)}`)).toEqual([
      'PRIMARY web:2',
      'ACTIVE web:5',
    ]);
    await expect(update({ taskDefinition: 'web:3' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(call('ListServiceDeployments', { cluster: 'blue', service: 'shop' })).rejects.toMatchObject({
      name: 'UnsupportedFeatureException',
    });
    await call('DeleteTaskSet', { cluster: 'blue', service: 'shop', taskSet: taskSet.taskSetArn, force: true });
    clock.advance(HOUR);
    expect((await service()).taskSets).toHaveLength(1);
  });

  test('an EXTERNAL service starts with nothing', async () => {
    const { call, ecs } = shop();
    ecs.seedCluster('blue');
    await call('CreateService', { cluster: 'blue', serviceName: 'shop', deploymentController: { type: 'EXTERNAL' } });
    const { taskSets } = await call<{ taskSets: unknown[] }>('DescribeTaskSets', { cluster: 'blue', service: 'shop' });
    expect(taskSets).toEqual([]);
  });
});

describe('references', () => {
  test('the oracle sees every kind: service, deployment, task set, history, source, task', async () => {
    const { ecs, seed, update } = shop();
    seed({ desiredCount: 0 });
    await update({ taskDefinition: 'web:3' });
    expect(ecs.referencedBy('web:1').join()).toMatch(/successful deployment/);
    expect(ecs.referencedBy('web:2').join()).toMatch(/deployment ecs-svc.*source of/);
    expect(ecs.referencedBy('web:3').join()).toMatch(/service arn.*target of/);
    ecs.seedTask({ cluster: 'blue', taskDefinition: 'web:4' });
    expect(ecs.referencedBy('web:4').join()).toMatch(/task arn/);
    ecs.seedService({ cluster: 'blue', name: 'sets', taskDefinition: 'web:5', controller: 'EXTERNAL' });
    expect(ecs.referencedBy('web:5').join()).toMatch(/task set/);
  });

  test('history counts for 90 days', () => {
    const { clock, ecs, seed } = shop();
    seed();
    clock.advance(88 * DAY);
    expect(ecs.referencedBy('web:1')).not.toEqual([]);
    clock.advance(2 * DAY);
    expect(ecs.referencedBy('web:1')).toEqual([]);
    expect(ecs.referencedBy('web:2')).not.toEqual([]);
  });

  test('a deleted service holds its revision until its tasks are gone', async () => {
    const { clock, ecs, seed, call, all } = shop();
    seed();
    await expect(call('DeleteService', { cluster: 'blue', service: 'shop' })).rejects.toThrow('scaled above 0');
    await call('DeleteService', { cluster: 'blue', service: 'shop', force: true });
    expect((await all('ListServices', 'serviceArns', { cluster: 'blue' })).items).toEqual([]);
    expect(ecs.referencedBy('web:2')).not.toEqual([]);
    clock.advance(2 * MINUTE);
    expect(ecs.referencedBy('web:2')).toEqual([]);
  });
});

describe('reading services', () => {
  test('services come ten a page unless asked otherwise, and unknown ones as failures', async () => {
    const { ecs, call, all, family } = simulatedWorld();
    family('web', 1);
    for (let n = 0; n < 25; n += 1) ecs.seedService({ cluster: 'blue', name: `s${n}`, taskDefinition: 'web:1' });
    expect(await all('ListServices', 'serviceArns', { cluster: 'blue' })).toMatchObject({ pages: 3 });
    const answer = await call<{ services: unknown[]; failures: object[] }>('DescribeServices', {
      cluster: 'blue',
      services: ['s1', 'none'],
    });
    expect(answer.services).toHaveLength(1);
    expect(answer.failures).toMatchObject([{ reason: 'MISSING' }]);
    const eleven = Array.from({ length: 11 }, (_, n) => `s${n}`);
    await expect(call('DescribeServices', { cluster: 'blue', services: eleven })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(call('ListServices', { cluster: 'green' })).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
  });
});
