import { SimulatedError } from '../simulated-error';
import { RawAnswer } from '../special-answers';
import type { StackSimulator } from './stack-simulator';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
const XML_TYPE = 'text/xml';
const TIMES = new Set(['CreationTime', 'LastUpdatedTime', 'DeletionTime', 'Timestamp', 'LastUpdatedTimestamp']);

/** Whether a request without a target speaks the protocol: a form in a POST. */
export function isQuery(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/x-www-form-urlencoded') ?? false;
}

export function queriedAction(body: Buffer): string {
  return new URLSearchParams(body.toString()).get('Action') ?? '';
}

/** Answers one request of the AWS Query protocol, in XML. @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export async function answerQuery(stacks: StackSimulator | undefined, body: Buffer, requestId: string): Promise<RawAnswer> {
  const form = new URLSearchParams(body.toString());
  const action = form.get('Action') ?? '';
  const input = Object.fromEntries(form);
  const attempt = stacks?.log.count(action, input) ?? 1;
  const answer = async () => perform(stacks, action, (name) => form.get(name) ?? undefined);
  try {
    const result = content('', await (stacks?.intercept ? stacks.intercept({ action, input, attempt }, answer) : answer()));
    return new RawAnswer(
      200,
      `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result>` +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
      XML_TYPE,
    );
  } catch (error) {
    const { code, message, status } =
      error instanceof SimulatedError ? error : new SimulatedError('InternalFailure', String(error), 500);
    const type = status < 500 ? 'Sender' : 'Receiver';
    return new RawAnswer(
      status,
      `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${escaped(code)}</Code>` +
        `<Message>${escaped(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      XML_TYPE,
    );
  }
}

function perform(stacks: StackSimulator | undefined, action: string, given: (name: string) => string | undefined): object {
  if (!stacks) throw new SimulatedError('ValidationError', `Stack for ${given('PhysicalResourceId')} does not exist`);
  if (action === 'DescribeStacks') return stacks.describeStacks(given('StackName'));
  if (action === 'DescribeStackResources') {
    return stacks.describeStackResources({
      stackName: given('StackName'),
      physicalResourceId: given('PhysicalResourceId'),
      logicalResourceId: given('LogicalResourceId'),
    });
  }
  if (action === 'DescribeStackResource') {
    const [stackName, logicalId] = [given('StackName'), given('LogicalResourceId')];
    if (!stackName || !logicalId) throw new SimulatedError('ValidationError', 'StackName and LogicalResourceId are required');
    const { Timestamp, ...detail } = stacks.describeStackResource(stackName, logicalId).StackResourceDetail;
    return { StackResourceDetail: { ...detail, LastUpdatedTimestamp: Timestamp } };
  }
  if (action === 'ListStackResources') {
    const stackName = given('StackName');
    if (!stackName) throw new SimulatedError('ValidationError', 'StackName is required');
    return stacks.listStackResources(stackName, given('NextToken'));
  }
  throw new SimulatedError('InvalidAction', `Could not find operation ${action} for version 2010-05-15`);
}

/** Members as elements, lists as `member` elements. */
function xml(value: object): string {
  return Object.entries(value)
    .map(([name, inner]) => `<${name}>${content(name, inner)}</${name}>`)
    .join('');
}

function content(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${content(name, item)}</member>`).join('');
  if (typeof value === 'object' && value !== null) return xml(value);
  if (value === null) return '';
  return escaped(TIMES.has(name) ? new Date(Number(value)).toISOString() : String(value));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
