import { EventBus } from '../../simulator';
import { SimulatedError } from '../../simulator/simulated-error';
import { DAY, simulatedWorld } from './simulated-world';

describe('the log', () => {
  test('records each destructive act with the world as it stood', async () => {
    const { ecs, family, deregister, call } = simulatedWorld();
    family('web', 4);
    const service = ecs.seedService({ cluster: 'blue', name: 'shop', taskDefinition: 'web:2' });
    await call('TagResource', {
      resourceArn: 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1',
      tags: [{ key: 'keep' }],
    });
    await deregister('web:1', 'web:2', 'web:4');
    await call('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
    expect(ecs.log.destructive).toMatchObject([
      {
        family: 'web',
        revision: 1,
        statusBefore: 'ACTIVE',
        referencedBy: [],
        newerActive: 3,
        ageMinutes: (4 * DAY) / 60_000,
        tags: ['keep'],
      },
      { revision: 2, newestActive: false, referencedBy: expect.arrayContaining([`service ${service}`]) },
      { revision: 4, newestActive: true, newerActive: 0 },
      { action: 'DeleteTaskDefinitions', revision: 1, statusBefore: 'INACTIVE' },
    ]);
    expect(ecs.log.calls).toEqual({ TagResource: 1, DeregisterTaskDefinition: 3, DeleteTaskDefinitions: 1 });
  });

  test('a call that was refused or throttled has done nothing, and is not an act', async () => {
    const { ecs, family, deregister } = simulatedWorld({ throttling: true });
    family('web', 30);
    await deregister(...Array.from({ length: 20 }, (_, n) => `web:${n + 1}`));
    await expect(deregister('web:21')).rejects.toMatchObject({ name: 'ThrottlingException', status: 400 });
    expect(ecs.log.destructive).toHaveLength(20);
    expect(ecs.stat().DeregisterTaskDefinition).toEqual({ calls: 21, throttles: 1 });
  });
});

describe('who listens to the log', () => {
  test('is told of every call as it arrives, with what it asks for, on every face of the simulator', async () => {
    const { ecs, call } = simulatedWorld();
    const heard: unknown[] = [];
    const events = new EventBus();
    for (const { log } of [ecs, events]) log.heard = (action, input) => void heard.push([action, input]);
    await call('DescribeTaskDefinition', { taskDefinition: 'web:1' }).catch(() => undefined);
    await events.call('PutEvents', { Entries: [] }).catch(() => undefined);
    expect(heard).toEqual([
      ['DescribeTaskDefinition', { taskDefinition: 'web:1' }],
      ['PutEvents', { Entries: [] }],
    ]);
    expect(events.log.calls).toEqual({ PutEvents: 1 });
  });
});

describe('buckets', () => {
  test('deregistering and registering share one bucket, refilled by one a second', async () => {
    const { clock, family, deregister, call } = simulatedWorld({ throttling: true });
    family('web', 40);
    await deregister(...Array.from({ length: 20 }, (_, n) => `web:${n + 1}`));
    const register = () => call('RegisterTaskDefinition', { family: 'a', containerDefinitions: [{ name: 'a', image: 'b' }] });
    await expect(register()).rejects.toMatchObject({ name: 'ThrottlingException' });
    clock.advance(999);
    await expect(register()).rejects.toMatchObject({ name: 'ThrottlingException' });
    clock.advance(1);
    await register();
    await expect(deregister('web:30')).rejects.toMatchObject({ name: 'ThrottlingException' });
    await call('ListTaskDefinitions');
  });
});

describe('interception', () => {
  test('a test can lose an answer after its effect', async () => {
    const { ecs, family, deregister } = simulatedWorld();
    family('web', 2);
    ecs.intercept = async ({ action, attempt }, answer) => {
      const result = await answer();
      if (action === 'DeregisterTaskDefinition' && attempt === 1) throw new SimulatedError('ServerException', 'lost', 500);
      return result;
    };
    await expect(deregister('web:1')).rejects.toMatchObject({ name: 'ServerException' });
    expect(ecs.countRevisions('INACTIVE')).toBe(1);
  });

  test('an action that ECS does not have is refused', async () => {
    const { call } = simulatedWorld();
    await expect(call('toString')).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });
});
