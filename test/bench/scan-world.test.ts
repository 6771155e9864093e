import { ArrivalClock } from '../../bench/handler-time';
import { type AccountSize, leastCalls, leastCallsAgain, ScanWorld } from '../../bench/scan-world';
import { SimulatedError } from '../../simulator';

const SIZE: AccountSize = {
  clusters: 2,
  servicesEach: 3,
  tasksEach: 2,
  jobFamilies: 4,
  buses: 2,
  rules: 5,
  schedules: 7,
  stateMachines: 3,
  versionsEach: 2,
  pipes: 2,
  applications: 2,
  groupsEach: 2,
  stacks: 1,
};

async function world(): Promise<{ world: ScanWorld; clock: ArrivalClock }> {
  const clock = new ArrivalClock(Date.parse('2026-11-02T03:00:00Z'));
  const made = new ScanWorld(SIZE, clock);
  await made.build();
  return { world: made, clock };
}

describe('the account of the figures on scans', () => {
  test('has as much of everything as it says', async () => {
    const { world: account } = await world();
    const { ecs, neighbors, stacks } = account;
    const { rules, schedules, pipes, stateMachines, codeDeploy } = neighbors;
    const list = async <T>(answer: Promise<unknown>, member: string) => ((await answer) as Record<string, T[]>)[member] ?? [];
    const clusters = await list<string>(ecs.call('ListClusters', {}), 'clusterArns');
    expect(clusters).toHaveLength(2);
    for (const cluster of clusters) {
      expect(await list(ecs.call('ListServices', { cluster }), 'serviceArns')).toHaveLength(3);
      expect(await list(ecs.call('ListTasks', { cluster }), 'taskArns')).toHaveLength(6);
    }
    const onBuses = ['default', 'bus-1'].map((EventBusName) => list(rules.call('ListRules', { EventBusName }), 'Rules'));
    expect((await Promise.all(onBuses)).map(({ length }) => length)).toEqual([3, 2]);
    expect(await list(schedules.call('ListSchedules', {}), 'Schedules')).toHaveLength(7);
    expect(await list(pipes.call('ListPipes', {}), 'Pipes')).toHaveLength(2);
    const machines = await list<{ stateMachineArn: string }>(stateMachines.call('ListStateMachines', {}), 'stateMachines');
    expect(machines).toHaveLength(3);
    for (const { stateMachineArn } of machines) {
      const versions = stateMachines.call('ListStateMachineVersions', { stateMachineArn });
      expect(await list(versions, 'stateMachineVersions')).toHaveLength(2);
    }
    expect(await list(codeDeploy.call('ListApplications', {}), 'applications')).toHaveLength(2);
    const groups = codeDeploy.call('ListDeploymentGroups', { applicationName: 'application-1' });
    expect(await list(groups, 'deploymentGroups')).toHaveLength(2);
    expect(stacks.describeStacks().Stacks).toHaveLength(1);
  });

  test('has schedules of different instants within a second, which a second look need not read again', async () => {
    const { world: account } = await world();
    const answer = (await account.neighbors.schedules.call('ListSchedules', {})) as {
      Schedules: { LastModificationDate: number }[];
    };
    const dates = answer.Schedules.map(({ LastModificationDate }) => LastModificationDate);
    expect(new Set(dates).size).toBe(dates.length);
    expect(dates.filter(Number.isInteger)).toEqual([]);
  });

  test('refuses what is beyond a bucket, counts it, and takes more when time has passed', async () => {
    const { world: account, clock } = await world();
    const { stateMachines } = account.neighbors;
    const ask = () => stateMachines.call('ListStateMachines', {});
    for (let call = 0; call < 100; call += 1) await ask();
    await expect(ask()).rejects.toThrow(new SimulatedError('ThrottlingException', 'Rate exceeded'));
    expect(account.throttles).toBe(1);
    clock.advance(200);
    await ask();
    for (let call = 0; call < 4; call += 1) account.stacks.describeStacks();
    expect(() => account.stacks.describeStacks()).toThrow('Rate exceeded');
    expect(account.throttles).toBe(2);
  });

  test('remembers every call with its time', async () => {
    const { world: account, clock } = await world();
    expect(account.calls).toEqual([]);
    clock.advance(1000);
    await account.ecs.call('ListClusters', {});
    await account.neighbors.pipes.call('ListPipes', { Limit: 10 });
    expect(account.calls).toEqual([
      { kind: 'ECS', action: 'ListClusters', input: {}, at: clock.now() },
      { kind: 'EVENTBRIDGE_PIPES', action: 'ListPipes', input: { Limit: 10 }, at: clock.now() },
    ]);
  });

  test('pins old revisions that exist, and that ECS does not know to be needed', async () => {
    const { world: account } = await world();
    const pinned = [...account.pinned()];
    expect(pinned.length).toBeGreaterThan(10);
    for (const taskDefinition of pinned) {
      const answer = await account.ecs.call('DescribeTaskDefinition', { taskDefinition });
      expect(answer).toMatchObject({ taskDefinition: { status: 'ACTIVE' } });
      expect(account.ecs.referencedBy(taskDefinition)).toEqual([]);
    }
  });

  test('tells the least number of calls: pages, and one for each item that has no batch', () => {
    expect(leastCalls(SIZE)).toEqual({
      ListClusters: 1,
      ListServices: 2,
      DescribeServices: 2,
      ListServiceDeployments: 6,
      DescribeServiceRevisions: 1,
      ListTasks: 4,
      DescribeTasks: 2,
      ListEventBuses: 1,
      ListRules: 2,
      ListTargetsByRule: 5,
      ListSchedules: 1,
      GetSchedule: 7,
      ListPipes: 1,
      DescribePipe: 2,
      ListStateMachines: 1,
      ListStateMachineVersions: 3,
      DescribeStateMachine: 9,
      ListApplications: 1,
      BatchGetApplications: 1,
      ListDeploymentGroups: 2,
      BatchGetDeploymentGroups: 2,
      ListDeployments: 1,
      BatchGetDeployments: 1,
    });
    const again = { DescribeServiceRevisions: 0, GetSchedule: 0, DescribeStateMachine: 3 };
    expect(leastCallsAgain(SIZE)).toEqual({ ...leastCalls(SIZE), ...again });
  });
});
