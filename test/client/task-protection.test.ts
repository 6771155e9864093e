import type { Reply } from '../../client/agent-answer';
import type { Hold } from '../../client/hold';
import type { HoldOptions } from '../../client/hold-terms';
import type { ProtectionClient } from '../../client/protection-client';
import { ClientWorld, MINUTE } from './client-world';

const SECOND = 1000;
const OVERDUE = 10 * SECOND;

async function held(world: ClientWorld, client: ProtectionClient, options: HoldOptions = {}): Promise<Hold> {
  let given: Hold | undefined;
  void client.hold(options).then((hold) => {
    given = hold;
  });
  const began = world.now;
  await world.settle();
  while (!given && world.now < began + OVERDUE) await world.next();
  if (!given) throw new Error('the hold hangs');
  return given;
}

const minutesOf = (world: ClientWorld) => world.puts().map(({ wish }) => ('minutes' in wish ? wish.minutes : 0));

describe('a job', () => {
  test('is covered by the first request from its start to its end, and the release follows within five seconds', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client(), { expectedMinutes: 30 });
    expect(hold).toMatchObject({ admission: 'protected', protected: true });
    expect(world.protectedMs).toBe(35 * MINUTE);
    await hold.release();
    expect(hold.protected).toBe(false);
    await world.runFor(5 * SECOND);
    expect(world.protectedMs).toBe(0);
    expect(world.names()).toEqual(['ready', 'protected', 'released']);
    expect(world.isIdle).toBe(true);
  });

  test('gets its result or its error through, and the task is released either way', async () => {
    const world = new ClientWorld();
    const client = world.client();
    const done = client.during(async ({ protected: isProtected }) => isProtected, { expectedMinutes: 5 });
    await world.runFor(10 * SECOND);
    await expect(done).resolves.toBe(true);
    const failed = client.during(() => Promise.reject(new Error('of the job')));
    const outcome = expect(failed).rejects.toThrow('of the job');
    await world.runFor(10 * SECOND);
    await outcome;
    expect(world.protectedMs).toBe(0);
  });

  test('that follows at once needs no request of its own, and one that ends takes nothing from another (H-03)', async () => {
    const world = new ClientWorld();
    const client = world.client();
    const first = await held(world, client, { expectedMinutes: 30 });
    const second = await held(world, client, { expectedMinutes: 30 });
    await first.release();
    await world.runFor(MINUTE);
    expect(second.protected).toBe(true);
    await second.release();
    const third = await held(world, client, { expectedMinutes: 20 });
    expect(third.protected).toBe(true);
    expect(minutesOf(world)).toEqual([35]);
  });

  test('that takes longer than it said is renewed from a third on', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client(), { expectedMinutes: 30 });
    await world.runFor(60 * MINUTE);
    expect(hold).toMatchObject({ protected: true, atRisk: { aborted: false } });
    expect(world.puts().map(({ at }) => Math.round((at - 5000) / MINUTE))).toEqual([0, 12, 23, 35, 47, 58]);
  });

  test('hears when a third of its maximum is left, and again before the end; nothing is renewed beyond it', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client(), { maxMinutes: 90 });
    await world.runFor(60 * MINUTE - 1);
    expect(hold.atRisk.aborted).toBe(false);
    await world.runFor(1);
    expect(hold.atRisk).toMatchObject({ aborted: true, reason: { reason: 'maximum' } });
    expect(hold.signal.aborted).toBe(false);
    await world.runFor(29 * MINUTE - 1);
    expect(hold.signal).toMatchObject({ aborted: true, reason: { reason: 'maximum' } });
    expect(hold.protected).toBe(false);
    expect(world.protectedMs).toBeGreaterThan(MINUTE);
    await world.runFor(60 * MINUTE);
    expect(world.protectedMs).toBe(0);
    expect(minutesOf(world)).toEqual([90]);
  });

  test('gets no more than the construct allows, and a maximum of one minute, which leaves nothing to rely on, asks for none', async () => {
    const world = new ClientWorld();
    await held(world, world.client({ minutes: { defaultMinutes: 30, maxMinutes: 40 } }), { expectedMinutes: 300 });
    expect(minutesOf(world)).toEqual([40]);
    const short = new ClientWorld();
    expect(await held(short, short.client(), { maxMinutes: 1 })).toMatchObject({ admission: 'not-in-time', protected: false });
    expect(minutesOf(short)).toEqual([]);
  });

  test('H-04 H-12: what a blocked thread could not renew is not reported, by the clock that only goes forward', async () => {
    const world = new ClientWorld();
    let now = 0;
    const client = world.client({}, { now: () => world.now + now });
    const hold = await held(world, client, { expectedMinutes: 30 });
    now = 33 * MINUTE;
    expect(hold.protected).toBe(true);
    now = 34 * MINUTE;
    expect(hold.protected).toBe(false);
  });
});

