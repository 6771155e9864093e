import { eventbridgeShape } from '../../../../engine/aws/eventbridge-shape';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { eventbridgeRules } from '../../../../engine/revisions/references/eventbridge-rules';
import { RecordedPins, refused, scriptedReads } from './scripted-reads';

type Input = Readonly<Record<string, unknown>>;

const world = {
  ListEventBuses: (): object[] => [{ Name: 'default' }, { Name: 'orders' }],
  ListRules: ({ EventBusName }: Input): object[] => [
    { Name: EventBusName === 'orders' ? 'paid' : 'nightly', State: 'DISABLED' },
  ],
  ListTargetsByRule: ({ Rule }: Input): object[] => [
    { Id: '1', EcsParameters: { TaskDefinitionArn: Rule === 'paid' ? 'mail:2' : 'web:3' }, Input: '{"token":"a secret"}' },
  ],
};

async function scanned(script: Partial<Record<keyof typeof world, (input: Input) => unknown>> = {}) {
  const pins = new RecordedPins();
  const { reads, asked } = scriptedReads({ ...world, ...script }, eventbridgeShape.actions);
  return { found: await eventbridgeRules.scan(reads, pins), pins, asked };
}

test('P-19: rules of every bus keep what they run, disabled ones too', async () => {
  const { found, pins } = await scanned();
  expect(found).toBe(2);
  expect(pins.pinned).toEqual([
    'web:3 < EventBridge rule nightly on bus default, target 1',
    'mail:2 < EventBridge rule paid on bus orders, target 1',
  ]);
});

test('the default bus is read, whatever the list of buses says', async () => {
  const { pins } = await scanned({ ListEventBuses: () => [] });
  expect(pins.pinned).toHaveLength(1);
});

test.each(['ListRules', 'ListTargetsByRule'] as const)('what is deleted before %s is no referrer', async (action) => {
  const { pins } = await scanned({ [action]: () => refused(action, 'ResourceNotFoundException') });
  expect(pins.pinned).toEqual([]);
});

test.each<[string, Parameters<typeof scanned>[0]]>([
  ['a bus has no name', { ListEventBuses: () => [{}] }],
  ['a rule has no name', { ListRules: () => [{}] }],
  ['a target has no id', { ListTargetsByRule: () => [{ Arn: 'x' }] }],
  ['rules are denied', { ListRules: () => refused('ListRules', 'AccessDeniedException') }],
  ['targets are denied', { ListTargetsByRule: () => refused('ListTargetsByRule', 'AccessDeniedException') }],
])('P-06: the scan has failed where %s', async (_, script) => {
  await expect(scanned(script)).rejects.toThrow(IncompleteScan);
});
