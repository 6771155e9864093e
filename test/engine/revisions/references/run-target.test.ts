import { FoundPins } from '../../../../engine/revisions/references/pins';
import { References } from '../../../../engine/revisions/references/references';
import { targetTaskDefinitions, tellTarget } from '../../../../engine/revisions/references/run-target';
import { RecordedPins, TASK_DEFINITION } from './scripted-reads';

const arn = (name: string) => `${TASK_DEFINITION}${name}`;
const universal = (input: unknown, partition = 'aws') => ({
  Arn: `arn:${partition}:scheduler:::aws-sdk:ecs:runTask`,
  Input: typeof input === 'string' ? input : JSON.stringify(input),
});

describe('P-19: a target names', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['the task that it runs', { EcsParameters: { TaskDefinitionArn: arn('web:3') } }, arn('web:3')],
    ['the task that a pipe runs', { TargetParameters: { EcsTaskParameters: { TaskDefinitionArn: 'web:3' } } }, 'web:3'],
    ['what a universal target runs', universal({ TaskDefinition: 'web:3' }), 'web:3'],
    ['that in another partition', universal({ taskDefinition: 'web:3' }, 'aws-cn'), 'web:3'],
    ['that of an input which is no JSON', universal('{"TaskDefinition":"web:3",'), 'web:3'],
    ['JSON in JSON', { Input: JSON.stringify({ a: JSON.stringify([{ taskDefinition: 'web:3' }]) }) }, 'web:3'],
    ['an ARN among other words', { Input: `run ${arn('web:3')} now` }, arn('web:3')],
    ['an ARN with escaped slashes', { Input: `{"run":"${arn('web:3').replaceAll('/', '\\/')}"}` }, arn('web:3')],
    ['an ARN as the name of a field', { Input: JSON.stringify({ [arn('web:3')]: 1 }) }, arn('web:3')],
    ['a template', { InputTransformer: { InputTemplate: `{"run":"${arn('web:3')}","by":<id>}` } }, arn('web:3')],
    ['a field unknown today', { Tomorrow: [{ TaskDefinitionArn: 'web:3' }] }, 'web:3'],
  ])('%s', (_, target, expected) => {
    expect(targetTaskDefinitions(target)).toEqual([expected]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['an input of other things', { Input: JSON.stringify({ image: 'web:3', at: '12:30' }) }],
    ['a path that a function is given', { InputTransformer: { InputPathsMap: { taskDefinition: '$.detail.taskDefinition' } } }],
    ['a universal target of another service', { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: '{"a":1}' }],
    ['a task definition that a function is given whole', { Input: JSON.stringify({ taskDefinition: { family: 'web' } }) }],
  ])('no task definition: %s', (_, target) => {
    expect(targetTaskDefinitions(target)).toEqual([]);
  });

  test('what stands as deep as a text can hold it', () => {
    const deep = `${'['.repeat(10_000)}"${arn('web:3')}"${']'.repeat(10_000)}`;
    expect(targetTaskDefinitions({ Input: deep })).toEqual([arn('web:3')]);
  });
});

test('a path into the event is told without its words, which are no families', () => {
  const pins = new RecordedPins();
  tellTarget({ EcsTaskParameters: { TaskDefinitionArn: '$.body.web' } }, 'here', pins);
  expect(pins.open).toEqual([' < here']);
  expect(pins.pinned).toEqual([]);
});

test('a revision is kept, a family alone or the ARN of one pins nothing, and another Region’s neither', () => {
  const pins = new FoundPins({ partition: 'aws', account: '111122223333', region: 'eu-west-1' });
  for (const name of [arn('web:3'), arn('web'), 'web', arn('web:4').replace('eu-west-1', 'us-east-1')]) {
    tellTarget({ EcsParameters: { TaskDefinitionArn: name } }, 'here', pins);
  }
  const references = new References();
  const added = jest.spyOn(references, 'add');
  pins.addTo(references);
  expect(added.mock.calls).toEqual([[{ family: 'web', revision: 3 }, 'here']]);
});
