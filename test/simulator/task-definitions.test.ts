import fc from 'fast-check';
import { DAY, HOUR, MINUTE, short, simulatedWorld } from './simulated-world';

const CONTENT = { containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };

interface Described {
  taskDefinition: Record<string, unknown>;
  tags?: unknown[];
}

describe('revisions', () => {
  test('a revision number is never used again, even when all revisions are deleted', async () => {
    const { clock, call, deregister, all } = simulatedWorld();
    await call('RegisterTaskDefinition', { family: 'web', ...CONTENT });
    await call('RegisterTaskDefinition', { family: 'web', ...CONTENT });
    await deregister('web:1', 'web:2');
    await call('DeleteTaskDefinitions', { taskDefinitions: ['web:1', 'web:2'] });
    clock.advance(HOUR);
    expect((await all('ListTaskDefinitionFamilies', 'families')).items).toEqual([]);
    const { taskDefinition } = await call<Described>('RegisterTaskDefinition', { family: 'web', ...CONTENT });
    expect(taskDefinition.revision).toBe(3);
  });

  test('a deletion lasts as long as something uses the revision, and ends within the hour after', async () => {
    const { clock, ecs, call, family, deregister } = simulatedWorld();
    family('web', 2);
    const task = ecs.seedTask({ cluster: 'blue', taskDefinition: 'web:1' });
    await deregister('web:1');
    await call('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
    clock.advance(3 * DAY);
    expect(await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web:1' })).toMatchObject({
      taskDefinition: { status: 'DELETE_IN_PROGRESS' },
    });
    await call('StopTask', { cluster: 'blue', task });
    clock.advance(HOUR + 2 * MINUTE);
    await expect(call('DescribeTaskDefinition', { taskDefinition: 'web:1' })).rejects.toThrow(
      'Unable to describe task definition.',
    );
  });

  test('what can not be deleted comes back under failures, with status 200', async () => {
    const { call, family, deregister } = simulatedWorld();
    family('web', 2);
    await deregister('web:1');
    const answer = await call<{ taskDefinitions: unknown[]; failures: { arn: string }[] }>('DeleteTaskDefinitions', {
      taskDefinitions: ['web:1', 'web:2', 'web:9'],
    });
    expect(answer.taskDefinitions).toHaveLength(1);
    expect(answer.failures.map(({ arn }) => short(arn))).toEqual(['web:2', 'web:9']);
    await expect(call('DeleteTaskDefinitions', { taskDefinitions: Array(11).fill('web:1') })).rejects.toThrow(
      'cannot exceed 10',
    );
  });

  test('a bare family means its newest ACTIVE revision at the time of the call', async () => {
    const { call, family, deregister } = simulatedWorld();
    family('web', 3);
    await deregister('web:3');
    expect((await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web' })).taskDefinition.revision).toBe(2);
  });

  test('a deregistration needs a revision that exists, and succeeds a second time', async () => {
    const { call, family, deregister } = simulatedWorld();
    family('web', 1);
    await expect(deregister('web')).rejects.toMatchObject({ name: 'ClientException', message: 'Revision is missing.' });
    await expect(deregister('web:2')).rejects.toMatchObject({ name: 'ClientException' });
    await expect(deregister('arn:aws:ecs:us-east-1:111122223333:task-definition/web:1')).rejects.toThrow();
    await deregister('web:1', 'web:1');
    expect((await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web:1' })).taskDefinition.status).toBe(
      'INACTIVE',
    );
  });

  test('a definition that was registered does not change with the object it came from', async () => {
    const { call } = simulatedWorld();
    const definition = { family: 'web', containerDefinitions: [{ name: 'main', image: 'nginx' }] };
    await call('RegisterTaskDefinition', definition);
    for (const container of definition.containerDefinitions) container.image = 'changed';
    expect(await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web:1' })).toMatchObject({
      taskDefinition: { containerDefinitions: [{ image: 'nginx' }] },
    });
  });

  test('tags come beside the definition, and only when asked for', async () => {
    const { call, family } = simulatedWorld();
    family('web', 1);
    const resourceArn = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1';
    await call('TagResource', { resourceArn, tags: [{ key: 'a', value: '1' }, { key: 'b' }] });
    await call('UntagResource', { resourceArn, tagKeys: ['b'] });
    expect(await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web:1' })).not.toHaveProperty('tags');
    const withTags = await call<Described>('DescribeTaskDefinition', { taskDefinition: 'web:1', include: ['TAGS'] });
    expect(withTags.tags).toEqual([{ key: 'a', value: '1' }]);
    expect(withTags.taskDefinition).not.toHaveProperty('tags');
  });

  test('a deregistered revision is accepted until the lag is over; then every action refuses in its own class', async () => {
    const { clock, ecs, call, family, deregister } = simulatedWorld({ deregistrationLagMinutes: 10 });
    family('web', 3);
    ecs.seedService({ cluster: 'blue', name: 'shop', taskDefinition: 'web:3' });
    await deregister('web:1');
    clock.advance(10 * MINUTE - 1);
    await call('RunTask', { cluster: 'blue', taskDefinition: 'web:1' });
    clock.advance(1);
    const inactive = (name: string) => ({ name, message: 'TaskDefinition is inactive' });
    await expect(call('RunTask', { cluster: 'blue', taskDefinition: 'web:1' })).rejects.toMatchObject(
      inactive('InvalidParameterException'),
    );
    await expect(call('UpdateService', { cluster: 'blue', service: 'shop', taskDefinition: 'web:1' })).rejects.toMatchObject(
      inactive('ClientException'),
    );
    await expect(call('CreateService', { cluster: 'blue', serviceName: 'new', taskDefinition: 'web:1' })).rejects.toMatchObject(
      inactive('ClientException'),
    );
  });
});

describe('lists', () => {
  test.each(['offset', 'key'] as const)(
    'with %s tokens, odd pages and empty pages, every revision comes once and in order',
    async (tokens) => {
      const { family, all, deregister } = simulatedWorld({ tokens, emptyPages: 0.3, varyPageSizes: true });
      family('web-10', 3);
      family('web', 120);
      family('api', 15);
      await deregister('web:2', 'web:118');
      const active = [
        ...Array.from({ length: 15 }, (_, n) => `api:${n + 1}`),
        ...Array.from({ length: 120 }, (_, n) => `web:${n + 1}`).filter((name) => name !== 'web:2' && name !== 'web:118'),
        ...Array.from({ length: 3 }, (_, n) => `web-10:${n + 1}`),
      ];
      const list = async (input: object) => (await all('ListTaskDefinitions', 'taskDefinitionArns', input)).items.map(short);
      expect(await list({})).toEqual(active);
      expect(await list({ sort: 'DESC', maxResults: 7 })).toEqual(active.toReversed());
      expect(await list({ status: 'INACTIVE' })).toEqual(['web:2', 'web:118']);
      expect(await list({ familyPrefix: 'web-10' })).toEqual(['web-10:1', 'web-10:2', 'web-10:3']);
      expect(await list({ familyPrefix: 'we' })).toEqual([]);
    },
  );

  test('deregistering behind the cursor loses items with offset tokens, and none with key tokens', async () => {
    const listed = async (tokens: 'offset' | 'key') => {
      const { call, family, deregister } = simulatedWorld({ tokens });
      family('web', 100);
      const first = await call<{ nextToken: string }>('ListTaskDefinitions', { maxResults: 50 });
      await deregister('web:1', 'web:2', 'web:3');
      const second = await call<{ taskDefinitionArns: string[] }>('ListTaskDefinitions', { nextToken: first.nextToken });
      return second.taskDefinitionArns.length;
    };
    expect(await listed('key')).toBe(50);
    expect(await listed('offset')).toBe(47);
  });

  test('families are found by prefix, and by whether they have an ACTIVE revision', async () => {
    const { family, deregister, all } = simulatedWorld({ emptyPages: 0.2 });
    for (const name of ['web', 'web-api', 'batch', 'wet']) family(name, 1);
    await deregister('web:1');
    const list = async (input: object) =>
      (await all('ListTaskDefinitionFamilies', 'families', { maxResults: 1, ...input })).items;
    expect(await list({ familyPrefix: 'web' })).toEqual(['web', 'web-api']);
    expect(await list({ status: 'ACTIVE' })).toEqual(['batch', 'web-api', 'wet']);
    expect(await list({ status: 'INACTIVE' })).toEqual(['web']);
  });

  test('a page token works more than once, and a made-up one is refused', async () => {
    const { call, family } = simulatedWorld();
    family('web', 3);
    const { nextToken } = await call<{ nextToken: string }>('ListTaskDefinitions', { maxResults: 2 });
    const again = () => call('ListTaskDefinitions', { nextToken });
    expect(await again()).toEqual(await again());
    await expect(call('ListTaskDefinitions', { nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(call('ListTaskDefinitions', { maxResults: 101 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('a page costs the page, however many revisions there are', async () => {
    const { ecs, all } = simulatedWorld({ tokens: 'key' });
    function* revisions() {
      for (let n = 0; n < 2_000; n += 1) yield { registeredAt: n };
    }
    for (let n = 0; n < 100; n += 1) ecs.seedFamily({ family: `f${n}`, ...CONTENT }, revisions());
    const begun = performance.now();
    const { items, pages } = await all('ListTaskDefinitions', 'taskDefinitionArns');
    expect([items.length, pages]).toEqual([200_000, 2_000]);
    // Far above what it takes, far below what scanning from the start for each page would.
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('any mix of registering, deregistering and deleting leaves the lists equal to a plain model', async () => {
    const step = fc.record({
      act: fc.constantFrom('register', 'deregister', 'delete'),
      family: fc.constantFrom('a', 'b'),
      n: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { call, all } = simulatedWorld({ tokens: 'key' });
        const model = new Map<string, string>();
        const last: Record<string, number> = { a: 0, b: 0 };
        for (const { act, family, n } of steps) {
          const name = `${family}:${n}`;
          if (act === 'register') {
            await call('RegisterTaskDefinition', { family, ...CONTENT });
            last[family] = (last[family] ?? 0) + 1;
            model.set(`${family}:${last[family]}`, 'ACTIVE');
          } else if (act === 'deregister' && model.get(name) === 'ACTIVE') {
            await call('DeregisterTaskDefinition', { taskDefinition: name });
            model.set(name, 'INACTIVE');
          } else if (act === 'delete' && model.get(name) === 'INACTIVE') {
            await call('DeleteTaskDefinitions', { taskDefinitions: [name] });
            model.set(name, 'DELETE_IN_PROGRESS');
          }
        }
        for (const status of ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']) {
          const { items } = await all('ListTaskDefinitions', 'taskDefinitionArns', { status, maxResults: 3 });
          const expected = [...model].filter(([, state]) => state === status).map(([name]) => name);
          expect(items.map(short).sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 50 },
    );
  });
});
