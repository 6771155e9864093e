import { LEDGER } from '../../lib/contract/ledger-keys';
import { ECS_ACTIONS, type EcsAction } from '../../lib/contract/limits';
import {
  CANARIES,
  DROP_CONNECTION,
  EMPTY_BODY,
  type PlannedWireFault,
  RawAnswer,
  SimulatedError,
  WireFaults,
} from '../../simulator';
import { BUCKET, ENVIRONMENT, type Invocation, LambdaHost, MINUTE, type World } from './lambda-host';
import { accessDenied, DUE, dueWorld, RUN_BY_TASK, SMALL_SETTINGS, smallWorld } from './small-world';

const READS = (Object.keys(ECS_ACTIONS) as EcsAction[]).filter((action) => action !== 'DeregisterTaskDefinition');
const LISTS = READS.filter((action) => action !== 'DescribeTaskDefinition');
const JSON_TYPE = 'application/x-amz-json-1.1';

/** `WIRE_FAULTS=all` tries all of it; otherwise one in so many, in turn: in process each is tried on all. */
const isInTurn = (place: number, share: number) => process.env.WIRE_FAULTS === 'all' || place % share === 0;

const placeOf = (action: EcsAction) => Object.keys(ECS_ACTIONS).indexOf(action);

let host: LambdaHost;
let world: World;
beforeAll(async () => {
  host = await LambdaHost.start();
});
beforeEach(async () => {
  world = await dueWorld(host);
});
afterEach(() => expect(host.leaks()).toEqual([]));
afterAll(() => host.stop());

type Answer = (given: unknown, attempt: number) => unknown;

/** Changes what one action answers; what the change throws, ECS refuses. */
function change(action: EcsAction, answer: Answer): void {
  world.ecs.intercept = async (call, original) =>
    call.action === action ? answer(await original(), call.attempt) : original();
}

/** Puts something else in the place of what one action answers. */
function replace(action: EcsAction, answer: () => unknown): void {
  world.ecs.intercept = async (call, original) => (call.action === action ? answer() : original());
}

function expectRefused({ answer, error, events, metrics }: Invocation, ...parts: string[]): void {
  expect(error).toBeUndefined();
  expect(answer).toMatchObject({ outcome: 'refused', deregistered: 0 });
  expect(metrics).toMatchObject({ RunsRefused: 1, RevisionsDeregistered: 0 });
  expect(events.map(({ DetailType }) => DetailType)).toEqual(['Prune Refused']);
  const { refusals } = JSON.parse(events[0]?.Detail ?? '');
  for (const part of parts) expect(refusals.join()).toContain(part);
  expect(world.deregistered).toEqual([]);
}

function expectFailed({ answer, error, metrics, calls }: Invocation, ...parts: string[]): void {
  expect(answer).toBeUndefined();
  for (const part of parts) expect(error?.message).toContain(part);
  expect(metrics).toMatchObject({ RunsFailed: 1 });
  expect(metrics.RunsSucceeded).toBeUndefined();
  expect(calls.DeregisterTaskDefinition).toBeUndefined();
}

/** Without the fault all is as if it had never been; one act is enough to show it. */
async function expectNextRunActs(): Promise<void> {
  world.mend();
  const { answer } = await host.invoke({ maxActions: 1 });
  expect(answer).toEqual({ outcome: 'done', ended: 'most acts', deregistered: 1, refusals: [] });
}

async function expectNextRunEnds(due: number): Promise<void> {
  world.mend();
  const { answer } = await host.invoke();
  expect(answer).toEqual({ outcome: 'done', ended: 'nothing left', deregistered: due, refusals: [] });
}

