import { connect } from 'node:net';
import { AgentEndpoint, startAgent } from '../../../simulator';
import { agentWorld } from './agent-world';

async function served(options: Parameters<typeof agentWorld>[0] = {}) {
  const world = agentWorld(options);
  const server = await startAgent(world.agent);
  servers.push(server);
  return { ...world, uri: server.uri, url: `${server.uri}/task-protection/v1/state` };
}

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

test('the fetch of Node protects the task and reads how it stands', async () => {
  const { url, taskArn, minutesLeft } = await served();
  const body = JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 60 });
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toMatchObject({ protection: { ProtectionEnabled: true, TaskArn: taskArn } });
  expect(minutesLeft()).toBe(60);
  expect(await (await fetch(url)).json()).toMatchObject({ protection: { ExpirationDate: '2026-03-01T13:00:00Z' } });
});

test('every answer behind the limiter names its limit, and none says when to try again', async () => {
  const { url, uri } = await served();
  const limited = await fetch(url);
  expect(limited.headers.get('x-rate-limit-limit')).toBe('40.00');
  expect(limited.headers.get('x-rate-limit-duration')).toBe('1');
  expect(limited.headers.get('x-rate-limit-request-remote-addr')).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(limited.headers.has('retry-after')).toBe(false);
  expect((await fetch(`${uri}/v2`)).headers.has('x-rate-limit-limit')).toBe(false);
});

test('an unclean path is redirected with an empty body, also for PUT', async () => {
  const { uri } = await served();
  const body = '{"ProtectionEnabled":true}';
  const answer = await fetch(`${uri}//task-protection/v1/state`, { method: 'PUT', body, redirect: 'manual' });
  expect(answer.status).toBe(301);
  expect(answer.headers.get('location')).toMatch(/^\/api\/[^/]+\/task-protection\/v1\/state$/);
  expect(await answer.text()).toBe('');
});

test('a dropped connection is no answer', async () => {
  const { url } = await served({ intercept: async () => 'dropped' });
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('several containers of one task share its protection, and an unknown one has none', async () => {
  const { agent, ecs, clock, taskArn } = agentWorld();
  const server = await startAgent({ '/api/one': agent, '/api/two': new AgentEndpoint({ ecs, clock, taskArn }) });
  servers.push(server);
  const at = (id: string) => new URL(`/api/${id}/task-protection/v1/state`, server.uri);
  expect(server.uri).toMatch(/\/api\/one$/);
  await fetch(at('one'), { method: 'PUT', body: '{"ProtectionEnabled":true}' });
  expect(await (await fetch(at('two'))).json()).toMatchObject({ protection: { ProtectionEnabled: true } });
  const unknown = await fetch(at('three'));
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ error: { Code: 'ResourceNotFoundException' } });
});

test('a body that stalls is waited for for five seconds, and then the connection is closed without an answer', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
  try {
    const { url } = await served();
    const { port, pathname } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    let isClosed = false;
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
      isClosed = true;
    });
    socket.write(`PUT ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 26\r\n\r\n{"Protection`);
    while (jest.getTimerCount() === 0) await turn();
    jest.advanceTimersByTime(4_999);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(isClosed).toBe(false);
    jest.advanceTimersByTime(1);
    await closed;
    expect(answer).toBe('');
  } finally {
    jest.useRealTimers();
  }
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
