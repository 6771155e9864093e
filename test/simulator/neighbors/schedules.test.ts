import { schedulerShape } from '../../../engine/aws/scheduler-shape';
import type { SdkServiceReads } from '../../../engine/aws/service-reads';
import { eventbridgeScheduler } from '../../../engine/revisions/references/eventbridge-scheduler';
import { type ScheduleForm, Schedules, type SchedulesOptions } from '../../../simulator/neighbors/schedules';
import { SimulatedError } from '../../../simulator/simulated-error';
import { RecordedPins, TASK_DEFINITION } from '../../engine/revisions/references/scripted-reads';
import { ENVIRONMENT, NOW, overTheWire } from './over-the-wire';

const world = (options: Partial<SchedulesOptions> = {}) =>
  new Schedules({ clock: { now: () => NOW + 250 }, environment: ENVIRONMENT, ...options });

async function scan(reads: SdkServiceReads) {
  const pins = new RecordedPins();
  return { found: await eventbridgeScheduler.scan(reads, pins), pins };
}

function fill(schedules: Schedules, count = 3): Schedules {
  const forms: ScheduleForm[] = ['a task', 'a universal target', 'JSON in JSON'];
  for (let index = 0; index < count; index += 1) {
    const taskDefinition = `${index % 2 ? TASK_DEFINITION : ''}a-${index}:1`;
    const runs = { taskDefinition, form: forms[index % 3] };
    schedules.put({ name: `schedule-${index}`, group: index % 2 ? 'jobs' : 'default', enabled: index % 3 > 0, runs });
  }
  return schedules;
}

const lost = (schedules: Schedules, pins: RecordedPins) =>
  schedules.pinned().filter(({ taskDefinition }) => !pins.keeps(taskDefinition));

describe('P-19: everything that schedules pin is kept', () => {
  test.each([
    ['in one page', {}, 7],
    ['in pages of one, each behind an empty one (P-05)', { pageSize: 1, emptyPages: true }, 4],
  ])('%s', async (_, options, count) => {
    const schedules = fill(world(options), count);
    const { found, pins } = await overTheWire(schedules, schedulerShape, scan);
    expect(found).toBe(count);
    expect(schedules.pinned()).toHaveLength(1 * count);
    expect(lost(schedules, pins)).toEqual([]);
    expect(new Set(Object.keys(schedules.log.calls))).toEqual(new Set(Object.keys(schedulerShape.actions)));
    expect(JSON.stringify(pins)).not.toContain('secret');
  });

  test('control: where the service keeps one back, what it pins is lost', async () => {
    const schedules = fill(world());
    schedules.intercept = async ({ action }, answer) => {
      const given = (await answer()) as { Schedules: unknown[] };
      return action === 'ListSchedules' ? { ...given, Schedules: given.Schedules.slice(1) } : given;
    };
    const { pins } = await overTheWire(schedules, schedulerShape, scan);
    expect(lost(schedules, pins)).not.toEqual([]);
  });

  test('what goes away while it is read pins nothing', async () => {
    const schedules = world();
    for (const name of ['b', 'c']) schedules.put({ name, runs: { taskDefinition: `${name}:1` } });
    schedules.intercept = async ({ action }, answer) => {
      const given = await answer();
      if (action === 'ListSchedules') schedules.delete('b');
      return given;
    };
    const { pins } = await overTheWire(schedules, schedulerShape, scan);
    expect(pins.pinned).toHaveLength(1);
    expect(pins.keeps('c:1')).toBe(true);
  });
});

test.each<[string, string, () => unknown]>([
  ['an answer has no list', 'ListSchedules', () => ({})],
  ['a page token comes again', 'ListSchedules', () => ({ Schedules: [], NextToken: 'again' })],
  ['a call is denied', 'GetSchedule', () => Promise.reject(new SimulatedError('AccessDeniedException', 'not you', 403))],
])('P-06: the scan has failed where %s', async (_, failing, answer) => {
  const schedules = fill(world());
  schedules.intercept = async ({ action }, given) => (action === failing ? answer() : given());
  await expect(overTheWire(schedules, schedulerShape, scan)).rejects.toThrow(new RegExp(`^${failing}: `));
});

test('a throttle is waited for', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const schedules = fill(world());
  schedules.intercept = ({ action, attempt }, answer) =>
    action === 'GetSchedule' && attempt < 3
      ? Promise.reject(new SimulatedError('ThrottlingException', 'Rate exceeded', 429))
      : answer();
  const { pins } = await overTheWire(schedules, schedulerShape, scan);
  jest.restoreAllMocks();
  expect(lost(schedules, pins)).toEqual([]);
});

test('a second look over the wire lists again, and reads what has changed alone', async () => {
  let time = NOW + 250;
  const schedules = fill(world({ clock: { now: () => time } }), 4);
  await overTheWire(schedules, schedulerShape, async (reads) => {
    await scan(reads);
    time += 125;
    schedules.put({ name: 'schedule-0', runs: { taskDefinition: 'other:9' } });
    const { pins } = await scan(reads);
    expect(lost(schedules, pins)).toEqual([]);
    expect(schedules.log.calls).toEqual({ ListSchedules: 2, GetSchedule: 5 });
  });
});
