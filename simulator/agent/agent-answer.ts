import { DROP_CONNECTION, RawAnswer } from '../special-answers';

/** What comes back for a request; `dropped` is a connection that is closed without an answer. */
export type AgentAnswer = { readonly status: number; readonly contentType: string; readonly body: string } | 'dropped';

export interface AgentError {
  readonly Arn?: string;
  readonly Code: string;
  readonly Message: string;
}

export function json(status: number, body: object): AgentAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}

export function errorAnswer(status: number, error: AgentError, requestID?: string): AgentAnswer {
  const { Arn, Code, Message } = error;
  return json(status, { ...(requestID ? { requestID } : {}), error: { ...(Arn ? { Arn } : {}), Code, Message } });
}

function text(status: number, body: string): AgentAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function bare(status: number): AgentAnswer {
  return { status, contentType: '', body: '' };
}

/** The agent's own router and limiter answer these; nothing of them is JSON. */
export const UNCLEAN_PATH = bare(301);
export const UNKNOWN_ROUTE = text(404, '404 page not found\n');
export const WRONG_METHOD = bare(405);
export const RATE_LIMITED = text(429, 'You have reached maximum request limit.');

export const UNDECODABLE = errorAnswer(400, {
  Code: 'InvalidParameterException',
  Message: 'UpdateTaskProtection: failed to decode request',
});

export const UNKNOWN_TASK = errorAnswer(404, {
  Code: 'ResourceNotFoundException',
  Message: 'Failed to find a task for the request',
});

export const NO_METADATA = errorAnswer(500, { Code: 'ServerException', Message: 'The metadata of the task can not be read' });

export function withoutProtectionEnabled(arn: string): AgentAnswer {
  return errorAnswer(400, {
    Arn: arn,
    Code: 'InvalidParameterException',
    Message: "Invalid request: does not contain 'ProtectionEnabled' field",
  });
}

export function withoutRole(arn: string): AgentAnswer {
  return errorAnswer(403, {
    Arn: arn,
    Code: 'AccessDeniedException',
    Message: 'Invalid Request: no task IAM role credentials available for task',
  });
}

export function timedOut(arn: string): AgentAnswer {
  return errorAnswer(504, { Arn: arn, Code: 'RequestCanceled', Message: 'Timed out calling ECS Task Protection API' });
}

/** What the agent answers when its SDK got no error of AWS; as in the real one, the text names ECS's address. */
export function notAnError(arn: string, action: string, cause: unknown): AgentAnswer {
  return errorAnswer(500, {
    Arn: arn,
    Code: 'ServerException',
    Message: `operation error ECS: ${action}, https://ecs.example.amazonaws.com/ 10.0.0.7:443: ${String(cause)}`,
  });
}

/** Whether ECS's answer is none that the SDK can read. */
export function isUnreadable(answer: unknown): boolean {
  return answer === DROP_CONNECTION || answer instanceof RawAnswer || typeof answer !== 'object' || answer === null;
}
