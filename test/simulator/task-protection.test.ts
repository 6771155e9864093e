import { HOUR, MINUTE, simulatedWorld } from './simulated-world';

interface Protection {
  protectedTasks: { taskArn: string; protectionEnabled: boolean; expirationDate?: number }[];
  failures: { arn: string; reason: string }[];
}

interface Service {
  desiredCount: number;
  runningCount: number;
  deployments: { status: string; runningCount: number; rolloutState: string }[];
  events: { message: string }[];
}

function workers(count = 3, options: Parameters<typeof simulatedWorld>[0] = {}) {
  const world = simulatedWorld(options);
  const { ecs, call } = world;
  world.family('worker', 4);
  ecs.seedService({ cluster: 'jobs', name: 'worker', taskDefinition: 'worker:1', history: [], desiredCount: count });
  const listed = () => (ecs.perform('ListTasks', { cluster: 'jobs' }) as { taskArns: string[] }).taskArns;
  return {
    ...world,
    listed,
    protect: (tasks: string[], minutes?: number) =>
      call<Protection>('UpdateTaskProtection', {
        cluster: 'jobs',
        tasks,
        protectionEnabled: true,
        ...(minutes === undefined ? {} : { expiresInMinutes: minutes }),
      }),
    release: (...tasks: string[]) =>
      call<Protection>('UpdateTaskProtection', { cluster: 'jobs', tasks, protectionEnabled: false }),
    read: (...tasks: string[]) => call<Protection>('GetTaskProtection', { cluster: 'jobs', tasks }),
    update: (input: object) => call('UpdateService', { cluster: 'jobs', service: 'worker', ...input }),
    service: async (): Promise<Service> => {
      const { services } = await call<{ services: Service[] }>('DescribeServices', { cluster: 'jobs', services: ['worker'] });
      return services[0] as Service;
    },
  };
}

