import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import type { SdkServiceReads } from '../../../engine/aws/service-reads';
import { stepFunctionsShape } from '../../../engine/aws/step-functions-shape';
import { stepFunctions } from '../../../engine/revisions/references/step-functions';
import { RUN_TASK_FORMS } from '../../../simulator/neighbors/run-task-forms';
import { StateMachines, type StateMachinesOptions } from '../../../simulator/neighbors/state-machines';
import { SimulatedError } from '../../../simulator/simulated-error';
import { RecordedPins, TASK_DEFINITION } from '../../engine/revisions/references/scripted-reads';
import { ENVIRONMENT, hastyClock, NOW, overTheWire } from './over-the-wire';

const clock = { now: () => NOW };
const world = (options: Partial<StateMachinesOptions> = {}) =>
  new StateMachines({ clock, environment: ENVIRONMENT, ...options });

async function scan(reads: SdkServiceReads) {
  const pins = new RecordedPins();
  return { found: await stepFunctions.scan(reads, pins), pins };
}

function fill(machines: StateMachines, count = 3): StateMachines {
  for (const [index, form] of RUN_TASK_FORMS.slice(0, count).entries()) {
    const name = `machine-${index}`;
    const taskDefinition = index % 2 ? `family-${index}:3` : `${TASK_DEFINITION}family-${index}:3`;
    machines.put({ name, type: index % 3 ? 'STANDARD' : 'EXPRESS', runs: { taskDefinition, form } });
    machines.publish(name);
    machines.put({ name, runs: { taskDefinition: `other-${index}:4`, form } });
  }
  return machines;
}

const lost = (machines: StateMachines, pins: RecordedPins) =>
  machines.pinned().filter(({ taskDefinition }) => !pins.keeps(taskDefinition));

describe('P-19: everything that state machines pin is kept', () => {
  test.each([
    ['in one page, in every form', {}, RUN_TASK_FORMS.length],
    ['in pages of two, each behind an empty one (P-05)', { pageSize: 2, emptyPages: true }, 5],
  ])('%s, of machines and of versions', async (_, options, count) => {
    const machines = fill(world(options), count);
    const { found, pins } = await overTheWire(machines, stepFunctionsShape, scan);
    expect(found).toBe(count);
    expect(machines.pinned()).toHaveLength(2 * found);
    expect(lost(machines, pins)).toEqual([]);
    expect(new Set(Object.keys(machines.log.calls))).toEqual(new Set(Object.keys(stepFunctionsShape.actions)));
  });

  test('control: without the published versions, what they pin is lost', async () => {
    const machines = fill(world());
    machines.intercept = ({ action }, answer) =>
      action === 'ListStateMachineVersions' ? Promise.resolve({ stateMachineVersions: [] }) : answer();
    const { pins } = await overTheWire(machines, stepFunctionsShape, scan);
    expect(lost(machines, pins)).toHaveLength(3);
  });

  test('a machine and a version that go away while they are read pin nothing', async () => {
    const machines = world();
    for (const name of ['a', 'b']) machines.put({ name, runs: { taskDefinition: `${name}:1` } });
    machines.publish('b');
    machines.intercept = async ({ action, attempt }, answer) => {
      const given = await answer();
      if (action === 'ListStateMachines') machines.delete('a');
      if (action === 'ListStateMachineVersions' && attempt === 2) machines.deleteVersion('b', 1);
      return given;
    };
    const { pins } = await overTheWire(machines, stepFunctionsShape, scan);
    expect(pins.pinned).toEqual(['b:1 < Step Functions state machine b, state Run']);
  });
});

describe('P-06: the scan has failed', () => {
  test.each([
    ['denied', 'KmsAccessDeniedException'],
    ['key disabled', 'KmsInvalidStateException'],
  ] as const)('where a definition cannot be decrypted: %s', async (encryption, code) => {
    const machines = world();
    machines.put({ name: 'nightly', runs: { taskDefinition: 'web:7' }, encryption });
    await expect(overTheWire(machines, stepFunctionsShape, scan)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(
        'DescribeStateMachine (Step Functions state machine nightly): its definition is encrypted',
      ),
    });
    expect(machines.log.calls.DescribeStateMachine).toBe(1);
  });

  test.each<[string, () => unknown]>([
    ['an answer has no list', () => ({})],
    ['a page token comes again', () => ({ stateMachines: [], nextToken: 'again' })],
    ['the call is denied', () => Promise.reject(new SimulatedError('AccessDeniedException', 'not you'))],
  ])('where %s', async (_, answer) => {
    const machines = fill(world());
    machines.intercept = async ({ action }, given) => (action === 'ListStateMachines' ? answer() : given());
    await expect(overTheWire(machines, stepFunctionsShape, scan)).rejects.toThrow(/^ListStateMachines: /);
  });
});

describe('the pace of a scan', () => {
  test('of any number of machines stays within what Step Functions allows, and takes a second for each after the first fifty', async () => {
    const machines = world();
    for (let index = 0; index < 60; index += 1) machines.put({ name: `machine-${index}` });
    const time = hastyClock();
    const at: number[] = [];
    machines.intercept = ({ action }, answer) => {
      if (action === 'ListStateMachineVersions') at.push(time.waited() / 1000);
      return answer();
    };
    await overTheWire(machines, stepFunctionsShape, scan, time);
    expect(at).toHaveLength(60);
    // A bucket of 100 that gets one token a second, of which half is left to others.
    for (const [index, second] of at.entries()) expect(index + 1 - second).toBeLessThanOrEqual(52);
    expect(time.waited()).toBeLessThan(15_000);
  });

  test('a throttle is waited for', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const machines = fill(world());
    machines.intercept = ({ attempt }, answer) =>
      attempt < 3 ? Promise.reject(new SimulatedError('ThrottlingException', 'Rate exceeded')) : answer();
    const { pins } = await overTheWire(machines, stepFunctionsShape, scan);
    jest.restoreAllMocks();
    expect(lost(machines, pins)).toEqual([]);
  });
});

test('the paginator of the SDK sees every machine once', async () => {
  const machines = fill(world({ pageSize: 2, emptyPages: true }), 5);
  const names = await overTheWire(machines, stepFunctionsShape, async () => {
    const client = new SFNClient({});
    const found: (string | undefined)[] = [];
    for await (const page of paginateListStateMachines({ client }, {}))
      found.push(...(page.stateMachines ?? []).map(({ name }) => name));
    client.destroy();
    return found;
  });
  expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `machine-${index}`));
});

test('the simulator gives no definition with metadata alone, and refuses what is not there', async () => {
  const machines = world();
  const stateMachineArn = machines.put({ name: 'a', encryption: 'denied' });
  await overTheWire(machines, stepFunctionsShape, async (reads) => {
    expect(await reads.get('DescribeStateMachine', { stateMachineArn, includedData: 'METADATA_ONLY' })).toMatchObject({
      definition: '{}',
    });
    expect(await reads.get('DescribeStateMachine', { stateMachineArn: `${stateMachineArn}:1` })).toBeUndefined();
    await expect(reads.list('ListStateMachines', { maxResults: 1001 })).rejects.toThrow('ValidationException');
    await expect(reads.list('ListStateMachines', { nextToken: 'x' })).rejects.toThrow('InvalidToken');
  });
});
