import type { CustomResourceRequest } from './custom-resource-request';

/** What CloudFormation is told. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly reason: string;
  readonly physicalId: string;
}

/** CloudFormation takes no longer answer. */
const MOST_BYTES = 4096;
const LONGEST_REASON = 500;

/**
 * The body of an answer, never longer than CloudFormation takes: its reason gives way.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export function answerBody(request: CustomResourceRequest, { status, reason, physicalId }: Answer): string {
  const body = (told: string) =>
    JSON.stringify({
      Status: status,
      Reason: told,
      PhysicalResourceId: physicalId,
      StackId: request.stackId,
      RequestId: request.requestId,
      LogicalResourceId: request.logicalId,
    });
  const whole = body(plain(reason));
  if (Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  const short = body('see the log');
  if (Buffer.byteLength(short) <= MOST_BYTES) return short;
  throw new Error('the ids of the request leave no room for an answer');
}

/** One line of printable ASCII: no reason is told in fewer characters than one, as FAILED needs one. */
function plain(reason: string): string {
  const text = reason.slice(0, LONGEST_REASON).replace(/[^\x20-\x7e]/g, '?');
  return text.trim() === '' ? 'no reason given' : text;
}
