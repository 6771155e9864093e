import type { EcsCall } from '../../engine/aws/ecs-call';
import { EcsCallError } from '../../engine/ecs-call-error';
import type { EcsAction } from '../../lib/contract/limits';

type Input = Readonly<Record<string, unknown>>;
type Script = Partial<Record<EcsAction, (input: Input, time: number) => unknown>>;

/** ECS as a test writes it: each action answers from a script, told the input and the how-manieth call it is, from 1. */
export function scripted(script: Script): { call: EcsCall; asked: { action: EcsAction; input: Input }[] } {
  const asked: { action: EcsAction; input: Input }[] = [];
  const call: EcsCall = async (action, input) => {
    asked.push({ action, input });
    const answer = script[action];
    if (!answer) throw new Error(`nothing is written for ${action}`);
    return answer(input, asked.filter((one) => one.action === action).length);
  };
  return { call, asked };
}

export function refusal(action: EcsAction, code: string): never {
  throw new EcsCallError(action, code, 'no');
}

export const arn = (resource: string): string => `arn:aws:ecs:eu-west-1:111122223333:${resource}`;
export const definition = (name: string): string => arn(`task-definition/${name}`);
