import { DROP_CONNECTION, RawAnswer, SimulatedError, type VirtualClock } from '../../../simulator';
import { agentWorld, parsed } from './agent-world';

const NOT_JSON = 'text/plain; charset=utf-8';
const refused = (code: string, status = 400) => {
  const interceptEcs = async () => {
    throw new SimulatedError(code, `ECS says ${code}`, status);
  };
  return { interceptEcs };
};
const answered = (answer: unknown) => ({ interceptEcs: async () => answer });

/** What so many agents, which differ in their seed alone, answer, and after how long. */
async function many(count: number, options: Parameters<typeof agentWorld>[0]) {
  const answers = [];
  for (let seed = 1; seed <= count; seed += 1) {
    const { clock, put, taskArn } = agentWorld({ ...options, seed });
    const began = clock.now();
    answers.push({ ...parsed(await put(true)), taskArn, took: clock.now() - began });
  }
  return answers;
}

describe('the agent answers', () => {
  test('success: 200 with the end of the protection, and null once it is released', async () => {
    const { put, get, taskArn, minutesLeft } = agentWorld();
    const protectedFor60 = {
      status: 200,
      body: { protection: { ExpirationDate: '2026-03-01T13:00:00Z', ProtectionEnabled: true, TaskArn: taskArn } },
    };
    expect(parsed(await put(true, 60))).toEqual(protectedFor60);
    expect(parsed(await get())).toEqual(protectedFor60);
    expect(minutesLeft()).toBe(60);
    const free = { protection: { ExpirationDate: null, ProtectionEnabled: false, TaskArn: taskArn } };
    expect(parsed(await put(false))).toEqual({ status: 200, body: free });
    expect(parsed(await get())).toEqual({ status: 200, body: free });
    expect(minutesLeft()).toBe(0);
  });

  test('success: two hours without minutes, with fractions of a second where there are any, and if so the short ARN', async () => {
    const { clock, put, taskArn, minutesLeft } = agentWorld({ shortTaskArn: true });
    clock.advance(120);
    const { protection } = parsed(await put(true)).body;
    expect(protection?.ExpirationDate).toBe('2026-03-01T14:00:00.12Z');
    expect(protection?.TaskArn).toBe(taskArn.replace('/jobs/', '/'));
    expect(minutesLeft()).toBe(120);
  });

  test.each(['TASK_NOT_VALID', 'DEPLOYMENT_BLOCKED', 'MISSING'])(
    'a failure of ECS: 200 with the failure %s',
    async (reason) => {
      const { put, taskArn, minutesLeft } = agentWorld({
        interceptEcs: async ({ input }) => ({ protectedTasks: [], failures: [{ arn: (input.tasks as string[])[0], reason }] }),
      });
      const failure = { Arn: taskArn, Detail: null, Reason: reason };
      expect(parsed(await put(true))).toEqual({ status: 200, body: { failure } });
      expect(minutesLeft()).toBe(0);
    },
  );

  test('a failure of ECS: TASK_NOT_VALID for a standalone task, and MISSING for one that has stopped', async () => {
    const { ecs, clock, put, get, call, agent, taskArn } = agentWorld();
    const alone = ecs.seedTask({ cluster: 'jobs', taskDefinition: 'worker:1' });
    const standalone = agentWorld({ ecs, clock, taskArn: alone });
    for (const answer of [await standalone.put(true), await standalone.get()]) {
      expect(parsed(answer)).toMatchObject({ status: 200, body: { failure: { Arn: alone, Reason: 'TASK_NOT_VALID' } } });
    }
    await call('StopTask', { cluster: 'jobs', task: taskArn });
    clock.advance(60_000);
    for (const answer of [await put(true), await get()]) {
      expect(parsed(answer)).toMatchObject({ status: 200, body: { failure: { Arn: taskArn, Reason: 'MISSING' } } });
    }
    expect(agent.log.calls).toEqual({ PUT: 1, GET: 1 });
  });

  test.each([
    ['an unknown field', '{"ProtectionEnabled":true,"Owner":"me"}'],
    ['a wrong type', '{"ProtectionEnabled":"bad"}'],
    ['no body', ''],
  ])('decode error: 400 InvalidParameterException, without an Arn, for %s', async (_, body) => {
    const { send, ecs } = agentWorld();
    const Message = 'UpdateTaskProtection: failed to decode request';
    expect(parsed(await send('PUT', body))).toEqual({
      status: 400,
      body: { error: { Code: 'InvalidParameterException', Message } },
    });
    expect(ecs.stat().UpdateTaskProtection).toBeUndefined();
  });

  test.each(['{"ExpiresInMinutes":60}', '{"ProtectionEnabled":null}', 'null'])(
    'missing field: 400 InvalidParameterException, with the Arn, for %s',
    async (body) => {
      const { send, taskArn } = agentWorld();
      const Message = "Invalid request: does not contain 'ProtectionEnabled' field";
      expect(parsed(await send('PUT', body))).toEqual({
        status: 400,
        body: { error: { Arn: taskArn, Code: 'InvalidParameterException', Message } },
      });
    },
  );

  test('minutes out of bounds: it leaves the refusal to ECS, which does not see what was cut off', async () => {
    const { put, send, minutesLeft } = agentWorld();
    for (const minutes of [0, -1, 2881]) {
      const { status, body } = parsed(await put(true, minutes));
      expect([status, body.error?.Code, body.requestID]).toEqual([400, 'InvalidParameterException', expect.any(String)]);
    }
    expect(minutesLeft()).toBe(0);
    expect(parsed(await send('PUT', '{"ProtectionEnabled":true,"ExpiresInMinutes":4294967356}')).status).toBe(200);
    expect(minutesLeft()).toBe(60);
  });

  test('minutes beside a release are passed on', async () => {
    const { put, agent } = agentWorld();
    const passed: unknown[] = [];
    agent.interceptEcs = async ({ input }, answer) => {
      passed.push(input.expiresInMinutes);
      return answer();
    };
    expect(parsed(await put(false, 7)).status).toBe(200);
    await put(false);
    expect(passed).toEqual([7, undefined]);
  });

  test.each([
    ['AccessDeniedException', 400],
    ['ClusterNotFoundException', 400],
    ['UnsupportedFeatureException', 400],
  ])('ECS exception: the status of ECS for %s, at once', async (Code, status) => {
    const { put, ecs, clock, taskArn } = agentWorld(refused(Code, status));
    const began = clock.now();
    expect(parsed(await put(true))).toEqual({
      status,
      body: { requestID: expect.any(String), error: { Arn: taskArn, Code, Message: `ECS says ${Code}` } },
    });
    expect(clock.now()).toBe(began);
    expect(ecs.stat().UpdateTaskProtection).toBeUndefined();
  });

  test('throttling: 400 after up to three tries in about three of four, 504 RequestCanceled after 4 s in the others', async () => {
    let tries = 0;
    const interceptEcs = async () => {
      tries += 1;
      throw new SimulatedError('ThrottlingException', 'Rate exceeded');
    };
    const answers = await many(400, { interceptEcs });
    const throttled = answers.filter(({ status }) => status === 400);
    const canceled = answers.filter(({ status }) => status === 504);
    expect(throttled.length + canceled.length).toBe(400);
    expect(throttled.length / 400).toBeGreaterThan(0.65);
    expect(throttled.length / 400).toBeLessThan(0.85);
    for (const { body, took } of throttled) {
      expect(body).toMatchObject({ requestID: expect.any(String), error: { Code: 'ThrottlingException' } });
      expect(took).toBeLessThan(4_000);
    }
    for (const { body, took, taskArn } of canceled) {
      const Message = 'Timed out calling ECS Task Protection API';
      expect(body).toEqual({ error: { Arn: taskArn, Code: 'RequestCanceled', Message } });
      expect(took).toBe(4_000);
    }
    expect(tries).toBe(3 * throttled.length + 2 * canceled.length);
  });

  test('throttling that ends within its tries is not seen', async () => {
    const { put, minutesLeft } = agentWorld({
      interceptEcs: async ({ attempt }, answer) => {
        if (attempt === 1) throw new SimulatedError('ThrottlingException', 'Rate exceeded');
        return answer();
      },
    });
    expect(parsed(await put(true, 60)).status).toBe(200);
    expect(minutesLeft()).toBe(60);
  });

  test('5xx of ECS: its own status and code, or 504', async () => {
    const answers = await many(40, refused('ServerException', 503));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.error?.Code} ${typeof body.requestID}`))).toEqual(
      new Set(['503 ServerException string', '504 RequestCanceled undefined']),
    );
  });

  test.each([
    ['a cut connection', DROP_CONNECTION],
    ['the page of a proxy', new RawAnswer(502, '<html>')],
    ['200 with garbage', new RawAnswer(200, 'garbage')],
  ])('%s in place of ECS: 500 ServerException without a requestID, or 504', async (_, answer) => {
    const answers = await many(40, answered(answer));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.error?.Code} ${typeof body.requestID}`))).toEqual(
      new Set(['500 ServerException undefined', '504 RequestCanceled undefined']),
    );
  });

  test('no task role: 403 AccessDeniedException', async () => {
    const { put, get, taskArn, minutesLeft } = agentWorld({ hasTaskRole: false });
    const Message = 'Invalid Request: no task IAM role credentials available for task';
    const body = { error: { Arn: taskArn, Code: 'AccessDeniedException', Message } };
    for (const answer of [await put(true), await get()]) expect(parsed(answer)).toEqual({ status: 403, body });
    expect(minutesLeft()).toBe(0);
  });

  test('unknown endpoint id: 404 ResourceNotFoundException as JSON', async () => {
    const { put, get } = agentWorld({ taskArn: undefined });
    const body = { error: { Code: 'ResourceNotFoundException', Message: 'Failed to find a task for the request' } };
    for (const answer of [await put(true), await get()]) expect(parsed(answer)).toEqual({ status: 404, body });
  });

  test('more than one failure: 500 ServerException', async () => {
    const { put, taskArn } = agentWorld(answered({ protectedTasks: [], failures: [{ reason: 'A' }, { reason: 'B' }] }));
    expect(parsed(await put(true))).toMatchObject({ status: 500, body: { error: { Arn: taskArn, Code: 'ServerException' } } });
  });

  test.each(['PUT', 'GET'])('an empty list from ECS: the connection of a %s is closed', async (method) => {
    const { send } = agentWorld(answered({ protectedTasks: [], failures: [] }));
    expect(await send(method, '{"ProtectionEnabled":true}')).toBe('dropped');
  });

  test('ECS takes longer than 4 s: 504 RequestCanceled, and the protection may come all the same', async () => {
    const world = agentWorld();
    const { clock, put, agent, minutesLeft } = world;
    agent.interceptEcs = async (_, answer) => {
      await clock.sleep(6_000);
      return answer();
    };
    const began = clock.now();
    expect(parsed(await put(true, 60))).toMatchObject({ status: 504, body: { error: { Code: 'RequestCanceled' } } });
    expect(clock.now() - began).toBe(4_000);
    expect(minutesLeft()).toBe(0);
    await clock.run(clock.sleep(3_000));
    expect(minutesLeft()).toBeCloseTo(60 - 1 / 60);
  });

  test('an answer that is not written within 5 s: the connection is closed', async () => {
    const slow = (ms: number, clock: VirtualClock) => async (_: unknown, answer: () => Promise<never>) => {
      const given = await answer();
      await clock.sleep(ms);
      return given;
    };
    const { clock, get, agent } = agentWorld();
    agent.intercept = slow(5_000, clock) as never;
    expect(parsed(await get()).status).toBe(200);
    agent.intercept = slow(5_001, clock) as never;
    expect(await get()).toBe('dropped');
  });
});

