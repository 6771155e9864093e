import type { Obstacle } from './agent-answer';
import type { Minutes } from './hold-terms';
import type { Notice } from './protection-state';

const OBSTACLES: Record<Obstacle, string> = {
  'not-on-ecs': 'ECS_AGENT_URI is not set, so this is no ECS task',
  'agent-too-old': 'ECS_AGENT_URI is not set in an ECS task: the container agent is older than 1.65.0',
  'no-task-role': 'the task has no role: give the task definition a task role',
  'access-denied': 'the task role may not: add ecs:UpdateTaskProtection and ecs:GetTaskProtection (TaskScaleInProtection does)',
  'not-a-service-task': 'the task belongs to no service, and ECS protects no other',
  'unknown-task': 'the agent does not know this task or this endpoint',
  'request-rejected': 'the agent does not take our requests',
};

/** The line by which a notice is logged, where it has one. Names codes, and never what an answer said. */
export function noticeText(notice: Notice, { defaultMinutes, maxMinutes }: Minutes): string | undefined {
  switch (notice.name) {
    case 'ready':
      return (
        `ready: task ${notice.taskId}, ${defaultMinutes} minutes a job unless it says otherwise, ${maxMinutes} at most` +
        (notice.protected ? '; found protected at the start' : '')
      );
    case 'unavailable':
      return `protection does not work here, and jobs run without: ${OBSTACLES[notice.obstacle]}`;
    case 'unreadable':
      return `protection cannot be read (${notice.code}): releases by others stay unseen. Add ecs:GetTaskProtection`;
    case 'draining':
      return notice.reason === 'refused'
        ? 'draining: ECS refuses protection while a deployment waits for protected tasks. Take no new work'
        : 'draining: told to take no new work';
    case 'resumed':
      return 'resumed: ECS grants protection again';
    case 'waiting':
      return `a job waits for protection since ${notice.seconds} seconds`;
    case 'lost':
      return notice.reason === 'expired'
        ? 'lost: protection could not be renewed in time, and work is in hand'
        : 'lost: somebody else released this task while work is in hand. Asking again';
    case 'release-failed':
      return `protection could not be released (${notice.code}), and ends by itself; trying again`;
    default:
      return undefined;
  }
}

/** What counts as a failure of protection, by the reason that the metric gives. */
export function failureReason(notice: Notice): string | undefined {
  switch (notice.name) {
    case 'refused':
    case 'release-failed':
    case 'unreadable':
      return notice.name;
    case 'unavailable':
      // A laptop has no metrics.
      return notice.obstacle === 'not-on-ecs' ? undefined : notice.obstacle;
    case 'lost':
      return notice.reason;
    case 'failed':
      return notice.code;
    default:
      return undefined;
  }
}
