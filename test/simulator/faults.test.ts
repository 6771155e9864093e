import { ECS_ACTIONS, type EcsAction } from '../../lib/contract/limits';
import { EcsSimulator, FAULT_KINDS, FaultFace, type FaultKind, type PlannedFault, VirtualClock } from '../../simulator';

const START = Date.parse('2026-03-01T12:00:00Z');
const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const DEFINITION = { family: 'web', containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };
const ACTIONS = Object.keys(ECS_ACTIONS) as EcsAction[];

function account() {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, throttling: false });
  ecs.seedFamily(
    DEFINITION,
    Array.from({ length: 12 }, (_, index) => ({ registeredAt: START - (20 - index) * 3_600_000 })),
  );
  const cluster = 'blue';
  const services = ['a', 'b'].map((name) =>
    ecs.seedService({ cluster, name, taskDefinition: 'web:9', history: ['web:8', 'web:7'] }),
  );
  const [service = ''] = services;
  ecs.perform('UpdateService', { cluster, service, taskDefinition: 'web:10' });
  const { serviceDeployments } = ecs.perform('ListServiceDeployments', { service }) as { serviceDeployments: Brief[] };
  const { taskArns } = ecs.perform('ListTasks', { cluster }) as { taskArns: string[] };
  const inputs: Readonly<Record<EcsAction, object>> = {
    ListTaskDefinitions: { maxResults: 100 },
    DescribeTaskDefinition: { taskDefinition: 'web:1', include: ['TAGS'] },
    DeregisterTaskDefinition: { taskDefinition: 'web:1' },
    ListClusters: {},
    ListServices: { cluster },
    DescribeServices: { cluster, services },
    ListServiceDeployments: { cluster, service },
    DescribeServiceDeployments: {
      serviceDeploymentArns: serviceDeployments.map(({ serviceDeploymentArn }) => serviceDeploymentArn),
    },
    DescribeServiceRevisions: {
      serviceRevisionArns: serviceDeployments.map(({ targetServiceRevisionArn }) => targetServiceRevisionArn),
    },
    ListTasks: { cluster },
    DescribeTasks: { cluster, tasks: taskArns },
  };
  const ask = (action: EcsAction, more: object = {}) => clock.run(ecs.call(action, { ...inputs[action], ...more }));
  const face = (...plan: PlannedFault[]) => {
    const made = new FaultFace(plan, { clock, seed: 7 });
    ecs.intercept = made.intercept;
    return made;
  };
  return { clock, ecs, ask, face };
}

interface Brief {
  readonly serviceDeploymentArn: string;
  readonly targetServiceRevisionArn: string;
}

const always = (kind: FaultKind, action?: string): PlannedFault => ({
  kind,
  from: 1,
  times: Number.POSITIVE_INFINITY,
  ...(action === undefined ? {} : { action }),
});