describe('a read that is denied refuses the run, names the call, and the next run without the fault works (P-06)', () => {
  test.each(READS)('%s', async (action) => {
    replace(action, () => {
      throw accessDenied(action);
    });
    expectRefused(await host.invoke(), action, 'AccessDeniedException', `ecs:${action}`);
    if (isInTurn(placeOf(action), 3)) await expectNextRunActs();
  });

  test('denied in one of two clusters only, it names the cluster', async () => {
    world.ecs.seedCluster('second');
    world.ecs.intercept = async ({ action, input }, answer) => {
      if (action === 'ListServices' && String(input.cluster).endsWith('/second')) throw accessDenied(action);
      return answer();
    };
    expectRefused(await host.invoke(), 'ListServices (cluster second)');
  });

  test.each(['ListServices', 'DescribeTaskDefinition'] as const)(
    '%s denied while acting ends the run where it is',
    async (action) => {
      world.ecs.intercept = async (call, answer) => {
        if (call.action === action && world.deregistered.length >= 3) throw accessDenied(action);
        return answer();
      };
      host.configure({ ...SMALL_SETTINGS, actionsPerSecond: 0.05 });
      const { answer, events } = await host.invoke();
      expect(answer?.outcome).toBe('refused');
      expect(events.map(({ DetailType }) => DetailType)).toEqual(['Prune Refused']);
      expect(world.deregistered.length).toBe(answer?.deregistered);
      expect(world.deregistered.length).toBeLessThan(DUE);
    },
  );
});

describe('a hollow answer is no empty list: it refuses the run (P-07)', () => {
  type Fault = (given: unknown) => unknown;
  const lists = (given: unknown, instead: unknown) =>
    Object.fromEntries(Object.entries(given as object).map(([key, value]) => [key, Array.isArray(value) ? instead : value]));
  const HOLLOW: readonly Fault[] = [
    () => ({}),
    () => null,
    () => EMPTY_BODY,
    () => new RawAnswer(200, '{"nextToken":"x","clusterArns":["arn:', JSON_TYPE),
    () => new RawAnswer(200, '<html>please log in</html>', 'text/html'),
    (given) => lists(given, { member: [] }),
  ];

  const hollowFor = (action: EcsAction) => HOLLOW.filter((_, place) => isInTurn(place + placeOf(action), HOLLOW.length));

  test.each(LISTS)('%s: {}, null, no body, half a body, a proxy page, and a list of another type', async (action) => {
    for (const hollow of hollowFor(action)) {
      change(action, hollow);
      expectRefused(await host.invoke(), action);
    }
    if (isInTurn(placeOf(action), 3)) await expectNextRunActs();
  });

  test('a description that makes no sense keeps that one revision, and only that', async () => {
    world.ecs.intercept = async ({ action, input }, answer) => {
      const given = await answer();
      return action === 'DescribeTaskDefinition' && String(input.taskDefinition).endsWith('/web:1') ? {} : given;
    };
    const { answer } = await host.invoke();
    expect(answer?.outcome).toBe('done');
    expect(world.deregistered).not.toContain('web:1');
    expect(world.deregistered).toContain('web:2');
    expect(world.deregistered).toContain('api:1');
  });
});

describe('an answer of status 200 that says of some that it failed (P-08)', () => {
  const failure = (given: unknown, list: string, reason: string) => {
    const [item] = (given as Record<string, Record<string, string>[]>)[list] ?? [];
    const failures = [
      { arn: item?.serviceArn ?? item?.taskArn ?? item?.serviceDeploymentArn ?? item?.serviceRevisionArn, reason },
    ];
    return { ...(given as object), [list]: [], failures };
  };

  test.each([
    ['DescribeServices', 'services'],
    ['DescribeTasks', 'tasks'],
    ['DescribeServiceDeployments', 'serviceDeployments'],
    ['DescribeServiceRevisions', 'serviceRevisions'],
  ] as const)('%s: refuses the run', async (action, list) => {
    change(action, (given) => failure(given, list, 'INTERNAL'));
    expectRefused(await host.invoke(), action, 'INTERNAL');
    change(action, (given) => ({ ...(given as object), [list]: [] }));
    expectRefused(await host.invoke(), action, 'no answer about');
    if (isInTurn(placeOf(action), 3)) await expectNextRunActs();
  });

  test.each([
    ['DescribeServices', 'services'],
    ['DescribeTasks', 'tasks'],
  ] as const)('%s: MISSING is not believed while the list still holds it', async (action, list) => {
    change(action, (given) => failure(given, list, 'MISSING'));
    expectRefused(await host.invoke(), action, 'no answer about');
  });

  test('an account without clusters, where there was one a day ago, is not believed (P-09)', async () => {
    replace('ListClusters', () => ({ clusterArns: [] }));
    expectRefused(await host.invoke(), 'no cluster was found');
    await expectNextRunActs();
  });
});

