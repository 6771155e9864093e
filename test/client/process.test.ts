import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { agentAddress } from '../../client/agent-address';
import { askAgent } from '../../client/agent-request';
import { TaskProtectionClient } from '../../client/task-protection-client';
import { startAgent } from '../../simulator';
import { agentWorld } from '../simulator/agent/agent-world';

const NAMES = [
  'ECS_AGENT_URI',
  'ECS_CONTAINER_METADATA_URI_V4',
  'CARETAKER_PROTECTION_MINUTES',
  'CARETAKER_PROTECTION_MAX_MINUTES',
];

afterEach(() => {
  for (const name of NAMES) delete process.env[name];
});

async function serving<T>(listener: RequestListener, use: (uri: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('in a process of its own', () => {
  test('it protects by the agent over http while work runs, and close releases', async () => {
    const world = agentWorld();
    const server = await startAgent(world.agent);
    process.env.ECS_AGENT_URI = server.uri;
    process.env.CARETAKER_PROTECTION_MINUTES = '20';
    const lines: string[] = [];
    const client = new TaskProtectionClient({ allowLoopback: true, log: (line) => lines.push(line) });
    const minutes = await client.during((hold) => (hold.protected ? world.minutesLeft() : 0));
    expect(minutes).toBe(24);
    await client.close();
    expect(world.minutesLeft()).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^cdk-ecs-caretaker: ready: task \w+, 20 minutes a job unless it says otherwise, 120 at most$/),
    ]);
    await server.close();
  });

  test('a second client is refused, until the first is closed', async () => {
    const log = () => {};
    const client = new TaskProtectionClient({ log });
    expect(() => new TaskProtectionClient({ log })).toThrow('there is a TaskProtectionClient in this process already');
    await client.close();
    await new TaskProtectionClient({ log }).close();
  });

  test('an agent too old for it is told from no agent at all', async () => {
    const lines: string[] = [];
    process.env.ECS_CONTAINER_METADATA_URI_V4 = 'http://169.254.170.2/v4/id';
    await new TaskProtectionClient({ log: (line) => lines.push(line) }).close();
    expect(lines[0]).toContain('older than 1.65.0');
  });

  test.each([
    ['CARETAKER_PROTECTION_MINUTES', '0'],
    ['CARETAKER_PROTECTION_MAX_MINUTES', '2881'],
    ['CARETAKER_PROTECTION_MAX_MINUTES', 'two hours'],
  ])('%s=%s is refused', (name, value) => {
    process.env[name] = value;
    expect(() => new TaskProtectionClient()).toThrow(
      `TaskProtectionClient: '${name}' must be a whole number of minutes from 1 to 2880, got: "${value}"`,
    );
  });
});

describe('H-14: the agent is asked at a link-local address, and nowhere else', () => {
  test.each(['http://169.254.170.2/api/id', 'http://169.254.170.2/api/id/', 'http://[fe80::1]:51679/api/id'])('%s', (uri) => {
    expect(agentAddress(uri, false)).toMatchObject({ path: '/api/id/task-protection/v1/state' });
  });

  test.each([
    'https://169.254.170.2/api/id',
    'http://10.0.0.1/api/id',
    'http://127.0.0.1/api/id',
    'http://169.254.170.2.example.com/api/id',
    'http://169.254.170.2@example.com/api/id',
    'http://user@169.254.170.2/api/id',
    'http://169.254.170.2/api/id?to=elsewhere',
    'http://localhost/api/id',
    'http://[fd00:ec2::254]/api/id',
    'file:///etc/passwd',
    'here',
  ])('not %s', (uri) => {
    expect(() => agentAddress(uri, false)).toThrow(
      "'ECS_AGENT_URI' must be http to a link-local address, as the agent sets it, got:",
    );
  });

  test('loopback only when it is asked for', () => {
    expect(agentAddress('http://127.0.0.1:8080', true)).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(() => agentAddress('http://10.0.0.1', true)).toThrow('a link-local or loopback address');
  });

  test('no redirect is followed, no long answer is read to its end, and a closed connection is no answer', async () => {
    const ask = (uri: string) => askAgent(agentAddress(uri, true), { kind: 'protect', minutes: 5 });
    let asked = 0;
    const redirect: RequestListener = (_, response) => {
      asked += 1;
      response.writeHead(301, { location: '/elsewhere' }).end();
    };
    await expect(serving(redirect, ask)).resolves.toEqual({ status: 301, body: '' });
    expect(asked).toBe(1);
    await expect(serving((_, response) => void response.end('x'.repeat(70_000)), ask)).resolves.toEqual({
      failed: 'AnswerTooLong',
    });
    await expect(serving((_, response) => void response.destroy(), ask)).resolves.toEqual({ failed: 'ECONNRESET' });
    const cut: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    };
    await expect(serving(cut, ask)).resolves.toEqual({ failed: expect.any(String) });
    await expect(ask('http://127.0.0.1:1')).resolves.toEqual({ failed: 'ECONNREFUSED' });
  });
});