describe('the fault face', () => {
  test.each(FAULT_KINDS)('%s makes a difference to some action, and says how often it did', async (kind) => {
    let struck = 0;
    for (const action of ACTIONS) {
      const { clock, ecs, ask, face } = account();
      // What can be mentioned must have been listed, and what is stale must have changed.
      const made = face({ kind, action, from: 1, times: 9 });
      for (const one of ['ListTaskDefinitions', action] as const) await ask(one).catch(() => undefined);
      ecs.perform('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
      clock.advance(5 * 60_000);
      await ask(action).catch(() => undefined);
      const hits = made.hits.get(kind) ?? 0;
      expect(made.struck.filter((one) => one.kind === kind)).toHaveLength(hits);
      struck += hits;
    }
    expect(struck).toBeGreaterThan(0);
  });

  test('strikes the calls that were planned, and no other', async () => {
    const { ask, face } = account();
    const made = face({ kind: 'throttle', action: 'ListTasks', from: 2, times: 2 });
    const ended: string[] = [];
    for (let call = 1; call <= 4; call += 1) {
      await ask('ListServices');
      ended.push(
        await ask('ListTasks').then(
          () => 'answered',
          ({ code }) => code,
        ),
      );
    }
    expect(ended).toEqual(['answered', 'ThrottlingException', 'ThrottlingException', 'answered']);
    expect(made.struck).toEqual([2, 3].map((attempt) => ({ action: 'ListTasks', attempt, kind: 'throttle', at: START })));
  });

  test('counts calls of any action where none is named', async () => {
    const { ask, face } = account();
    const made = face({ kind: 'server error', from: 3, times: 1 });
    await ask('ListTasks');
    await ask('ListServices');
    await expect(ask('ListClusters')).rejects.toMatchObject({ code: 'ServerException', status: 500 });
    await ask('ListClusters');
    expect(made.hits.get('server error')).toBe(1);
  });

  test('does the same again for the same plan and seed', async () => {
    const answers = async () => {
      const { ask, face } = account();
      face(always('shuffled items'), always('failures', 'DescribeTasks'), always('item of wrong type', 'ListClusters'));
      const found: unknown[] = [];
      for (const action of ACTIONS) found.push(await ask(action));
      return JSON.stringify(found);
    };
    expect(await answers()).toBe(await answers());
  });

  test('an answer is lost after the effect, a call before it', async () => {
    const { ask, ecs, face } = account();
    face(always('lost call', 'DeregisterTaskDefinition'));
    await expect(ask('DeregisterTaskDefinition')).rejects.toThrow();
    expect(ecs.log.destructive).toHaveLength(0);
    face(always('lost answer', 'DeregisterTaskDefinition'));
    await expect(ask('DeregisterTaskDefinition')).rejects.toThrow();
    expect(ecs.log.destructive).toHaveLength(1);
    face(always('twice', 'DeregisterTaskDefinition'));
    await ask('DeregisterTaskDefinition');
    expect(ecs.log.destructive).toHaveLength(3);
  });

  test('a slow answer, and one to a process that was frozen, take time', async () => {
    for (const kind of ['slow', 'frozen'] as const) {
      const { ask, clock, face } = account();
      face(always(kind));
      await ask('ListClusters');
      expect(clock.now()).toBeGreaterThan(START);
      expect(clock.now()).toBeLessThanOrEqual(START + 300_000);
    }
  });

  test('a repeated token leads to the same page for ever, an empty page to the page that it hides', async () => {
    const { ask, face } = account();
    face(always('repeated token'));
    const first = (await ask('ListTaskDefinitions', { maxResults: 5 })) as { nextToken: string };
    expect(await ask('ListTaskDefinitions', { maxResults: 5, nextToken: first.nextToken })).toEqual(first);
    face({ kind: 'empty page', from: 1, times: 1 });
    const { nextToken, taskDefinitionArns } = (await ask('ListTaskDefinitions')) as {
      nextToken: string;
      taskDefinitionArns: [];
    };
    expect(taskDefinitionArns).toEqual([]);
    expect(await ask('ListTaskDefinitions', { nextToken })).toMatchObject({ taskDefinitionArns: { length: 12 } });
  });

  test('a stale answer is at most ten minutes old', async () => {
    const { ask, clock, ecs, face } = account();
    face({ kind: 'stale', action: 'ListTaskDefinitions', from: 2, times: 9 });
    const before = await ask('ListTaskDefinitions');
    ecs.perform('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    clock.advance(10 * 60_000);
    expect(await ask('ListTaskDefinitions')).toEqual(before);
    clock.advance(1);
    expect(await ask('ListTaskDefinitions')).toMatchObject({ taskDefinitionArns: { length: 11 } });
  });

  test('an unknown field names a revision that was listed, and the face tells which', async () => {
    const { ask, face } = account();
    const made = face(always('unknown field'));
    await ask('ListTaskDefinitions');
    const answer = JSON.stringify(await ask('DescribeServices'));
    const [arn] = [...made.mentioned.keys()];
    expect(answer).toContain(`"run":"${arn}"`);
    expect(made.mentioned.get(arn as string)).toBe(START);
  });
});
