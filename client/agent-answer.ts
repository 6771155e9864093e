/** Why protection cannot work here, whatever is tried. */
export type Obstacle =
  | 'not-a-service-task'
  | 'no-task-role'
  | 'unknown-task'
  | 'access-denied'
  | 'request-rejected'
  | 'agent-too-old'
  | 'not-on-ecs';

/** What an answer of the agent means. */
export type Answer =
  /** ECS says so. `expiresAt` is on the clock of ECS, and comparable with its like alone. */
  | { readonly kind: 'stands'; readonly protected: boolean; readonly taskId: string; readonly expiresAt?: number }
  /** Not now: protected tasks block a deployment. */
  | { readonly kind: 'refused' }
  /** Never. */
  | { readonly kind: 'never'; readonly obstacle: Obstacle; readonly code: string }
  /** The agent's own limit: ECS has not heard of it. */
  | { readonly kind: 'unheard'; readonly code: string }
  /** Nobody knows whether it took effect. */
  | { readonly kind: 'unknown'; readonly code: string };

/** What came back: an answer, or nothing that can be called one. */
export type Reply = { readonly status: number; readonly body: string } | { readonly failed: string };

const unknown = (code: string): Answer => ({ kind: 'unknown', code });
const never = (obstacle: Obstacle, code: string): Answer => ({ kind: 'never', obstacle, code });

/** Reads an answer. Messages and bodies go no further than here: they may hold addresses. */
export function readReply(reply: Reply): Answer {
  if ('failed' in reply) return unknown(reply.failed);
  const { status, body } = reply;
  if (status === 429) return { kind: 'unheard', code: 'TooManyRequests' };
  const document = parsed(body);
  const code = word(member(document.error, 'Code'));
  if (status === 200) return code ? unknown(code) : readDocument(document);
  if (code === 'ThrottlingException' || code === 'RequestCanceled') return unknown(code);
  if (status === 403) return never('no-task-role', code ?? 'Status403');
  if (status === 404) return never('unknown-task', code ?? 'Status404');
  if (status !== 400) return unknown(code ?? `Status${status}`);
  return code === 'AccessDeniedException' ? never('access-denied', code) : never('request-rejected', code ?? 'Status400');
}

function readDocument({ protection, failure }: Record<string, unknown>): Answer {
  if (failure !== undefined && failure !== null) {
    const reason = word(member(failure, 'Reason')) ?? 'Failure';
    // Two answers in one are none.
    if (protection) return unknown(reason);
    if (reason === 'DEPLOYMENT_BLOCKED') return { kind: 'refused' };
    return reason === 'TASK_NOT_VALID' ? never('not-a-service-task', reason) : unknown(reason);
  }
  const enabled = member(protection, 'ProtectionEnabled');
  const arn = member(protection, 'TaskArn');
  if (typeof enabled !== 'boolean' || typeof arn !== 'string' || !arn.includes('/')) return unknown('Unreadable');
  const expiry = member(protection, 'ExpirationDate');
  const expiresAt = typeof expiry === 'string' ? Date.parse(expiry) : Number.NaN;
  // The ARN comes with the cluster or without it.
  const taskId = arn.slice(arn.lastIndexOf('/') + 1);
  return { kind: 'stands', protected: enabled, taskId, ...(Number.isNaN(expiresAt) ? {} : { expiresAt }) };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A code, and never a text: what is none of AWS's words is not passed on. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z_]{1,64}$/.test(value) ? value : undefined;
}
