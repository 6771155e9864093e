import type { EcsAction } from '../../lib/contract/limits';

/** One call of the ECS API: the input of the action, and the JSON that ECS answered, not yet believed. */
export type EcsCall = (action: EcsAction, input: Record<string, unknown>) => Promise<unknown>;
