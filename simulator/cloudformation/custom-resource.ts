import type { Properties } from './template';

interface RequestCommon {
  readonly RequestId: string;
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly StackId: string;
  /** Every scalar a text. */
  readonly ResourceProperties: { readonly ServiceToken: string; readonly [name: string]: unknown };
}

/** What CloudFormation sends to the function behind a custom resource. @see crpg-ref-requests.html */
export type CustomResourceEvent =
  | (RequestCommon & { readonly RequestType: 'Create' })
  | (RequestCommon & {
      readonly RequestType: 'Update';
      readonly PhysicalResourceId: string;
      readonly OldResourceProperties: Properties;
    })
  | (RequestCommon & { readonly RequestType: 'Delete'; readonly PhysicalResourceId: string });

/** The body that the function puts to the ResponseURL. @see crpg-ref-responses.html */
export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly NoEcho?: boolean;
  readonly Data?: Properties;
}

/** The function behind custom resources. It answers with the body of its PUT, or with nothing when it never put one. */
export type CustomResourcePort = (event: CustomResourceEvent) => Promise<CustomResourceAnswer | undefined>;

/**
 * What becomes of a request: it arrives `once`; `twice` in a row, or again `later`, both with the same RequestId, as asynchronous
 * invocation allows; it is `lost`; its `answer-lost`; or the update is `cancelled` while the function is at work.
 */
export type Delivery = 'once' | 'twice' | 'later' | 'lost' | 'answer-lost' | 'cancelled';

const MOST_BYTES = 4096;
const LONGEST_ID = 1024;

/** Why CloudFormation can not accept the body, or `undefined`. */
export function faultOfAnswer(answer: CustomResourceAnswer, event: CustomResourceEvent): string | undefined {
  if (Buffer.byteLength(JSON.stringify(answer)) > MOST_BYTES) return 'Response object is too long.';
  const { Status, PhysicalResourceId: id } = answer;
  if (Status !== 'SUCCESS' && Status !== 'FAILED') return 'Invalid Status.';
  if (Status === 'FAILED' && !answer.Reason) return 'Invalid Response object: Reason is missing.';
  if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > LONGEST_ID) return 'Invalid PhysicalResourceId';
  const isMine =
    answer.StackId === event.StackId &&
    answer.RequestId === event.RequestId &&
    answer.LogicalResourceId === event.LogicalResourceId;
  return isMine ? undefined : 'Invalid Response object: StackId, RequestId and LogicalResourceId must be those of the request.';
}

/** Scalars travel as texts. @see aws-cdk-lib/custom-resources README, "Important cases" */
export function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringified(item)]));
}

/** A successful answer to the event, as a handler that does nothing gives. */
export function success(event: CustomResourceEvent, physicalResourceId: string): CustomResourceAnswer {
  const { StackId, RequestId, LogicalResourceId } = event;
  return { Status: 'SUCCESS', PhysicalResourceId: physicalResourceId, StackId, RequestId, LogicalResourceId };
}
