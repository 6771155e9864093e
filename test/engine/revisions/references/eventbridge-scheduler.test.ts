import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { eventbridgeScheduler } from '../../../../engine/revisions/references/eventbridge-scheduler';
import { RecordedPins, refused, scriptedReads, TASK_DEFINITION } from './scripted-reads';

type Input = Readonly<Record<string, unknown>>;

const MODIFIED = 1_700_000_000.25;
const listed = (more: object = {}) => ({
  Name: 'nightly',
  GroupName: 'jobs',
  State: 'DISABLED',
  CreationDate: MODIFIED,
  LastModificationDate: MODIFIED,
  ...more,
});
const described = (taskDefinition = 'web:3', more: object = {}) => ({
  ...listed(),
  Target: { Arn: 'arn:aws:scheduler:::aws-sdk:ecs:runTask', Input: JSON.stringify({ TaskDefinition: taskDefinition }) },
  ...more,
});

async function scanned(script: { ListSchedules?: (input: Input, time: number) => unknown; GetSchedule?: () => unknown } = {}) {
  const { reads, asked } = scriptedReads({ ListSchedules: () => [listed()], GetSchedule: () => described(), ...script });
  const again = async () => {
    const pins = new RecordedPins();
    return { found: await eventbridgeScheduler.scan(reads, pins), pins };
  };
  const gets = () => asked.filter(([action]) => action === 'GetSchedule').length;
  return { ...(await again()), again, gets, asked };
}

test('P-19: schedules of every group keep what they run, disabled ones too', async () => {
  const { found, pins, asked } = await scanned();
  expect(found).toBe(1);
  expect(pins.pinned).toEqual(['web:3 < EventBridge Scheduler schedule jobs/nightly']);
  expect(asked).toEqual([
    ['ListSchedules', { MaxResults: 100 }],
    ['GetSchedule', { GroupName: 'jobs', Name: 'nightly' }],
  ]);
});

test('P-18: a field that is newer than this release, beside the target, keeps what it names', async () => {
  const next = { run: `${TASK_DEFINITION}web:9` };
  const { pins } = await scanned({ GetSchedule: () => described('web:3', { next }) });
  expect(pins.pinned.map((line) => line.split(' < ')[0])).toEqual(['web:3', 'web:9']);
});

test('a schedule that is deleted between the list and the look at it is no referrer', async () => {
  expect((await scanned({ GetSchedule: () => undefined })).pins.pinned).toEqual([]);
});

describe('a repeated look', () => {
  test('reads an unchanged schedule once, and tells of it every time', async () => {
    const { again, gets } = await scanned();
    expect((await again()).pins.pinned).toHaveLength(1);
    expect(gets()).toBe(1);
  });

  test.each<[string, object]>([
    ['was modified', { LastModificationDate: MODIFIED + 0.5 }],
    ['was created again under its name', { CreationDate: MODIFIED + 0.5 }],
    ['is another one of that name', { GroupName: 'others' }],
  ])('reads again one that %s', async (_, more) => {
    const { again, gets } = await scanned({ ListSchedules: (_, time) => [listed(time > 1 ? more : {})] });
    await again();
    expect(gets()).toBe(2);
  });

  test.each<[string, object, object]>([
    ['whose date is of whole seconds', { LastModificationDate: 1_700_000_000 }, { LastModificationDate: 1_700_000_000 }],
    ['without a date', { LastModificationDate: undefined }, { LastModificationDate: undefined }],
    ['that answered with another age than the list', {}, { LastModificationDate: MODIFIED - 1 }],
  ])('reads again one %s', async (_, inList, inAnswer) => {
    const { again, gets } = await scanned({
      ListSchedules: () => [listed(inList)],
      GetSchedule: () => described('web:3', inAnswer),
    });
    await again();
    expect(gets()).toBe(2);
  });
});

test.each<[string, Parameters<typeof scanned>[0]]>([
  ['a schedule has no name', { ListSchedules: () => [listed({ Name: undefined })] }],
  ['a schedule has no group', { ListSchedules: () => [listed({ GroupName: undefined })] }],
  ['a schedule has no target', { GetSchedule: () => listed() }],
  ['a look is denied', { GetSchedule: () => refused('GetSchedule', 'AccessDeniedException') }],
])('P-06: the scan has failed where %s', async (_, script) => {
  await expect(scanned(script)).rejects.toThrow(IncompleteScan);
});
