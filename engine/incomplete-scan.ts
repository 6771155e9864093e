import { visibleText } from '../lib/contract/visible-text';

const LONGEST = 1_000;

/** A read that did not give everything it was asked for. Nothing destructive may follow it. */
export class IncompleteScan extends Error {
  /** The call that failed, e.g. `ListServices (cluster main)`. */
  public readonly call: string;
  public readonly why: string;
  /** ECS's own code, where ECS answered with an error. */
  public readonly code?: string;

  constructor(call: string, why: string, code?: string) {
    super(`${visibleText(call, LONGEST)}: ${visibleText(why, LONGEST)}`);
    this.name = 'IncompleteScan';
    this.call = call;
    this.why = why;
    this.code = code;
  }
}