describe('what is not JSON', () => {
  test.each(['POST', 'DELETE', 'PATCH', 'HEAD'])('wrong method %s: 405, empty, without a content type', async (method) => {
    expect(await agentWorld().send(method, '{}')).toEqual({ status: 405, contentType: '', body: '' });
  });

  test.each(['/task-protection/v1/state/', '/task-protection/v2/state', '/Task-Protection/v1/state', '/', '/api/x/other'])(
    'unknown route %s: 404 as plain text',
    async (path) => {
      const answer = await agentWorld().send('GET', '', path);
      expect(answer).toMatchObject({ status: 404, contentType: NOT_JSON, body: expect.stringMatching(/^404 page not found/) });
    },
  );

  test.each(['//task-protection/v1/state', '/./task-protection/v1/state', '/api/x//task-protection/v1/state', 'nothing'])(
    'unclean path %s: 301, empty, also for PUT',
    async (path) => {
      const { send, minutesLeft } = agentWorld();
      expect(await send('PUT', '{"ProtectionEnabled":true}', path)).toEqual({ status: 301, contentType: '', body: '' });
      expect(minutesLeft()).toBe(0);
    },
  );

  test('the path may be the whole of the address', async () => {
    expect(parsed(await agentWorld().send('GET', '', '/api/0123-45/task-protection/v1/state?x=1')).status).toBe(200);
  });

  test('rate limited: 429 as plain text after 60 at once, for every method; 40 more a second later', async () => {
    const { clock, send } = agentWorld();
    const limited = { status: 429, contentType: NOT_JSON, body: 'You have reached maximum request limit.' };
    for (let at = 0; at < 60; at += 1) expect(await send(['GET', 'POST'][at % 2] ?? '')).not.toEqual(limited);
    for (const method of ['GET', 'PUT', 'POST']) expect(await send(method, '{}')).toEqual(limited);
    expect(await send('GET', '', '/v4/metadata')).toMatchObject({ status: 404 });
    clock.advance(1_000);
    for (let at = 0; at < 40; at += 1) expect(await send('GET')).not.toEqual(limited);
    expect(await send('GET')).toEqual(limited);
  });
});

describe('the order of its checks: decode, task, field, role, ECS', () => {
  const bad = { body: 'bad', status: 400 };
  const fieldless = { body: '{}', status: 400 };
  const good = { body: '{"ProtectionEnabled":true}' };
  test.each([
    ['a bad body beats an unknown task', { taskArn: undefined }, bad],
    ['an unknown task beats a missing field', { taskArn: undefined }, { ...fieldless, status: 404 }],
    ['a bad body beats a missing role', { hasTaskRole: false }, bad],
    ['a missing field beats a missing role', { hasTaskRole: false }, fieldless],
    ['a missing role beats ECS', { hasTaskRole: false, ...refused('ThrottlingException') }, { ...good, status: 403 }],
  ])('%s', async (_, options, { body, status }) => {
    expect(parsed(await agentWorld(options).send('PUT', body)).status).toBe(status);
  });
});
