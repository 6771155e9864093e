import type { Clock } from '../clock';
import { FaultSchedule, type Planned, type Struck } from '../fault-schedule';
import { SimulatedError } from '../simulated-error';
import { DROP_CONNECTION, RawAnswer } from '../special-answers';
import { type AgentAnswer, NO_METADATA, RATE_LIMITED, UNKNOWN_TASK, withoutRole } from './agent-answer';
import type { AgentCall, AgentIntercept } from './agent-endpoint';
import type { EcsIntercept } from './ecs-call';

const REFUSALS = [
  'throttled',
  'denied',
  'blocked',
  'not-valid',
  'missing',
  'two-failures',
  'empty',
  'no-role',
  'unknown-task',
  'no-metadata',
  'rate-limited',
] as const;

/** Ends that leave open whether the request was done. */
const UNCERTAIN = ['ecs-fails', 'ecs-unreachable', 'ecs-garbles', 'ecs-slow', 'dropped', 'silent'] as const;

type Uncertain = (typeof UNCERTAIN)[number];

/** Whether the request was done all the same: not at all, at once, or only after the next request. */
const EFFECTS = ['undone', 'done', 'late'] as const;

type Effect = (typeof EFFECTS)[number];

export type AgentFaultKind = (typeof REFUSALS)[number] | `${Uncertain}-${Effect}`;

export const AGENT_FAULT_KINDS: readonly AgentFaultKind[] = [
  ...REFUSALS,
  ...UNCERTAIN.flatMap((end) => EFFECTS.map((effect) => `${end}-${effect}` as const)),
];

/** `action` is the method, PUT or GET. */
export type PlannedAgentFault = Planned<AgentFaultKind>;
export type StruckAgentRequest = Struck<AgentFaultKind>;

export interface AgentFaultWorld {
  readonly clock: Clock;
  /** A late effect comes right after the next request, and at the latest so long after its own. @default 5000 */
  readonly lateMs?: number;
}

/** Longer than any client waits. */
const SILENT_MS = 60_000;
const LATE_MS = 5_000;

const FAILURES: Readonly<Partial<Record<AgentFaultKind, readonly string[]>>> = {
  blocked: ['DEPLOYMENT_BLOCKED'],
  'not-valid': ['TASK_NOT_VALID'],
  missing: ['MISSING'],
  'two-failures': ['MISSING', 'MISSING'],
  empty: [],
};

/**
 * Makes requests to the agent fail as planned, in every way in which they can. Of several faults planned for one request the
 * first strikes.
 *
 * @example
 * const faults = new AgentFaults([{ kind: 'dropped-late', action: 'PUT', from: 2, times: 1 }], { clock });
 * const { intercept, interceptEcs } = faults;
 * const agent = new AgentEndpoint({ ecs, taskArn, clock, intercept, interceptEcs });
 */
export class AgentFaults {
  /** How often each kind made a difference. */
  readonly hits: ReadonlyMap<AgentFaultKind, number>;
  readonly struck: readonly StruckAgentRequest[];
  private readonly schedule: FaultSchedule<AgentFaultKind>;
  /** What strikes a request whose call to ECS is still to come. */
  private readonly due = new Map<number, { readonly kind: AgentFaultKind; readonly hit: () => void }>();
  private late: (() => Promise<void>)[] = [];

  constructor(
    plan: readonly PlannedAgentFault[],
    private readonly world: AgentFaultWorld,
  ) {
    this.schedule = new FaultSchedule(AGENT_FAULT_KINDS, plan, world.clock);
    this.hits = this.schedule.hits;
    this.struck = this.schedule.struck;
  }

  readonly intercept: AgentIntercept = async (call, answer) => {
    const { kinds, hit } = this.schedule.arrive(call.method);
    const [kind] = kinds;
    const earlier = this.late.splice(0);
    if (kind) this.due.set(call.request, { kind, hit: () => hit(kind) });
    const given = await this.answerOf(call, kind, answer);
    this.due.delete(call.request);
    for (const land of earlier) await land();
    return given;
  };

  readonly interceptEcs: EcsIntercept = async ({ action, input, request, attempt }, answer) => {
    const due = this.due.get(request);
    if (!due || (due.kind === 'blocked' && action === 'GetTaskProtection')) return answer();
    due.hit();
    const [arn] = input.tasks as string[];
    const reasons = FAILURES[due.kind];
    if (reasons) return { protectedTasks: [], failures: reasons.map((reason) => ({ arn, reason })) };
    if (due.kind === 'throttled') throw new SimulatedError('ThrottlingException', 'Rate exceeded');
    if (due.kind === 'denied') throw new SimulatedError('AccessDeniedException', `not authorized to perform: ecs:${action}`);
    const [end, effect] = partsOf(due.kind);
    // The agent's further tries for the same request change nothing more.
    if (attempt === 1) await this.take(effect, answer);
    if (end === 'ecs-fails') throw new SimulatedError('ServerException', 'ECS has failed', 500);
    if (end === 'ecs-garbles') return new RawAnswer(502, '<html>Bad Gateway</html>', 'text/html');
    return end === 'ecs-unreachable' ? DROP_CONNECTION : never();
  };

  private async answerOf(
    { request, taskArn }: AgentCall,
    kind: AgentFaultKind | undefined,
    answer: () => Promise<AgentAnswer>,
  ): Promise<AgentAnswer> {
    const told = this.toldByAgent(kind, taskArn);
    const [end, effect] = kind ? partsOf(kind) : [];
    if (!told && end !== 'dropped' && end !== 'silent') return answer();
    const due = this.due.get(request);
    due?.hit();
    this.due.delete(request);
    if (told) return told;
    await this.take(effect as Effect, answer);
    if (end === 'silent') await this.world.clock.sleep(SILENT_MS);
    return 'dropped';
  }

  /** What the agent says before it asks ECS. */
  private toldByAgent(kind: AgentFaultKind | undefined, taskArn = ''): AgentAnswer | undefined {
    if (kind === 'no-role') return withoutRole(taskArn);
    if (kind === 'unknown-task') return UNKNOWN_TASK;
    if (kind === 'no-metadata') return NO_METADATA;
    return kind === 'rate-limited' ? RATE_LIMITED : undefined;
  }

  private async take(effect: Effect | undefined, act: () => Promise<unknown>): Promise<void> {
    if (effect === 'done') await act();
    if (effect !== 'late') return;
    let hasLanded = false;
    const land = async () => {
      if (hasLanded) return;
      hasLanded = true;
      // Nobody hears any more whether it was refused.
      await act().catch(() => undefined);
    };
    this.late.push(land);
    const { clock, lateMs = LATE_MS } = this.world;
    if (Number.isFinite(lateMs)) void clock.sleep(lateMs).then(land);
  }
}

function partsOf(kind: AgentFaultKind): [end: string, effect: Effect | undefined] {
  const [, end, effect] = /^(.*)-(undone|done|late)$/.exec(kind) ?? [];
  return [end ?? kind, effect as Effect | undefined];
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
