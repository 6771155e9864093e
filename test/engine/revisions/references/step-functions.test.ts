import { stepFunctionsShape } from '../../../../engine/aws/step-functions-shape';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { stepFunctions } from '../../../../engine/revisions/references/step-functions';
import { RecordedPins, refused, scriptedReads, TASK_DEFINITION } from './scripted-reads';

const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine:nightly';
const runs = (TaskDefinition: string) => ({
  definition: JSON.stringify({ States: { Run: { Type: 'Task', Parameters: { TaskDefinition } } } }),
});
const version = (number: number, more: object = {}) => ({
  stateMachineVersionArn: `${ARN}:${number}`,
  creationDate: 1_700_000_000 + number,
  ...more,
});
const world = {
  ListStateMachines: () => [{ stateMachineArn: ARN, name: 'nightly' }],
  ListStateMachineVersions: (): object[] => [version(2), version(1)],
  DescribeStateMachine: ({ stateMachineArn }: Readonly<Record<string, unknown>>): unknown =>
    runs(`web:${stateMachineArn === ARN ? 3 : String(stateMachineArn).slice(-1)}`),
};

async function scanned(
  script: Partial<Record<keyof typeof world, (input: Readonly<Record<string, unknown>>) => unknown>> = {},
) {
  const pins = new RecordedPins();
  const { reads, asked } = scriptedReads({ ...world, ...script }, stepFunctionsShape.actions);
  const found = await stepFunctions.scan(reads, pins);
  return { pins, found, asked, reads };
}

describe('P-19: a state machine keeps', () => {
  test('what its definition and every published version of it run', async () => {
    const { pins, found } = await scanned();
    expect(found).toBe(1);
    expect(pins.pinned).toEqual([
      'web:3 < Step Functions state machine nightly, state Run',
      'web:2 < Step Functions state machine nightly, version 2, state Run',
      'web:1 < Step Functions state machine nightly, version 1, state Run',
    ]);
  });

  test('P-18: what a field names that is newer than this release, beside the definition', async () => {
    const { pins } = await scanned({
      DescribeStateMachine: () => ({ ...runs('web:3'), next: { run: `${TASK_DEFINITION}web:9` } }),
      ListStateMachineVersions: () => [],
    });
    expect(pins.pinned.map((line) => line.split(' < ')[0])).toEqual(['web:3', 'web:9']);
  });

  test('what is known when it runs only, told with its state', async () => {
    const definition = JSON.stringify({
      States: { Run: { Parameters: { 'TaskDefinition.$': "States.Format('web:{}', $.r)" } } },
    });
    const { pins } = await scanned({ DescribeStateMachine: () => ({ definition }), ListStateMachineVersions: () => [] });
    expect(pins.open).toEqual(['web:{} < Step Functions state machine nightly, state Run']);
  });

  test.each(['StateMachineDoesNotExist', 'StateMachineDeleting', 'ResourceNotFound'])(
    'nothing, once it is deleted between the list and the look at it: %s',
    async (code) => {
      const { pins } = await scanned({
        DescribeStateMachine: () => undefined,
        ListStateMachineVersions: () => refused('ListStateMachineVersions', code),
      });
      expect(pins.pinned).toEqual([]);
    },
  );

  test('nothing by a version that is deleted meanwhile', async () => {
    const { pins } = await scanned({
      DescribeStateMachine: ({ stateMachineArn: arn }) => (arn === ARN ? runs('web:3') : undefined),
    });
    expect(pins.pinned).toHaveLength(1);
  });
});

describe('a published version never changes', () => {
  test('and so is read once, while what is not published is read again', async () => {
    const { reads, asked } = await scanned();
    const before = asked.length;
    const pins = new RecordedPins();
    await stepFunctions.scan(reads, pins);
    expect(asked.slice(before).map(([action, input]) => `${action} ${input.stateMachineArn ?? ''}`)).toEqual([
      'ListStateMachines ',
      `DescribeStateMachine ${ARN}`,
      `ListStateMachineVersions ${ARN}`,
    ]);
    expect(pins.pinned).toHaveLength(3);
  });

  test('unless a machine of the same name has published another one of the same number', async () => {
    let age = 0;
    const { reads, asked } = await scanned({ ListStateMachineVersions: () => [version(1, { creationDate: age })] });
    age = 1;
    const before = asked.length;
    await stepFunctions.scan(reads, new RecordedPins());
    expect(asked.slice(before).filter(([action]) => action === 'DescribeStateMachine')).toHaveLength(2);
  });

  test('but one that does not say when it was published is read every time', async () => {
    const { reads, asked } = await scanned({ ListStateMachineVersions: () => [version(1, { creationDate: undefined })] });
    const before = asked.length;
    await stepFunctions.scan(reads, new RecordedPins());
    expect(asked.length - before).toBe(before);
  });
});

describe('P-06: the scan has failed', () => {
  test('where a definition is encrypted and may not be decrypted: it names the machine and the right that is missing', async () => {
    const denied = scanned({
      DescribeStateMachine: () => refused('DescribeStateMachine', 'KmsAccessDeniedException', 'not you'),
    });
    await expect(denied).rejects.toThrow(
      /^DescribeStateMachine \(Step Functions state machine nightly\): its definition is encrypted, and kms:Decrypt .*not you\)$/,
    );
    await expect(denied).rejects.toMatchObject({ code: 'KmsAccessDeniedException' });
  });

  test('and never asks for the metadata of a definition, which would tell nothing', async () => {
    const { asked } = await scanned();
    expect(asked.filter(([, input]) => 'includedData' in input)).toEqual([]);
  });

  test.each<[string, object]>([
    ['the key is disabled', { DescribeStateMachine: () => refused('DescribeStateMachine', 'KmsInvalidStateException') }],
    ['a call is denied', { ListStateMachineVersions: () => refused('ListStateMachineVersions', 'AccessDeniedException') }],
    ['a machine has no ARN', { ListStateMachines: () => [{ name: 'nightly' }] }],
    ['a machine has no name', { ListStateMachines: () => [{ stateMachineArn: ARN }] }],
    ['a version has no ARN', { ListStateMachineVersions: () => [{}] }],
    ['there is no definition', { DescribeStateMachine: () => ({}) }],
    ['the definition was withheld', { DescribeStateMachine: () => ({ definition: '{}' }) }],
    ['the definition is spoiled', { DescribeStateMachine: () => ({ definition: '{"States":' }) }],
  ])('where %s', async (_, script) => {
    await expect(scanned(script)).rejects.toThrow(IncompleteScan);
  });

  test('and what it says quotes no definition', async () => {
    const failed = scanned({ DescribeStateMachine: () => ({ definition: 'a secret' }) });
    await expect(failed).rejects.not.toThrow(/secret/);
  });
});

test('an ARN is told as it stands, whichever account it names', async () => {
  const { pins } = await scanned({
    DescribeStateMachine: () => runs(`${TASK_DEFINITION.replace('111122223333', '999999999999')}web:1`),
    ListStateMachineVersions: () => [],
  });
  expect(pins.pinned[0]).toMatch(/^arn:aws:ecs:eu-west-1:999999999999:task-definition\/web:1 < /);
});