describe('when ECS refuses', () => {
  test('H-05: a renewal, the old end stands, the program hears that it drains, and the job hears in time', async () => {
    const world = new ClientWorld();
    const client = world.client();
    const hold = await held(world, client, { expectedMinutes: 30 });
    world.fates = Array.from({ length: 300 }, () => 'refused');
    await world.runFor(15 * MINUTE);
    expect(world.names()).toEqual(expect.arrayContaining(['refused', 'draining']));
    expect(client.draining).toBe(true);
    expect(hold.protected).toBe(true);
    await world.runFor(10 * MINUTE);
    expect(hold.atRisk).toMatchObject({ aborted: true, reason: { reason: 'refused' } });
    expect(hold.signal.aborted).toBe(false);
    await world.runFor(8.5 * MINUTE);
    expect(hold.signal).toMatchObject({ aborted: true, reason: { reason: 'expired' } });
    expect(world.protectedMs).toBeGreaterThan(MINUTE);
    expect(world.notices).toContainEqual({ name: 'lost', reason: 'expired' });
    world.fates = [];
    await world.runFor(MINUTE);
    expect(hold.protected).toBe(true);
    expect(world.names()).toContain('resumed');
    expect(client.draining).toBe(false);
  });

  test('the end of the last job releases within five seconds, whenever it would have been asked again', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client());
    world.fates = Array.from({ length: 30 }, () => 'refused');
    while (!world.names().includes('refused')) await world.next();
    await hold.release();
    await world.runFor(5 * SECOND);
    expect(world.protectedMs).toBe(0);
  });

  test('a job goes on at once without protection, and is protected as soon as ECS grants it', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await world.settle();
    world.fates = ['refused'];
    const hold = await held(world, client);
    expect(hold).toMatchObject({ admission: 'refused', protected: false, signal: { aborted: false } });
    const next = await held(world, client);
    expect(next.admission).toBe('refused');
    expect(world.puts()).toHaveLength(1);
    await world.runFor(MINUTE);
    expect(hold.protected).toBe(true);
    expect(hold.signal.aborted).toBe(false);
  });

  test('a job that would rather wait does so up to its maxWait, and says so every minute', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await world.settle();
    world.fates = Array.from({ length: 300 }, () => 'refused');
    let hold: Hold | undefined;
    void client.hold({ whenRefused: 'wait', maxWait: 3 }).then((given) => {
      hold = given;
    });
    await world.runFor(3 * MINUTE - 1);
    expect(hold).toBeUndefined();
    expect(world.lines.filter((line) => line.includes('waits for protection'))).toHaveLength(3);
    await world.runFor(1);
    expect(hold).toMatchObject({ admission: 'refused', protected: false });
  });

  test('a program that has stopped polling hears when ECS grants again, though nothing is held', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await world.settle();
    world.fates = ['refused', 'refused'];
    await (await held(world, client)).release();
    await world.runFor(3 * MINUTE);
    expect(world.names().filter((name) => /draining|resumed/.test(name))).toEqual(['draining', 'resumed']);
    expect(world.protectedMs).toBe(0);
  });
});

describe('when the agent fails', () => {
  test('H-06: a job waits ten seconds at the most, and is protected later', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await world.settle();
    world.fates = ['hangs', 'dropped', 'throttled'];
    const began = world.now;
    const hold = await held(world, client);
    expect(hold).toMatchObject({ admission: 'not-in-time', protected: false });
    expect(world.now - began).toBe(10 * SECOND);
    await world.runFor(MINUTE);
    expect(hold.protected).toBe(true);
  });

  test('H-07: a release that nobody answered leaves the next job unprotected until ECS has been read', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await (await held(world, client)).release();
    world.fates = ['dropped-late-effect'];
    await world.runFor(5 * SECOND);
    const hold = await held(world, client);
    expect(hold.protected).toBe(true);
    expect(world.sent.slice(-3).map(({ wish }) => wish.kind)).toEqual(['protect', 'read', 'protect']);
    const [lost, , read] = world.sent.slice(-4).map(({ at }) => at);
    expect(Number(read) - Number(lost)).toBeGreaterThanOrEqual(5 * SECOND);
    expect(world.breaches).toEqual([]);
  });

  test('a release that fails is told, and tried again', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await (await held(world, client)).release();
    world.fates = ['throttled', 'throttled'];
    await world.runFor(MINUTE);
    expect(world.names().filter((name) => name.startsWith('release'))).toEqual(['release-failed', 'released']);
    expect(world.lines.some((line) => line.includes('"Reason":"release-failed"'))).toBe(true);
    expect(world.protectedMs).toBe(0);
  });
});

