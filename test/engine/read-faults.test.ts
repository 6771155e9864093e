import type { EcsAction } from '../../lib/contract/limits';
import { EcsSimulator, type Intercept, SimulatedError, VirtualClock } from '../../simulator';
import { MemoryLedger } from './memory-ledger';
import { Pruner } from './pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from './random-world';

const LISTS = {
  ListTaskDefinitions: 'taskDefinitionArns',
  ListClusters: 'clusterArns',
  ListServices: 'serviceArns',
  DescribeServices: 'services',
  ListServiceDeployments: 'serviceDeployments',
  DescribeServiceDeployments: 'serviceDeployments',
  DescribeServiceRevisions: 'serviceRevisions',
  ListTasks: 'taskArns',
  DescribeTasks: 'tasks',
} as const;
type Read = keyof typeof LISTS;
const READS = Object.keys(LISTS) as Read[];

type Fault = (read: EcsAction, answer: () => Promise<unknown>) => Promise<unknown>;

const refuse =
  (code: string): Fault =>
  async () => {
    throw new SimulatedError(code, 'no');
  };
const say =
  (what: unknown): Fault =>
  async () =>
    what;
const changed =
  (change: (list: unknown[]) => unknown): Fault =>
  async (read, answer) => {
    const member = LISTS[read as Read];
    const given = (await answer()) as Record<string, unknown[]>;
    return { ...given, [member]: change(given[member] as unknown[]) };
  };

const FAULTS: Readonly<Record<string, Fault>> = {
  AccessDeniedException: refuse('AccessDeniedException'),
  'ThrottlingException for ever': refuse('ThrottlingException'),
  ServerException: refuse('ServerException'),
  'an empty object': say({}),
  null: say(null),
  'a text': say('ok'),
  'a list of another type': changed(() => 'none'),
  'a list of nulls': changed((list) => [...list, null]),
  'a list of numbers': changed((list) => [...list, 7]),
  'one item less': changed((list) => list.slice(1)),
  'failures for another reason': async (read, answer) => ({
    ...((await answer()) as object),
    ...(read.startsWith('List') ? { nextToken: 5 } : { failures: [{ arn: 'some', reason: 'INTERNAL' }] }),
  }),
  'the same token again and again': async (read, answer) => ({
    ...((await answer()) as object),
    ...(read.startsWith('List') ? { nextToken: 'again' } : { failures: 'none' }),
  }),
};

/** Whether one item less can be told: a list of names alone has no one to miss it. */
const tellable = (fault: string, read: Read) => fault !== 'one item less' || read.startsWith('Describe');

/** A family with forty revisions to let go, and a referrer of every kind. */
function account() {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
  const dates = Array.from({ length: 50 }, (_, index) => ({ registeredAt: START - (100 - index) * 24 * HOUR }));
  ecs.seedFamily({ family: 'web', ...DEFINITION }, dates);
  const shop = { cluster: 'blue', name: 'shop', taskDefinition: 'web:45', history: ['web:44'] };
  ecs.seedService({ ...shop, rolloutMs: 48 * HOUR });
  ecs.seedService({ cluster: 'blue', name: 'empty', taskDefinition: 'web:2', desiredCount: 0 });
  ecs.seedTask({ cluster: 'green', taskDefinition: 'web:1' });
  ecs.perform('UpdateService', { cluster: 'blue', service: 'shop', taskDefinition: 'web:46' });
  const ledger = new MemoryLedger();
  // One act in ten seconds: a run of some minutes reads references many times.
  const pruner = new Pruner({ ecs, clock, ledger, settings: { actionsPerSecond: 0.1 } });
  return { clock, ecs, ledger, pruner };
}

async function announced() {
  const world = account();
  expect((await world.pruner.tick()).outcome).toBe('done');
  world.clock.advance(24 * HOUR + MINUTE);
  return world;
}

const acts = (ecs: EcsSimulator) => ecs.log.destructive.length;

function failing(read: Read, fault: Fault, from: number, ecs: EcsSimulator) {
  let firstAt: number | undefined;
  const intercept: Intercept = ({ action }, answer) => {
    if (action !== read || ecs.now() < from) return answer();
    firstAt ??= ecs.now();
    return fault(read, answer);
  };
  ecs.intercept = intercept;
  return { firstAt: () => firstAt };
}

const cases = READS.flatMap((read) =>
  Object.keys(FAULTS)
    .filter((fault) => tellable(fault, read))
    .map((fault): [Read, string] => [read, fault]),
);

