import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { eventbridgePipes } from '../../../../engine/revisions/references/eventbridge-pipes';
import { RecordedPins, refused, scriptedReads } from './scripted-reads';

const description = (TaskDefinitionArn: string) => ({
  Target: 'arn:aws:ecs:eu-west-1:111122223333:cluster/jobs',
  CurrentState: 'STOPPED',
  TargetParameters: { EcsTaskParameters: { TaskDefinitionArn } },
});

async function scanned(script: Readonly<Record<string, () => unknown>> = {}) {
  const pins = new RecordedPins();
  const { reads } = scriptedReads({
    ListPipes: () => [{ Name: 'orders' }],
    DescribePipe: () => description('web:3'),
    ...script,
  });
  return { found: await eventbridgePipes.scan(reads, pins), pins };
}

test('P-19: a pipe keeps what it runs, a stopped one too', async () => {
  const { found, pins } = await scanned();
  expect(found).toBe(1);
  expect(pins.pinned).toEqual(['web:3 < EventBridge pipe orders']);
});

test('a path into what comes is known when it runs only', async () => {
  const { pins } = await scanned({ DescribePipe: () => description('$.body.job') });
  expect(pins.open).toEqual([' < EventBridge pipe orders']);
});

test('a pipe that is deleted between the list and the look at it is no referrer', async () => {
  expect((await scanned({ DescribePipe: () => undefined })).pins.pinned).toEqual([]);
});

test.each<[string, Readonly<Record<string, () => unknown>>]>([
  ['a pipe has no name', { ListPipes: () => [{}] }],
  ['a description has no target', { DescribePipe: () => ({ Name: 'orders' }) }],
  ['a look is denied', { DescribePipe: () => refused('DescribePipe', 'AccessDeniedException') }],
])('P-06: the scan has failed where %s', async (_, script) => {
  await expect(scanned(script)).rejects.toThrow(IncompleteScan);
});
