import type { Environment } from '../lib/contract/arn';
import { parseTaskDefinitionArn } from '../lib/contract/arn';
import { responseUrl } from '../lib/contract/response-url';
import { STACK_RESOURCE } from '../lib/contract/stack-pruning';

/** A request of CloudFormation's, as far as it can be answered. */
export interface CustomResourceRequest {
  readonly type: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalId: string;
  /** Absent on Create. */
  readonly physicalId?: string;
  /** The task definitions that it names; `undefined` when it names none that can be read. */
  readonly taskDefinitions?: readonly string[];
  /** Where the answer goes. Whoever has it may answer: it is told to nobody. */
  readonly answerTo: URL;
}

/** A request that cannot be answered: nobody knows who sent it, or where to. */
export interface Unanswerable {
  readonly unanswerable: string;
}

// What CloudFormation sends is ASCII, and short. Longer ones would not fit into an answer.
const STACK_ID = /^arn:[a-z0-9-]{1,32}:cloudformation:[a-z0-9-]{1,32}:\d{12}:stack\/[A-Za-z0-9/-]{1,300}$/;
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const LOGICAL_ID = /^[A-Za-z0-9]{1,255}$/;
const LONGEST_PHYSICAL_ID = 1024;
const MOST_TASK_DEFINITIONS = 500;

/**
 * Reads the event of a custom resource. Properties of every release are read alike; those that it does not know are
 * ignored.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export function readRequest(event: unknown, environment: Environment): CustomResourceRequest | Unanswerable {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return { unanswerable: 'it is no object' };
  const given = event as Record<string, unknown>;
  const answerTo = responseUrl(given.ResponseURL, environment.partition);
  if (!answerTo) return { unanswerable: 'its ResponseURL is not one of S3 in this partition' };
  const stackId = matching(given.StackId, STACK_ID);
  const requestId = matching(given.RequestId, REQUEST_ID);
  const logicalId = matching(given.LogicalResourceId, LOGICAL_ID);
  if (!stackId || !requestId || !logicalId) {
    return { unanswerable: 'its StackId, RequestId or LogicalResourceId is none that CloudFormation gives' };
  }
  const { PhysicalResourceId: id, RequestType: type } = given;
  if (id !== undefined && !(typeof id === 'string' && id !== '' && bytesInAnswer(id) <= LONGEST_PHYSICAL_ID)) {
    return { unanswerable: 'its PhysicalResourceId is none that CloudFormation gives' };
  }
  const taskDefinitions = taskDefinitionsOf(given.ResourceProperties, environment);
  return {
    type: typeof type === 'string' ? type.slice(0, 32) : typeof type,
    stackId,
    requestId,
    logicalId,
    answerTo,
    ...(id === undefined ? {} : { physicalId: id as string }),
    ...(taskDefinitions ? { taskDefinitions } : {}),
  };
}

function taskDefinitionsOf(properties: unknown, environment: Environment): readonly string[] | undefined {
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, STACK_RESOURCE.taskDefinitions)) {
    return undefined;
  }
  const list = (properties as Record<string, unknown>)[STACK_RESOURCE.taskDefinitions];
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_TASK_DEFINITIONS) return undefined;
  return list.every((arn) => isOfHere(arn, environment)) ? (list as string[]) : undefined;
}

function isOfHere(arn: unknown, { partition, account, region }: Environment): boolean {
  const parsed = typeof arn === 'string' ? parseTaskDefinitionArn(arn) : undefined;
  return parsed?.partition === partition && parsed.account === account && parsed.region === region;
}

/** As JSON spells it: what takes six characters there may take one here. */
function bytesInAnswer(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}
