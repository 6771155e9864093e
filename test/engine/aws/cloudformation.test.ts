import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudFormationStacks } from '../../../engine/aws/cloudformation';
import { IncompleteScan } from '../../../engine/incomplete-scan';

const ID = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/1';

interface Sent {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** CloudFormation that answers one thing after the other. */
function stacksAnswering(...answers: (object | Error)[]) {
  const sent: Sent[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    const answer = answers[sent.length - 1];
    if (answer instanceof Error) throw answer;
    return answer ?? {};
  };
  return { stacks: new CloudFormationStacks({ send } as unknown as CloudFormationClient), sent };
}

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const summary = (logicalId: string, more: object = {}) => ({
  LogicalResourceId: logicalId,
  ResourceType: 'AWS::SQS::Queue',
  ResourceStatus: 'CREATE_COMPLETE',
  PhysicalResourceId: `${logicalId}-id`,
  ...more,
});

describe('the status of a stack', () => {
  test('comes with the stacks above it', async () => {
    const answer = { Stacks: [{ StackId: ID, StackStatus: 'UPDATE_COMPLETE', ParentId: 'parent', RootId: 'root' }] };
    const { stacks, sent } = stacksAnswering(answer);
    expect(await stacks.status(ID)).toEqual({ status: 'UPDATE_COMPLETE', parentId: 'parent', rootId: 'root' });
    expect(sent).toEqual([{ name: 'DescribeStacksCommand', input: { StackName: ID } }]);
  });

  test.each([
    ['nothing', {}],
    ['an answer that is none', 'ok' as unknown as object],
    ['no stack', { Stacks: [] }],
    ['a stack that is none', { Stacks: [null] }],
    ['another stack', { Stacks: [{ StackId: 'other', StackStatus: 'UPDATE_COMPLETE' }] }],
    ['two stacks', { Stacks: [{ StackId: ID, StackStatus: 'UPDATE_COMPLETE' }, { StackId: 'x' }] }],
    ['no status', { Stacks: [{ StackId: ID }] }],
    ['an error', named('AccessDenied', 'no')],
  ])('cannot be read from %s', async (_, answer) => {
    await expect(stacksAnswering(answer).stacks.status(ID)).rejects.toThrow(IncompleteScan);
  });
});

describe('the recorded id', () => {
  test('is the one that the stack shows now, or none', async () => {
    const detail = (PhysicalResourceId?: string) => ({ StackResourceDetail: { LogicalResourceId: 'Old', PhysicalResourceId } });
    expect(await stacksAnswering(detail('id')).stacks.recordedPhysicalId(ID, 'Old')).toBe('id');
    expect(await stacksAnswering(detail()).stacks.recordedPhysicalId(ID, 'Old')).toBeUndefined();
  });

  test.each([
    ['nothing', {}],
    ['another resource', { StackResourceDetail: { LogicalResourceId: 'Other', PhysicalResourceId: 'id' } }],
    ['an error', named('ValidationError', 'Resource Old does not exist')],
  ])('cannot be read from %s', async (_, answer) => {
    await expect(stacksAnswering(answer).stacks.recordedPhysicalId(ID, 'Old')).rejects.toThrow(IncompleteScan);
  });
});

describe('the resources of a stack', () => {
  test('are read page by page: a stack may have five hundred (P-05)', async () => {
    const { stacks, sent } = stacksAnswering(
      { StackResourceSummaries: [summary('A')], NextToken: '2' },
      { StackResourceSummaries: [], NextToken: '3' },
      { StackResourceSummaries: [summary('B', { PhysicalResourceId: undefined })] },
    );
    const base = { type: 'AWS::SQS::Queue', status: 'CREATE_COMPLETE' };
    expect(await stacks.resources(ID)).toEqual([
      { ...base, logicalId: 'A', physicalId: 'A-id' },
      { ...base, logicalId: 'B' },
    ]);
    expect(sent.map(({ input }) => input.NextToken)).toEqual([undefined, '2', '3']);
  });

  test.each([
    ['a page without a list', [{ StackResourceSummaries: [summary('A')], NextToken: '2' }, {}]],
    ['a repeated token', [1, 2, 3].map(() => ({ StackResourceSummaries: [], NextToken: '2' }))],
    ['a resource without a type', [{ StackResourceSummaries: [summary('A', { ResourceType: undefined })] }]],
    ['an error on a later page', [{ StackResourceSummaries: [], NextToken: '2' }, named('Throttling', 'Rate exceeded')]],
  ])('are not whole after %s (P-05, P-07)', async (_, answers) => {
    await expect(stacksAnswering(...answers).stacks.resources(ID)).rejects.toThrow(IncompleteScan);
  });
});

describe('who owns a revision', () => {
  const shown = (ResourceStatus: string, PhysicalResourceId = 'arn') => ({
    StackResources: [{ StackId: ID, LogicalResourceId: 'Web', PhysicalResourceId, ResourceStatus }],
  });

  test.each([
    ['a stack that has it', shown('UPDATE_COMPLETE'), ID],
    ['a stack that failed to delete it', shown('DELETE_FAILED'), ID],
    ['a stack of which only other resources are shown', shown('UPDATE_COMPLETE', 'other'), ID],
    ['a stack that deleted it', shown('DELETE_COMPLETE'), undefined],
    ['a stack that let go of it', shown('DELETE_SKIPPED'), undefined],
    ['no stack', named('ValidationError', 'Stack for arn does not exist'), undefined],
  ])('%s', async (_, answer, owner) => {
    const { stacks, sent } = stacksAnswering(answer);
    expect(await stacks.ownerOf('arn')).toBe(owner);
    expect(sent[0]?.input).toEqual({ PhysicalResourceId: 'arn' });
  });

  test.each([
    ['an answer without a list', {}],
    ['an answer that is none', 'ok' as unknown as object],
    ['a list of nothing', { StackResources: [] }],
    ['a list with something else in it', { StackResources: [null, ...shown('UPDATE_COMPLETE').StackResources] }],
    ['a denial', named('AccessDenied', 'not authorized: it does not exist')],
    ['another validation error', named('ValidationError', 'PhysicalResourceId is too long')],
  ])('cannot be read from %s', async (_, answer) => {
    await expect(stacksAnswering(answer).stacks.ownerOf('arn')).rejects.toThrow(IncompleteScan);
  });
});
