import { HOUR, MINUTE, simulatedWorld } from './simulated-world';

interface Task {
  taskArn: string;
  lastStatus: string;
  desiredStatus: string;
}

async function oneTask() {
  const world = simulatedWorld();
  world.family('web', 2);
  world.ecs.seedCluster('default');
  const { tasks } = await world.call<{ tasks: Task[] }>('RunTask', { taskDefinition: 'web' });
  const task = tasks[0]?.taskArn ?? '';
  return {
    ...world,
    task,
    state: async (): Promise<string> => {
      const answer = await world.call<{ tasks: Task[]; failures: { reason: string }[] }>('DescribeTasks', { tasks: [task] });
      const found = answer.tasks[0];
      return found ? `${found.lastStatus}, to be ${found.desiredStatus}` : (answer.failures[0]?.reason ?? '');
    },
    listed: async (input: object = {}): Promise<number> => {
      return (await world.all('ListTasks', 'taskArns', input)).items.length;
    },
  };
}

test('a task is provisioned, pending, running; it lingers while it stops; it shows for an hour after', async () => {
  const { clock, call, state, task } = await oneTask();
  expect(await state()).toBe('PROVISIONING, to be RUNNING');
  clock.advance(10_000);
  expect(await state()).toBe('PENDING, to be RUNNING');
  clock.advance(MINUTE);
  expect(await state()).toBe('RUNNING, to be RUNNING');
  await call('StopTask', { task });
  expect(await state()).toBe('STOPPING, to be STOPPED');
  clock.advance(MINUTE);
  expect(await state()).toBe('STOPPED, to be STOPPED');
  clock.advance(58 * MINUTE);
  expect(await state()).toBe('STOPPED, to be STOPPED');
  clock.advance(2 * MINUTE);
  expect(await state()).toBe('MISSING');
});

test('a list holds what shall run, so a stopping task that still runs is under STOPPED only', async () => {
  const { ecs, call, listed, task } = await oneTask();
  expect(await listed()).toBe(1);
  expect(await listed({ desiredStatus: 'PENDING' })).toBe(0);
  await call('StopTask', { task });
  expect(await listed()).toBe(0);
  expect(await listed({ desiredStatus: 'STOPPED' })).toBe(1);
  expect(ecs.referencedBy('web:2')).toEqual([`task ${task}`]);
});

test('tasks are found by family, service and starter', async () => {
  const { ecs, listed } = await oneTask();
  ecs.seedService({ cluster: 'default', name: 'shop', taskDefinition: 'web:1', desiredCount: 3 });
  expect(await listed({ family: 'web' })).toBe(4);
  expect(await listed({ family: 'we' })).toBe(0);
  expect(await listed({ serviceName: 'shop' })).toBe(3);
  expect(await listed({ startedBy: 'nobody' })).toBe(0);
});

test('a task may be seeded with a past and an end to come', async () => {
  const { ecs, clock, listed } = await oneTask();
  const stopAt = clock.now() + HOUR;
  ecs.seedTask({ cluster: 'default', taskDefinition: 'web:1', createdAt: clock.now() - HOUR, stopAt });
  expect(await listed()).toBe(2);
  clock.advance(HOUR);
  expect(await listed()).toBe(1);
});