describe('where others have a hand in it (H-09)', () => {
  test('a release from elsewhere is noticed within a minute, told, and asked for again', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client());
    world.subject = undefined;
    await world.elsewhere(false);
    await world.runFor(MINUTE);
    expect(world.notices).toContainEqual({ name: 'lost', reason: 'released-elsewhere' });
    expect(world.protectedMs).toBeGreaterThan(0);
    expect(hold).toMatchObject({ protected: true, signal: { aborted: false } });
  });

  test('and where ECS does not give it back, the job hears at once', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client());
    world.subject = undefined;
    await world.elsewhere(false);
    world.fates = ['answered', 'refused'];
    await world.runFor(MINUTE);
    expect(hold.signal).toMatchObject({ aborted: true, reason: { reason: 'refused' } });
  });

  test('protection that somebody shortened is asked for again, and what somebody lengthened ends with the work', async () => {
    const world = new ClientWorld();
    await held(world, world.client(), { expectedMinutes: 30 });
    await world.elsewhere(true, 5);
    await world.runFor(MINUTE);
    expect(world.protectedMs).toBeGreaterThan(33 * MINUTE);

    const longer = new ClientWorld();
    const hold = await held(longer, longer.client(), { maxMinutes: 10 });
    await longer.elsewhere(true, 120);
    await longer.runFor(20 * MINUTE);
    expect(hold.protected).toBe(false);
    await hold.release();
    await longer.runFor(5 * SECOND);
    expect(longer.protectedMs).toBe(0);
  });

  test('H-01: what an answer says of another task protects nothing here', async () => {
    const world = new ClientWorld();
    const client = world.client();
    await world.settle();
    const { handle } = world.agent;
    world.agent.handle = async (request) => {
      const answer = await handle.call(world.agent, request);
      return answer === 'dropped' ? answer : { ...answer, body: answer.body.replace(/task\/jobs\/[^"]*/, 'task/jobs/another') };
    };
    expect(await held(world, client)).toMatchObject({ admission: 'not-in-time', protected: false });
    expect(world.lines).toContainEqual(expect.stringContaining('"Reason":"AnotherTask"'));
  });

  test('H-08: what a predecessor left is released at the start, unless a controller is said to protect as well', async () => {
    const world = new ClientWorld();
    await world.elsewhere(true);
    world.client();
    await world.runFor(SECOND);
    expect(world.protectedMs).toBe(0);
    expect(world.sent.map(({ wish }) => wish.kind)).toEqual(['read', 'release']);

    const controlled = new ClientWorld();
    await controlled.elsewhere(true);
    controlled.client({ releaseAtStart: false });
    await controlled.runFor(MINUTE);
    expect(controlled.protectedMs).toBeGreaterThan(0);
  });
});

describe('where protection cannot work (H-11)', () => {
  const refusal = (status: number, Code: string): Reply => ({ status, body: JSON.stringify({ error: { Code } }) });

  test('jobs run without delay, one line says why, and the agent is not asked again', async () => {
    const world = new ClientWorld();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return refusal(403, 'AccessDeniedException');
    };
    const client = world.client({}, { ask });
    await world.settle();
    for (let jobs = 0; jobs < 3; jobs += 1) expect(await held(world, client)).toMatchObject({ admission: 'unavailable' });
    await world.runFor(60 * MINUTE);
    expect(asked).toBe(1);
    expect(client.obstacle).toBe('no-task-role');
    expect(world.lines.filter((line) => line.includes('does not work here'))).toHaveLength(1);
    expect(world.lines.filter((line) => line.includes('"Reason":"no-task-role"'))).toHaveLength(1);
  });

  test('outside ECS nothing is asked, and one line says so', async () => {
    const world = new ClientWorld();
    const client = world.client({ obstacle: 'not-on-ecs' });
    const hold = await held(world, client);
    expect(hold).toMatchObject({ admission: 'unavailable', protected: false });
    await hold.release();
    await world.runFor(MINUTE);
    expect(world.sent).toEqual([]);
    expect(world.lines).toEqual([expect.stringContaining('ECS_AGENT_URI is not set')]);
    await client.close();
  });

  test('a role that may protect and not read protects all the same', async () => {
    const world = new ClientWorld();
    const ask = async (wish: Parameters<typeof world.ports.ask>[0]) =>
      wish.kind === 'read' ? refusal(400, 'AccessDeniedException') : world.ports.ask(wish);
    const hold = await held(world, world.client({}, { ask }));
    expect(hold.protected).toBe(true);
    expect(world.names()).toContain('unreadable');
  });

  test('a listener that throws takes nothing from anybody', async () => {
    const world = new ClientWorld();
    const client = world.client();
    client.on('protected', () => {
      throw new Error('of the listener');
    });
    expect(await held(world, client)).toMatchObject({ admission: 'protected' });
    expect(world.lines).toContainEqual(expect.stringContaining("listener to 'protected'"));
  });

  test('nor does a log that throws', async () => {
    const world = new ClientWorld();
    const log = () => {
      throw new Error('of the log');
    };
    expect(await held(world, world.client({ log }))).toMatchObject({ admission: 'protected' });
  });
});

