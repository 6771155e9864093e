import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import type { Bucket } from '../../lib/contract/limits';
import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { Json, ServiceReads } from '../revisions/references/referrer';
import { pageByPage, record, wholePage } from './answer';
import { limiterOf, type PacedLimiter } from './paced-limiter';
import { REQUEST_TIMES } from './request-times';
import { sdkError } from './sdk-error';
import { type Client, type Command, wireAnswer } from './wire-answer';

// Inputs differ by action. The scans know them, and the service checks what they send.
// biome-ignore lint/suspicious/noExplicitAny: the SDK has no common type for its commands
export type CommandClass = new (input: any) => Command;

/** What one action of a service needs and gives. */
export interface ActionShape {
  readonly command: CommandClass;
  /** The member with the result list; absent where the answer is one thing. */
  readonly items?: string;
  /** The member with the next page's token, in input and answer alike. */
  readonly token?: string;
  /** Errors that say that there is no such thing (any more), or nothing that a list could be of. */
  readonly gone?: readonly string[];
  /** What a scan takes of this action alone, where the service allows fewer of these calls than of the others. */
  readonly pace?: Bucket;
}

/** One AWS service as it is read. */
export interface ServiceShape {
  client(options: ClientOptions): Client;
  readonly actions: Readonly<Record<string, ActionShape>>;
  /** The calls a second that the service allows, of which a scan takes half. */
  readonly bucket: Bucket;
}

export interface ClientOptions {
  readonly maxAttempts: number;
  readonly retryStrategy: AdaptiveRetryStrategy;
  readonly requestHandler: typeof REQUEST_TIMES;
}

const ATTEMPTS = 8;
const SHARE = 0.5;

/** Reads of a service through any way of calling it: every answer is whole, or the read failed. */
export class WholeReads implements ServiceReads {
  /** @param call gives the answer as it came, or throws `IncompleteScan` with the service's own code */
  constructor(
    private readonly actions: Readonly<Record<string, Omit<ActionShape, 'command'>>>,
    private readonly call: (action: string, input: Json) => Promise<unknown>,
  ) {}

  public async list(action: string, input: Json = {}): Promise<readonly Json[]> {
    const { items: list = '', token = '', gone = [] } = shapeOf(this.actions, action);
    const found: Json[] = [];
    const ask = async (next?: string) =>
      wholePage(await this.call(action, { ...input, ...(next ? { [token]: next } : {}) }), list, token, action);
    const take = (items: readonly unknown[]) => {
      // Some lists are of names alone.
      for (const item of items) found.push(typeof item === 'string' ? { name: item } : record(item, action));
    };
    return (await unlessGone(pageByPage(ask, action, take), gone)) === GONE ? [] : found;
  }

  public async get(action: string, input: Json): Promise<Json | undefined> {
    const { gone = [] } = shapeOf(this.actions, action);
    const answer = await unlessGone(this.call(action, input), gone);
    return answer === GONE ? undefined : record(answer, action);
  }
}

/** A service through the SDK, paced inside its retry strategy. */
export class SdkServiceReads extends WholeReads {
  private readonly client: Client;
  private readonly closed: AbortController;

  constructor({ actions, bucket, client: connect }: ServiceShape, clock: Clock) {
    const paces = new Map<string, PacedLimiter>();
    for (const [action, { pace }] of Object.entries(actions)) {
      if (pace) paces.set(action, limiterOf(clock, pace));
    }
    const rateLimiter = limiterOf(clock, { perSecond: bucket.perSecond * SHARE, burst: bucket.burst * SHARE });
    const retryStrategy = new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter });
    const client = connect({ maxAttempts: ATTEMPTS, retryStrategy, requestHandler: REQUEST_TIMES });
    const closed = new AbortController();
    super(actions, async (action, input) => {
      const { command: Command } = shapeOf(actions, action);
      await paces.get(action)?.getSendToken();
      try {
        return await wireAnswer(client, new Command(input), closed.signal);
      } catch (error) {
        const { code, reason } = sdkError(error);
        throw new IncompleteScan(action, `${code}: ${reason}`, code);
      }
    });
    this.client = client;
    this.closed = closed;
  }

  /** Lets go of the connections; a call that waits for its turn yet is not sent. */
  public close(): void {
    this.closed.abort();
    this.client.destroy();
  }
}

function shapeOf<Shape>(actions: Readonly<Record<string, Shape>>, name: string): Shape {
  const shape = actions[name];
  if (!shape) throw new Error(`the adapter has no action ${name}`);
  return shape;
}

const GONE = Symbol('there is no such thing any more');

/** What was read, or `GONE` where the service says so by one of these errors. */
async function unlessGone<T>(answer: Promise<T>, gone: readonly string[]): Promise<T | typeof GONE> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof IncompleteScan && gone.includes(error.code ?? '')) return GONE;
    throw error;
  }
}
