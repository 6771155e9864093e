import { CallLog } from '../call-log';
import type { Intercept } from '../ecs-simulator';
import type { Input } from '../input';
import { SimulatedError } from '../simulated-error';

/** A request as it came over the wire, as far as it tells which action of a service is meant. */
export interface WireRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The `X-Amz-Target` of the JSON protocols. */
  readonly target: string | undefined;
  readonly body: Input;
}

export interface RoutedCall {
  readonly action: string;
  readonly input: Input;
}

export interface Pin {
  readonly taskDefinition: string;
  readonly where: string;
}

/** The task definitions that a service needs, by its own state, whatever a scan makes of what it answers. */
export interface Pinning {
  pinned(): readonly Pin[];
}

/** Another AWS service, as far as it can pin a revision. */
export abstract class Neighbor {
  readonly log = new CallLog();
  /** Replaceable at any time; `undefined` lets every call through. */
  intercept: Intercept | undefined;
  /** The name that requests are signed with, e.g. `states`. */
  abstract readonly signingName: string;
  protected abstract readonly actions: Readonly<Record<string, (input: Input) => unknown>>;

  /** Which action a request means. The JSON protocols say it in a header; REST services spell it in method and path. */
  route({ target, body }: WireRequest): RoutedCall | undefined {
    const action = target?.slice(target.lastIndexOf('.') + 1);
    return action ? { action, input: body } : undefined;
  }

  async call(action: string, input: Input): Promise<unknown> {
    const attempt = this.log.count(action, input);
    const answer = async () => {
      const act = this.actions[action];
      if (!act) throw new SimulatedError('UnknownOperationException', `The simulator knows no action ${action}.`);
      // What comes back is what the wire would carry: nobody gets hold of the simulator's own objects.
      return JSON.parse(JSON.stringify(act(input))) as unknown;
    };
    return this.intercept ? this.intercept({ action, input, attempt }, answer) : answer();
  }
}