describe('what ECS may learn to say tomorrow keeps (P-18)', () => {
  // biome-ignore lint/suspicious/noExplicitAny: answers are changed freely in tests
  const eachOf = (list: string, item: (given: any) => unknown) => (given: any) => ({ ...given, [list]: given[list].map(item) });

  test('a service deployment of an unknown status is not settled: what it comes from stays', async () => {
    await expectKept('web:5', () =>
      change(
        'ListServiceDeployments',
        eachOf('serviceDeployments', (deployment) => ({ ...deployment, status: 'HIBERNATING' })),
      ),
    );
    expect(world.plan.families.find(({ family }: { family: string }) => family === 'web').verdicts).toContainEqual(
      expect.objectContaining({ from: 5, reason: 'referenced', evidence: [expect.stringContaining('HIBERNATING')] }),
    );
  });

  test('a task of an unknown status runs', async () => {
    const status = { lastStatus: 'HIBERNATING', desiredStatus: 'HIBERNATED' };
    await expectKept(RUN_BY_TASK, () =>
      change(
        'DescribeTasks',
        eachOf('tasks', (task) => ({ ...task, ...status })),
      ),
    );
  });

  test.each([
    ['DescribeServices', 'services'],
    ['DescribeServiceDeployments', 'serviceDeployments'],
    ['DescribeTasks', 'tasks'],
  ] as const)('a task definition in an unknown field of %s stays, however deep it lies', async (action, list) => {
    const arn = `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/web:5`;
    await expectKept('web:5', () =>
      change(
        action,
        eachOf(list, (item) => ({ ...item, hooks: { before: [{ run: arn }] } })),
      ),
    );
  });

  test('a referrer that names a task definition nobody can read refuses the run', async () => {
    change(
      'DescribeServices',
      eachOf('services', (service) => ({ ...service, taskDefinition: 'web:latest' })),
    );
    expectRefused(await host.invoke(), 'DescribeServices');
  });

  test('a revision of an unknown status is left alone', async () => {
    await expectKept('web:5', () => {
      change('DescribeTaskDefinition', (given) => {
        // biome-ignore lint/suspicious/noExplicitAny: answers are changed freely in tests
        const { taskDefinition, ...rest } = given as any;
        const status = taskDefinition.revision === 5 ? 'ARCHIVED' : taskDefinition.status;
        return { ...rest, taskDefinition: { ...taskDefinition, status } };
      });
    });
  });

  async function expectKept(revision: string, fault: () => void): Promise<void> {
    fault();
    const { answer } = await host.invoke();
    expect(answer).toMatchObject({ outcome: 'done', ended: 'nothing left' });
    expect(world.deregistered.length).toBeGreaterThan(0);
    expect(world.deregistered).not.toContain(revision);
  }
});

describe('pages', () => {
  test.each(['ListTaskDefinitions', 'ListClusters', 'ListServices', 'ListServiceDeployments', 'ListTasks'] as const)(
    '%s: a token that comes twice refuses the run, instead of going round for ever (P-05)',
    async (action) => {
      change(action, (given) => ({ ...(given as object), nextToken: 'again' }));
      world.ecs.intercept = repeatedToken(action);
      expectRefused(await host.invoke(), action, 'the same page token came twice');
    },
  );

  /** The token is the simulator's own only where it is not ours. */
  function repeatedToken(action: string): World['ecs']['intercept'] {
    return async (call, answer) => {
      if (call.action !== action) return answer();
      delete call.input.nextToken;
      return { ...((await answer()) as object), nextToken: 'again' };
    };
  }

  test('a page that fails for good refuses the run, names the call, and is retried before (P-05)', async () => {
    let failed = 0;
    replace('ListTasks', () => {
      failed += 1;
      throw new SimulatedError('ServerException', 'Service Unavailable. Please try again later.', 500);
    });
    expectRefused(await host.invoke(), 'ListTasks', 'ServerException');
    expect(failed).toBeGreaterThanOrEqual(10);
    await expectNextRunActs();
  });

  test.each([
    ['500', () => new SimulatedError('ServerException', 'Service Unavailable.', 500)],
    ['503 with a page of HTML', () => new RawAnswer(503, '<html>busy</html>', 'text/html')],
    ['a throttle', () => new SimulatedError('ThrottlingException', 'Rate exceeded')],
    ['a cut connection', () => DROP_CONNECTION],
  ] as [string, () => unknown][])('a read that fails once (%s) is retried, and the run is none the worse', async (_, fault) => {
    const failed = new Set<string>();
    world.ecs.intercept = async ({ action }, answer) => {
      if (action === 'DeregisterTaskDefinition' || failed.has(action)) return answer();
      failed.add(action);
      const given = fault();
      if (given instanceof Error) throw given;
      return given;
    };
    const { answer } = await host.invoke();
    expect([...failed].sort()).toEqual([...READS].sort());
    expect(answer).toEqual({ outcome: 'done', ended: 'nothing left', deregistered: DUE, refusals: [] });
  });
});

