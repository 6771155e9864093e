import { visibleText } from '../lib/contract/visible-text';

const LONGEST_REASON = 1_000;

/** A call that ECS answered with an error, or did not answer. Carries ECS's own code and sentence, never an answer. */
export class EcsCallError extends Error {
  public readonly action: string;
  public readonly code: string;
  public readonly reason: string;
  public readonly throttled: boolean;

  constructor(action: string, code: string, reason: string) {
    const told = visibleText(reason, LONGEST_REASON);
    super(`${action}: ${code}: ${told}`);
    this.name = 'EcsCallError';
    this.action = action;
    this.code = code;
    this.reason = told;
    // ECS models no class for it: the name is all there is.
    this.throttled = code === 'ThrottlingException';
  }
}
