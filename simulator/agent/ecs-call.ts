import type { Clock } from '../clock';
import type { EcsSimulator } from '../ecs-simulator';
import type { Input } from '../input';
import type { Random } from '../random';
import { SimulatedError } from '../simulated-error';
import { isUnreadable } from './agent-answer';

/** One try of the agent's SDK to reach ECS. */
export interface EcsTry {
  readonly action: 'GetTaskProtection' | 'UpdateTaskProtection';
  readonly input: Input;
  /** The how-manieth request to the endpoint it serves, from 1. */
  readonly request: number;
  /** The how-manieth try for that request, from 1. */
  readonly attempt: number;
}

/** Stands between the agent and ECS: may throw, change, delay or withhold the answer. */
export type EcsIntercept = (call: EcsTry, answer: () => Promise<unknown>) => Promise<unknown>;

/** What came of all tries: an answer, ECS's own refusal, anything else, or none within the agent's time. */
export type EcsOutcome =
  | { readonly kind: 'answered'; readonly answer: Input }
  | { readonly kind: 'refused'; readonly error: SimulatedError }
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'timed-out' };

/** How long the agent lets ECS take, all tries together. */
const CALL_MS = 4_000;
const TRIES = 3;

export interface EcsCallWorld {
  readonly ecs: EcsSimulator;
  readonly clock: Clock;
  readonly random: Random;
  readonly intercept: EcsIntercept | undefined;
}

/** Calls ECS as the agent's SDK does: up to three tries, with up to two and four seconds between them, in four seconds. */
export async function callEcs(world: EcsCallWorld, call: Omit<EcsTry, 'attempt'>): Promise<EcsOutcome> {
  const { clock, random } = world;
  const deadline = clock.now() + CALL_MS;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await withinTime(tryOnce(world, { ...call, attempt }), deadline, clock);
    if (attempt === TRIES || !isWorthAnotherTry(outcome)) return outcome;
    const wait = random.next() * 1_000 * 2 ** attempt;
    await clock.sleep(Math.min(wait, deadline - clock.now()));
    if (clock.now() >= deadline) return { kind: 'timed-out' };
  }
}

async function tryOnce({ ecs, intercept }: EcsCallWorld, call: EcsTry): Promise<EcsOutcome> {
  const ask = () => ecs.call(call.action, call.input);
  try {
    const answer = await (intercept ? intercept(call, ask) : ask());
    return isUnreadable(answer) ? { kind: 'failed', cause: 'no answer of ECS' } : { kind: 'answered', answer: answer as Input };
  } catch (error) {
    return error instanceof SimulatedError ? { kind: 'refused', error } : { kind: 'failed', cause: error };
  }
}

function isWorthAnotherTry(outcome: EcsOutcome): boolean {
  if (outcome.kind === 'refused') return outcome.error.status >= 500 || outcome.error.code === 'ThrottlingException';
  return outcome.kind === 'failed';
}

/** ECS in this process answers within a few turns. Only for what takes longer the clock is asked, so that no timers stay behind. */
const PROMPT_TURNS = 50;

async function withinTime(work: Promise<EcsOutcome>, deadline: number, clock: Clock): Promise<EcsOutcome> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  work.then(settle, settle);
  for (let turn = 0; turn < PROMPT_TURNS && !settled; turn += 1) await Promise.resolve();
  if (settled) return work;
  return Promise.race([work, clock.sleep(deadline - clock.now()).then((): EcsOutcome => ({ kind: 'timed-out' }))]);
}