describe('UpdateTaskProtection and GetTaskProtection', () => {
  test('protection ends with its minutes, two hours by default, and each call sets them anew', async () => {
    const { clock, ecs, listed, protect, read } = workers();
    const [task = ''] = listed();
    expect(await read(task)).toEqual({ protectedTasks: [{ taskArn: task, protectionEnabled: false }], failures: [] });
    const { protectedTasks } = await protect([task]);
    const until = (clock.now() + 120 * MINUTE) / 1000;
    expect(protectedTasks).toEqual([{ taskArn: task, protectionEnabled: true, expirationDate: until }]);
    clock.advance(HOUR);
    await protect([task], 5);
    clock.advance(5 * MINUTE - 1);
    expect(ecs.protectedUntil(task)).toBe(clock.now() + 1);
    clock.advance(1);
    expect(ecs.protectedUntil(task)).toBeUndefined();
    expect((await read(task)).protectedTasks).toEqual([{ taskArn: task, protectionEnabled: false }]);
  });

  test('a release ends it at once', async () => {
    const { ecs, listed, protect, release } = workers();
    const [task = ''] = listed();
    await protect([task]);
    expect(await release(task)).toEqual({ protectedTasks: [{ taskArn: task, protectionEnabled: false }], failures: [] });
    expect(ecs.protectedUntil(task)).toBeUndefined();
  });

  test('MISSING: a task of another cluster, one nobody knows, and one that has stopped', async () => {
    const { clock, ecs, call, listed, protect, read } = workers();
    ecs.seedCluster('other');
    const [task = '', stopped = ''] = listed();
    await call('StopTask', { cluster: 'jobs', task: stopped });
    clock.advance(10 * MINUTE);
    const nobody = stopped.replace(/\w+$/, '0123456789abcdef0123456789abcdef');
    const failures = [stopped, nobody].map((arn) => ({ arn, reason: 'MISSING' }));
    expect(await protect([stopped, '0123456789abcdef0123456789abcdef'])).toEqual({ protectedTasks: [], failures });
    expect(await read(stopped, nobody)).toEqual({ protectedTasks: [], failures });
    expect(await call('GetTaskProtection', { cluster: 'other', tasks: [task] })).toMatchObject({
      failures: [{ arn: task, reason: 'MISSING' }],
    });
  });

  test('TASK_NOT_VALID: a standalone task, while the others of the call are protected', async () => {
    const { ecs, listed, protect, read } = workers();
    const [task = ''] = listed();
    const alone = ecs.seedTask({ cluster: 'jobs', taskDefinition: 'worker:1' });
    const failures = [{ arn: alone, reason: 'TASK_NOT_VALID' }];
    expect(await protect([alone, task])).toMatchObject({ protectedTasks: [{ taskArn: task }], failures });
    expect(await read(alone)).toEqual({ protectedTasks: [], failures });
    expect(ecs.protectedUntil(alone)).toBeUndefined();
  });

  test.each([
    ['eleven tasks', 'UpdateTaskProtection', { tasks: Array(11).fill('a'), protectionEnabled: true }],
    ['no task', 'UpdateTaskProtection', { tasks: [], protectionEnabled: true }],
    ['no wish', 'UpdateTaskProtection', { tasks: ['a'] }],
    ...[0, -1, 2881, 1.5].map(
      (expiresInMinutes) =>
        [
          `${expiresInMinutes} minutes`,
          'UpdateTaskProtection',
          { tasks: ['a'], protectionEnabled: true, expiresInMinutes },
        ] as const,
    ),
    ['101 tasks', 'GetTaskProtection', { tasks: Array(101).fill('a') }],
  ] as const)('InvalidParameterException: %s', async (_, action, input) => {
    const { call } = workers();
    await expect(call(action, { cluster: 'jobs', ...input })).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  test('ten are protected and a hundred read in one call; 2,880 minutes are the most', async () => {
    const { listed, protect, read } = workers(100);
    expect((await protect(listed().slice(0, 10), 2880)).protectedTasks).toHaveLength(10);
    const { protectedTasks } = await read(...listed());
    expect(protectedTasks.filter(({ protectionEnabled }) => protectionEnabled)).toHaveLength(10);
    expect(protectedTasks).toHaveLength(100);
  });

  test('both actions draw on one bucket of 200, which 80 a second refill', async () => {
    const { clock, listed, protect, read } = workers(1, { throttling: true });
    const [task = ''] = listed();
    for (let calls = 0; calls < 100; calls += 1) {
      await protect([task]);
      await read(task);
    }
    const throttled = { code: 'ThrottlingException', status: 400 };
    await expect(read(task)).rejects.toMatchObject(throttled);
    clock.advance(1000);
    for (let calls = 0; calls < 80; calls += 1) await protect([task]);
    await expect(protect([task])).rejects.toMatchObject(throttled);
  });
});

describe('scale-in', () => {
  test('stops unprotected tasks, and protected ones only when they are released', async () => {
    const { clock, listed, protect, release, update, service } = workers();
    const [first = '', second = '', third = ''] = listed();
    await protect([second, third]);
    await update({ desiredCount: 1 });
    expect(listed()).toEqual([second, third]);
    expect((await service()).events[0]?.message).toMatch(/unable to scale in due to \(reason 1 tasks under protection\)$/);
    expect(listed()).not.toContain(first);
    clock.advance(HOUR);
    expect(listed()).toEqual([second, third]);
    await release(second);
    expect(listed()).toEqual([third]);
  });

  test('stops a task in the instant in which its protection lapses', async () => {
    const { clock, listed, protect, update } = workers(1);
    const [task = ''] = listed();
    await protect([task], 30);
    await update({ desiredCount: 0 });
    clock.advance(30 * MINUTE - 1);
    expect(listed()).toEqual([task]);
    clock.advance(1);
    expect(listed()).toEqual([]);
  });

  test('control: without protection it stops at once', async () => {
    const { listed, update } = workers(1);
    await update({ desiredCount: 0 });
    expect(listed()).toEqual([]);
  });

  test('a protected task can be stopped by hand, and the others are left then', async () => {
    const { call, listed, protect, update } = workers();
    await protect(listed());
    await update({ desiredCount: 2 });
    const [task = '', ...others] = listed();
    await call('StopTask', { cluster: 'jobs', task });
    expect(listed()).toEqual(others);
  });
});

describe('a rolling deployment', () => {
  test('goes on until the last protected task of the old revision has been released', async () => {
    const { clock, listed, protect, release, update, service } = workers();
    const [first = '', second = ''] = listed();
    await protect([first, second], 600);
    await update({ taskDefinition: 'worker:2' });
    clock.advance(2 * HOUR);
    expect((await service()).deployments).toMatchObject([
      { status: 'PRIMARY', runningCount: 3, rolloutState: 'IN_PROGRESS' },
      { status: 'ACTIVE', runningCount: 2 },
    ]);
    await release(first);
    clock.advance(HOUR);
    expect((await service()).deployments[1]).toMatchObject({ runningCount: 1 });
    await release(second);
    clock.advance(10 * MINUTE);
    expect((await service()).deployments).toMatchObject([{ runningCount: 3, rolloutState: 'COMPLETED' }]);
    expect(listed()).toHaveLength(3);
  });

  test('ends when the protection lapses, or the task is stopped by hand', async () => {
    for (const end of ['lapse', 'stop'] as const) {
      const { clock, call, listed, protect, update, service } = workers(1);
      const [task = ''] = listed();
      await protect([task], 60);
      await update({ taskDefinition: 'worker:2' });
      clock.advance(30 * MINUTE);
      if (end === 'stop') await call('StopTask', { cluster: 'jobs', task });
      else clock.advance(30 * MINUTE);
      expect(listed()).not.toContain(task);
      clock.advance(3 * MINUTE);
      expect((await service()).deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
    }
  });

  test.each([
    ['protects a task, leave no room for a sixth', true],
    ['protects none, leave it (control)', false],
  ])('five deployments, of which each %s', async (_, protects) => {
    const { clock, listed, protect, update } = workers(1);
    const seen = new Set<string>();
    for (const revision of [2, 3, 4, 2]) {
      const fresh = listed().filter((task) => !seen.has(task));
      for (const task of fresh) seen.add(task);
      if (protects) expect((await protect(fresh, 2880)).failures).toEqual([]);
      await update({ taskDefinition: `worker:${revision}` });
      // The new tasks are there at once; a deployment is held up only when they are healthy.
      clock.advance(MINUTE);
    }
    clock.advance(10 * MINUTE);
    const sixth = update({ taskDefinition: 'worker:1' });
    if (protects) await expect(sixth).rejects.toThrow('5 active deployments exist');
    else await sixth;
  });

  test('that another has overtaken stops nothing more: old tasks go on until the newest are healthy', async () => {
    const { clock, listed, protect, release, update } = workers(2);
    const first = listed();
    await protect(first, 600);
    await update({ taskDefinition: 'worker:2' });
    clock.advance(10 * MINUTE);
    await update({ taskDefinition: 'worker:3' });
    clock.advance(MINUTE);
    await release(...first);
    expect(listed()).toHaveLength(6);
    clock.advance(10 * MINUTE);
    expect(listed()).toHaveLength(2);
  });

  test('shows no older deployment whose tasks are gone while another is held up', async () => {
    const { clock, listed, protect, update, service } = workers(1);
    await protect(listed(), 2880);
    for (const revision of [2, 3]) {
      await update({ taskDefinition: `worker:${revision}` });
      clock.advance(HOUR);
    }
    const { deployments } = await service();
    expect(deployments).toMatchObject([
      { status: 'PRIMARY', taskDefinition: expect.stringMatching(/worker:3$/) },
      { status: 'ACTIVE', taskDefinition: expect.stringMatching(/worker:1$/), runningCount: 1 },
    ]);
  });

  test('a task set with protected tasks is left until they are released', async () => {
    const { clock, ecs, call } = workers();
    ecs.seedService({ cluster: 'blue', name: 'sets', taskDefinition: 'worker:1', controller: 'CODE_DEPLOY' });
    const at = { cluster: 'blue', service: 'sets' };
    const sets = async () => (await call<{ taskSets: { id: string }[] }>('DescribeTaskSets', at)).taskSets;
    const { taskArns } = ecs.perform('ListTasks', { cluster: 'blue' }) as { taskArns: string[] };
    await call('UpdateTaskProtection', { cluster: 'blue', tasks: taskArns, protectionEnabled: true });
    await call('DeleteTaskSet', { ...at, taskSet: (await sets())[0]?.id, force: true });
    clock.advance(HOUR);
    expect(await sets()).toHaveLength(1);
    await call('UpdateTaskProtection', { cluster: 'blue', tasks: taskArns, protectionEnabled: false });
    clock.advance(HOUR);
    expect(await sets()).toHaveLength(0);
  });
});

describe('DEPLOYMENT_BLOCKED', () => {
  const BLOCKED = [{ reason: 'DEPLOYMENT_BLOCKED' }];

  test('steady-state: while protected old tasks hold a deployment up, for old and new tasks alike, and not before', async () => {
    const { clock, ecs, listed, protect, release, update } = workers(2);
    const old = listed();
    await protect(old, 600);
    const until = ecs.protectedUntil(old[0] ?? '');
    await update({ taskDefinition: 'worker:2' });
    const [fresh = ''] = listed().filter((task) => !old.includes(task));
    expect((await protect([fresh], 10)).failures).toEqual([]);
    clock.advance(10 * MINUTE);
    for (const task of [...old, fresh]) expect(await protect([task], 600)).toMatchObject({ failures: BLOCKED });
    expect(ecs.protectedUntil(old[0] ?? '')).toBe(until);
    await release(...old);
    expect((await protect([fresh])).failures).toEqual([]);
  });

  test('desired-count: when more tasks would be protected than are desired; more desired ones help', async () => {
    const { clock, ecs, listed, protect, update } = workers(2, { deploymentBlocked: 'desired-count' });
    const [first = '', second = ''] = listed();
    expect((await protect([first, second], 600)).failures).toEqual([]);
    expect((await protect([first], 600)).failures).toEqual([]);
    const until = ecs.protectedUntil(first);
    clock.advance(MINUTE);
    await update({ desiredCount: 1 });
    expect(await protect([first, second], 600)).toMatchObject({ protectedTasks: [], failures: [...BLOCKED, ...BLOCKED] });
    expect(ecs.protectedUntil(first)).toBe(until);
    await update({ desiredCount: 3 });
    const [third = ''] = listed().filter((task) => task !== first && task !== second);
    expect((await protect([first, second, third])).failures).toEqual([]);
  });

  test('a release is never refused', async () => {
    for (const deploymentBlocked of ['steady-state', 'desired-count'] as const) {
      const { clock, listed, protect, release, update } = workers(2, { deploymentBlocked });
      const old = listed();
      await protect(old, 600);
      await update({ taskDefinition: 'worker:2', desiredCount: 1 });
      clock.advance(10 * MINUTE);
      expect(await protect(old)).toMatchObject({ failures: [...BLOCKED, ...BLOCKED] });
      expect((await release(...old)).failures).toEqual([]);
    }
  });
});