describe('answers that do not come', () => {
  /** Time goes on for whoever waits. */
  const stall = (...plan: PlannedWireFault[]) => {
    const sleep = async (ms: number) => host.time.advanceTo(host.time.now() + ms);
    world.faults = new WireFaults(plan, { clock: { now: () => host.time.now(), sleep } });
    return world.faults;
  };

  test.each(['stall after the effect', 'stall in the body', 'trickle'] as const)(
    '%s: the read is asked again after ten seconds, and the run is none the worse (P-05)',
    async (kind) => {
      const began = host.time.now();
      stall({ kind, action: 'ListServices', from: 1, times: 1 });
      expect((await host.invoke()).answer).toMatchObject({ outcome: 'done', deregistered: DUE });
      expect(host.time.now() - began).toBeLessThan(2 * MINUTE);
    },
  );

  test('a read that never comes refuses the run long before its time is up, and names the call (P-05)', async () => {
    const began = host.time.now();
    stall({ kind: 'stall before the effect', action: 'DescribeTasks', from: 1, times: 99 });
    expectRefused(await host.invoke(), 'DescribeTasks', 'TimeoutError');
    expect(host.time.now() - began).toBeLessThan(5 * MINUTE);
    await expectNextRunActs();
  });

  test('a deregistration whose answer is late is looked at again, and waits for verification (P-13, P-14)', async () => {
    const { struck } = stall({ kind: 'stall before the effect', action: 'DeregisterTaskDefinition', from: 2, times: 1 });
    const { answer } = await host.invoke();
    expect(struck).toHaveLength(1);
    expect(world.deregistered).toHaveLength(DUE);
    expect(answer).toMatchObject({ outcome: 'done', ended: 'nothing left' });
    expect(world.ledger(LEDGER.unverified).acts).toHaveLength(DUE);
  });

  test('a ledger that hangs is thrown with its name', async () => {
    stall({ kind: 'stall in the body', action: 'GetObject', from: 1, times: 99 });
    expectFailed(await host.invoke(), `ledger, ${LEDGER.state}`, 'TimeoutError');
    await expectNextRunActs();
  });
});