describe('P-05 P-06 P-07 P-08: one read that fails', () => {
  test.each(cases)(
    '%s, %s: nothing is deregistered, the refusal names the call, and the next tick goes on',
    async (read, fault) => {
      const { clock, ecs, pruner } = await announced();
      failing(read, FAULTS[fault] as Fault, START, ecs);
      const report = await pruner.tick();
      expect(report).toMatchObject({ outcome: 'refused', deregistered: 0 });
      expect(report.refusals.join()).toContain(read);
      expect(acts(ecs)).toBe(0);
      expect(pruner.reporter.metrics).toContainEqual({ metric: 'runsRefused', value: 1 });
      expect(pruner.reporter.events.at(-1)).toMatchObject({ type: 'Prune Refused' });

      ecs.intercept = undefined;
      clock.advance(15 * MINUTE);
      await pruner.tick();
      expect(acts(ecs)).toBe(38);
    },
  );

  // A service revision never changes, so it is asked about once.
  test.each(READS.filter((read) => read !== 'ListTaskDefinitions' && read !== 'DescribeServiceRevisions'))(
    '%s, while the run acts: no further act is begun, and the next tick goes on',
    async (read) => {
      const { clock, ecs, pruner } = await announced();
      const fault = failing(read, refuse('AccessDeniedException'), clock.now() + 70_000, ecs);
      const report = await pruner.tick();
      expect(report).toMatchObject({ outcome: 'refused', ended: 'incomplete scan' });
      expect(report.refusals.join()).toContain(`${read}`);
      const after = ecs.log.destructive.filter(({ at }) => at > (fault.firstAt() ?? 0) + 600);
      expect(after).toEqual([]);
      expect(acts(ecs)).toBeGreaterThan(0);

      ecs.intercept = undefined;
      for (let tick = 0; tick < 2; tick += 1) {
        clock.advance(15 * MINUTE);
        await pruner.tick();
      }
      expect(acts(ecs)).toBe(38);
    },
  );

  test.each(['AccessDeniedException', 'ThrottlingException', 'ServerException'])(
    'DescribeTaskDefinition, %s: the run is refused, and the next tick goes on',
    async (code) => {
      const { clock, ecs, pruner } = await announced();
      ecs.intercept = ({ action }, answer) => (action === 'DescribeTaskDefinition' ? refuse(code)(action, answer) : answer());
      const report = await pruner.tick();
      expect(report.outcome).toBe('refused');
      expect(report.refusals.join()).toMatch(/DescribeTaskDefinition \(web:\d+\): /);
      expect(acts(ecs)).toBe(0);
      ecs.intercept = undefined;
      clock.advance(15 * MINUTE);
      await pruner.tick();
      expect(acts(ecs)).toBe(38);
    },
  );

  test.each([[{}], [null], ['ok'], [{ taskDefinition: 'web:3' }], [{ taskDefinition: { status: 'ACTIVE' } }]])(
    'DescribeTaskDefinition, answered with %j: what it was about stays',
    async (answer) => {
      const { ecs, pruner } = await announced();
      ecs.intercept = ({ action }, given) => (action === 'DescribeTaskDefinition' ? Promise.resolve(answer) : given());
      await pruner.tick();
      expect(acts(ecs)).toBe(0);
    },
  );
});

describe('P-23: DeregisterTaskDefinition that fails', () => {
  test('with five throttles in a row leaves the bucket to deployments, and the next tick goes on', async () => {
    const { clock, ecs, pruner } = await announced();
    ecs.intercept = ({ action }, answer) =>
      action === 'DeregisterTaskDefinition' ? refuse('ThrottlingException')('DeregisterTaskDefinition', answer) : answer();
    expect(await pruner.tick()).toMatchObject({ outcome: 'done', ended: 'throttled', deregistered: 0, throttles: 5 });
    expect(ecs.log.calls.DeregisterTaskDefinition).toBe(5);
    ecs.intercept = undefined;
    clock.advance(15 * MINUTE);
    await pruner.tick();
    expect(acts(ecs)).toBe(38);
  });

  test('for want of a permission ends the run as failed after one call', async () => {
    const { ecs, pruner } = await announced();
    ecs.intercept = ({ action }, answer) =>
      action === 'DeregisterTaskDefinition' ? refuse('AccessDeniedException')('DeregisterTaskDefinition', answer) : answer();
    const report = await pruner.tick();
    expect(report).toMatchObject({ outcome: 'failed', deregistered: 0 });
    expect(report.refusals.join()).toContain('DeregisterTaskDefinition: AccessDeniedException');
    expect(ecs.log.calls.DeregisterTaskDefinition).toBe(1);
  });

  test('P-13: whose answer was lost after it took effect is settled by the look before the next try', async () => {
    const { ecs, pruner } = await announced();
    let lost = 0;
    ecs.intercept = async ({ action }, answer) => {
      const given = await answer();
      if (action !== 'DeregisterTaskDefinition' || lost >= 2) return given;
      lost += 1;
      throw new SimulatedError('TimeoutError', 'socket hang up');
    };
    expect(await pruner.tick()).toMatchObject({ outcome: 'done', ended: 'nothing left', deregistered: 36 });
    expect(acts(ecs)).toBe(38);
    expect(ecs.log.destructive.every(({ statusBefore }) => statusBefore === 'ACTIVE')).toBe(true);
  });
});
