import * as fc from 'fast-check';
import { taskDefinitionTexts } from '../../../../engine/revisions/references/appspec';
import { TASK_DEFINITION } from './scripted-reads';

const ARN = `${TASK_DEFINITION}web:7`;

describe('the task definition of an AppSpec', () => {
  test.each([
    ['YAML', `Resources:\n  - TargetService:\n      Properties:\n        TaskDefinition: ${ARN}\n        LoadBalancerInfo:\n`],
    ['YAML with quotes', `TaskDefinition: "${ARN}"`],
    ['YAML with single quotes and a comment', `TaskDefinition: '${ARN}' # the new one`],
    ['YAML with Windows line ends', `TaskDefinition: ${ARN}\r\nLoadBalancerInfo:\r\n`],
    ['YAML that goes on in the next line', `TaskDefinition: >-\n  ${ARN}\n`],
    ['YAML in one line', `{Resources: [{TargetService: {Properties: {TaskDefinition: ${ARN}}}}]}`],
    ['YAML without a blank line at its end', `TaskDefinition:   ${ARN}`],
    ['JSON', JSON.stringify({ Resources: [{ TargetService: { Properties: { TaskDefinition: ARN } } }] })],
    ['JSON with escaped slashes', JSON.stringify({ TaskDefinition: ARN }).replaceAll('/', '\\/')],
    ['YAML in the manner of JSON, with escaped slashes', `TaskDefinition: "${ARN.replaceAll('/', '\\/')}" # new`],
    ['JSON with characters by number', JSON.stringify({ TaskDefinition: ARN }).replaceAll('/', '\\u002f')],
    ['JSON in a text of JSON', JSON.stringify(JSON.stringify({ taskDefinition: ARN }))],
    ['JSON that is spoiled', `{"TaskDefinition":"${ARN}",,}`],
  ])('is found in %s', (_, text) => {
    expect(taskDefinitionTexts(text)).toEqual([ARN]);
  });

  test.each([
    ['TaskDefinition: web:7', 'web:7'],
    ['{"TaskDefinition":"web:7"}', 'web:7'],
    [`TaskDefinition: ${TASK_DEFINITION}web`, `${TASK_DEFINITION}web`],
    ['TaskDefinition: <TASK_DEFINITION>', '<TASK_DEFINITION>'],
    [`TaskDefinition: ${TASK_DEFINITION}web-{stage}:3`, `${TASK_DEFINITION}web-{stage}:3`],
    [`TaskDefinition: ${TASK_DEFINITION}web:latest`, `${TASK_DEFINITION}web:latest`],
  ])('is told as it stands: %s', (text, found) => {
    expect(taskDefinitionTexts(text)).toEqual([found]);
  });

  test('every one of several is found', () => {
    expect(taskDefinitionTexts(`TaskDefinition: web:7\n---\nTaskDefinition: ${ARN}`)).toEqual([ARN, 'web:7']);
  });

  test('is not found where there is none', () => {
    expect(taskDefinitionTexts('Resources:\n  - myFunction:\n      Type: AWS::Lambda::Function\n')).toEqual([]);
  });

  test('is found whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(taskDefinitionTexts(`${before}\n${ARN}\n${after}`)).toContain(ARN);
      }),
    );
  });
});