describe('the ledger', () => {
  const s3Error = (code: string, status: number) => new SimulatedError(code, `${code} of S3`, status);
  /** Refuses an action on a key, for good. */
  const refuse = (action: string, key: string, error: SimulatedError) => {
    world.objects.intercept = async (call, answer) => {
      if (call.action === action && call.key.startsWith(key)) throw error;
      return answer();
    };
  };

  test.each([LEDGER.state, LEDGER.announcements, LEDGER.unverified, LEDGER.stop])(
    '%s cannot be read (403): thrown with its name, no act, and the next run works once mended',
    async (key) => {
      refuse('GetObject', key, s3Error('AccessDenied', 403));
      expectFailed(await host.invoke(), `ledger, ${key}`, 'AccessDenied');
      await expectNextRunActs();
    },
  );

  test.each([LEDGER.running, LEDGER.plans, LEDGER.latestPlan, LEDGER.announcements, LEDGER.state, LEDGER.unverified])(
    '%s cannot be written: thrown with its name, no act, and the next run works once mended',
    async (key) => {
      refuse('PutObject', key, s3Error('AccessDenied', 403));
      expectFailed(await host.invoke(), `ledger, ${key}`, 'AccessDenied');
      expect(world.deregistered).toEqual([]);
      await expectNextRunActs();
    },
  );

  test('results cannot be written after the acts: thrown with the name, and the event still tells what was done', () =>
    expectTold('PutObject', LEDGER.results));

  test('running.json cannot be removed after the acts: thrown with its name, and the event still tells what was done', () =>
    expectTold('DeleteObject', LEDGER.running));

  async function expectTold(action: string, key: string): Promise<void> {
    refuse(action, key, s3Error('AccessDenied', 403));
    const { error, events, metrics } = await host.invoke();
    expect(error?.message).toContain(`ledger, ${key}`);
    expect(world.deregistered).toHaveLength(DUE);
    expect(metrics).toMatchObject({ RunsFailed: 1, RevisionsDeregistered: DUE });
    expect(JSON.parse(events[0]?.Detail ?? '').deregistered).toBe(DUE);
  }

  test('without s3:ListBucket a missing state is an error, never a first run', async () => {
    host.world = world = smallWorld(new (world.constructor as typeof World)({ listAllowed: false }));
    expectFailed(await host.invoke(), `ledger, ${LEDGER.state}`, 'AccessDenied');
    expect(world.objects.keys(BUCKET)).toEqual([]);
  });

  test('S3 that is unwell for a moment is asked again', async () => {
    let left = 2;
    world.objects.intercept = async (_, answer) => {
      left -= 1;
      if (left >= 0) throw s3Error('SlowDown', 503);
      return answer();
    };
    expect((await host.invoke()).answer?.deregistered).toBe(DUE);
  });

  const damaged = [
    [LEDGER.state, 'is no JSON', '{"version":1,'],
    [LEDGER.state, 'is not as written', '[]'],
    [LEDGER.state, 'is not as written', '{"version":1,"settings":7}'],
    [LEDGER.state, 'has version 2', '{"version":2}'],
    [LEDGER.announcements, 'is no JSON', ''],
    [LEDGER.announcements, 'is not as written', '{"version":1,"families":[]}'],
    [LEDGER.announcements, 'has version 2', '{"version":2}'],
    [LEDGER.unverified, 'is not as written', '{"version":1,"acts":7}'],
    [LEDGER.unverified, 'has version 2', '{"version":2}'],
  ];
  test.each(damaged)('%s that %s is thrown with its name and the way out, and nothing is done', async (key, why, text) => {
    world.objects.put(BUCKET, key, text);
    expectFailed(await host.invoke(), `ledger, ${key}`, why, 'remove the document');
    expect(world.objects.text(BUCKET, key)).toBe(text);
    expect(world.objects.keys(BUCKET)).not.toContain(LEDGER.running);
    if (
      !isInTurn(
        damaged.findIndex(([, , other]) => other === text),
        3,
      )
    )
      return;
    world.objects.delete(BUCKET, key);
    expect((await host.invoke()).answer?.outcome).toBe('done');
  });

  test('the object named stop, put while a run acts, ends it within ten seconds of its time', async () => {
    let stoppedAt = Number.NaN;
    world.ecs.intercept = async ({ action }, answer) => {
      const given = await answer();
      // So early that the others, at one in two seconds, take longer than it may go unseen.
      if (action === 'DeregisterTaskDefinition' && world.deregistered.length === 2) {
        world.objects.put(BUCKET, LEDGER.stop, '');
        stoppedAt = host.time.now();
      }
      return given;
    };
    const { answer } = await host.invoke();
    expect(answer).toMatchObject({ outcome: 'refused', ended: 'stopped' });
    expect(world.ecs.log.destructive.at(-1)?.at).toBeLessThanOrEqual(stoppedAt + 10_000);
    world.objects.delete(BUCKET, LEDGER.stop);
    await expectNextRunEnds(DUE - world.deregistered.length);
  });
});