describe('at the end', () => {
  test('close waits for what is held, releases at once, and leaves no timer', async () => {
    const world = new ClientWorld();
    const client = world.client();
    const hold = await held(world, client);
    let closed = false;
    void client.close().then(() => {
      closed = true;
    });
    await world.runFor(5 * MINUTE);
    expect(closed).toBe(false);
    expect(hold.protected).toBe(true);
    await hold.release();
    await world.settle();
    expect(closed).toBe(true);
    expect(world.protectedMs).toBe(0);
    expect(world.isIdle).toBe(true);
    await expect(client.hold()).rejects.toThrow('the TaskProtectionClient is closed: it takes no new hold');
  });

  test('close does not wait for ever: not for an agent that is gone, and not for a job beyond its maximum', async () => {
    for (const release of [true, false]) {
      const world = new ClientWorld();
      const client = world.client();
      const hold = await held(world, client, { maxMinutes: 10 });
      world.fates = Array.from({ length: 100 }, () => 'hangs');
      if (release) await hold.release();
      const closed = client.close();
      await world.runFor(release ? MINUTE : 10 * MINUTE);
      await closed;
      expect(world.isIdle).toBe(true);
    }
  });

  test('H-10: told to stop, the program hears it, and what is held stays protected', async () => {
    const world = new ClientWorld();
    const client = world.client();
    const hold = await held(world, client);
    client.drain();
    client.drain();
    expect(world.notices.filter(({ name }) => name === 'draining')).toEqual([{ name: 'draining', reason: 'stopping' }]);
    await world.runFor(20 * MINUTE);
    expect(hold.protected).toBe(true);
  });
});

describe('bad input is refused in one clear error', () => {
  test.each<[HoldOptions, string]>([
    [{ expectedMinutes: 0 }, "protection: 'expectedMinutes' must be a whole number of minutes from 1 to 2880, got: 0"],
    [{ maxMinutes: 2881 }, "protection: 'maxMinutes' must be a whole number of minutes from 1 to 2880, got: 2881"],
    [{ expectedMinutes: 1.5 }, "protection: 'expectedMinutes' must be a whole number of minutes from 1 to 2880, got: 1.5"],
    [{ maxMinutes: '30' as never }, 'protection: \'maxMinutes\' must be a whole number of minutes from 1 to 2880, got: "30"'],
    [{ whenRefused: 'stop' as never }, "protection: 'whenRefused' must be 'proceed' or 'wait', got: \"stop\""],
    [
      { whenRefused: 'wait' },
      "protection: 'maxWait' must be given with whenRefused: 'wait', and with nothing else, got: nothing",
    ],
    [{ maxWait: 5 }, "protection: 'maxWait' must be given with whenRefused: 'wait', and with nothing else, got: 5"],
  ])('%j', async (options, message) => {
    const world = new ClientWorld();
    await expect(world.client().hold(options)).rejects.toThrow(message);
  });

  test('a hold is released once; at the end of its scope it may have been', async () => {
    const world = new ClientWorld();
    const hold = await held(world, world.client());
    await hold.release();
    await expect(hold.release()).rejects.toThrow('this hold has been released before');
    await expect(hold[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
});