describe('deregistering', () => {
  test('an answer lost after the effect is looked at again: no second effect, and the run goes on (P-14)', async () => {
    let lost = 0;
    change('DeregisterTaskDefinition', (given, attempt) => {
      if (attempt !== 3) return given;
      lost += 1;
      return DROP_CONNECTION;
    });
    const { answer, output } = await host.invoke();
    expect(lost).toBe(1);
    expect(world.deregistered).toHaveLength(DUE);
    expect(new Set(world.deregistered).size).toBe(DUE);
    expect(answer).toMatchObject({ outcome: 'done', ended: 'nothing left', deregistered: DUE - 1 });
    expect(output).toContain('Could not deregister a task definition revision');
    // It waits for verification like every act that was answered.
    expect(world.ledger(LEDGER.unverified).acts).toHaveLength(DUE);
  });

  test('a throttled one is tried again later, at half the pace (P-23)', async () => {
    world.ecs.intercept = async ({ action, attempt }, answer) => {
      if (action === 'DeregisterTaskDefinition' && attempt === 2)
        throw new SimulatedError('ThrottlingException', 'Rate exceeded');
      return answer();
    };
    const { answer, metrics } = await host.invoke();
    expect(answer).toEqual({ outcome: 'done', ended: 'nothing left', deregistered: DUE, refusals: [] });
    expect(metrics.Throttles).toBe(1);
    const [, second, third] = world.ecs.log.destructive.map(({ at }) => at);
    expect((third as number) - (second as number)).toBeGreaterThan(2 * 1000);
  });

  test('five throttles in a row end the run and leave the bucket to deployments (P-23)', async () => {
    replace('DeregisterTaskDefinition', () => {
      throw new SimulatedError('ThrottlingException', 'Rate exceeded');
    });
    const { answer, calls, metrics } = await host.invoke();
    expect(answer).toEqual({ outcome: 'done', ended: 'throttled', deregistered: 0, refusals: [] });
    expect(calls.DeregisterTaskDefinition).toBe(5);
    expect(metrics.Throttles).toBe(5);
    await expectNextRunActs();
  });

  test('denied, it is thrown after the report, and tried once', async () => {
    replace('DeregisterTaskDefinition', () => {
      throw accessDenied('DeregisterTaskDefinition');
    });
    const { error, calls, events, metrics } = await host.invoke();
    expect(error?.message).toContain('AccessDeniedException');
    expect(calls.DeregisterTaskDefinition).toBe(1);
    expect(events.map(({ DetailType }) => DetailType)).toEqual(['Prune Refused']);
    expect(metrics.RunsFailed).toBe(1);
    await expectNextRunActs();
  });

  test('a revision that somebody else deregistered meanwhile is no error (P-13)', async () => {
    world.ecs.intercept = async ({ action }, answer) => {
      if (action === 'DeregisterTaskDefinition' && world.deregistered.length === 1) {
        world.ecs.perform('DeregisterTaskDefinition', { taskDefinition: 'web:5' });
      }
      return answer();
    };
    expect((await host.invoke()).answer).toMatchObject({ outcome: 'done', deregistered: DUE - 1 });
  });

  test('the last call comes half a minute before the time of the invocation is up (P-14)', async () => {
    const began = host.time.now();
    host.configure({ ...SMALL_SETTINGS, actionsPerSecond: 1 / 400 });
    const { answer } = await host.invoke();
    expect(answer).toMatchObject({ outcome: 'done', ended: 'deadline' });
    expect(world.ecs.log.destructive.at(-1)?.at).toBeLessThanOrEqual(began + 14.5 * MINUTE);
    const done = world.deregistered.length;
    expect(done).toBeGreaterThan(0);
    host.configure(SMALL_SETTINGS);
    await expectNextRunEnds(DUE - done);
  });

  test('a run at the slowest pace, too, is over when its time is up', async () => {
    const began = host.time.now();
    host.configure({ ...SMALL_SETTINGS, actionsPerSecond: 1 / 400 });
    await host.invoke();
    expect(host.time.now() - began).toBeLessThanOrEqual(15 * MINUTE);
  });
});

describe('EventBridge', () => {
  test.each([
    ['denies', () => Promise.reject(accessDenied('PutEvents'))],
    [
      'takes the call and refuses the entry',
      async () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'no' }] }),
    ],
  ])('that %s costs the event alone: the run is done, and the log says so', async (_, answer) => {
    world.events.intercept = answer;
    const run = await host.invoke();
    expect(run.answer).toMatchObject({ outcome: 'done', deregistered: DUE });
    expect(run.output).toContain('Could not send the event of the run');
  });
});

describe('secrets in answers that break (X-01)', () => {
  test.each(READS)('%s: a body that cannot be read is not quoted, not even a piece of it', async (action) => {
    const bodies = [
      new RawAnswer(200, CANARIES.command, JSON_TYPE),
      new RawAnswer(400, `{"__type":"x","message":${CANARIES.image}`, JSON_TYPE),
    ];
    for (const body of bodies.filter((_, place) => isInTurn(place + placeOf(action), 2))) {
      replace(action, () => body);
      expectRefused(await host.invoke(), action, 'the answer cannot be read');
      expect(host.leaks()).toEqual([]);
    }
  });
});
