import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import type { Bucket } from '../../lib/contract/limits';
import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { Json, ServiceReads } from '../revisions/references/referrer';
import { PacedLimiter } from './paced-limiter';
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
  /** Errors that say that there is no such thing (any more). */
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

/** A service through the SDK, paced inside its retry strategy; every answer is whole, or the read failed. */
export class SdkServiceReads implements ServiceReads {
  private readonly client: Client;
  private readonly paces = new Map<string, PacedLimiter>();

  constructor(
    private readonly shape: ServiceShape,
    clock: Clock,
  ) {
    for (const [action, { pace }] of Object.entries(shape.actions)) {
      if (pace) this.paces.set(action, new PacedLimiter(clock, pace.perSecond, pace.burst));
    }
    const rateLimiter = new PacedLimiter(clock, shape.bucket.perSecond * SHARE, shape.bucket.burst * SHARE);
    const retryStrategy = new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter });
    this.client = shape.client({ maxAttempts: ATTEMPTS, retryStrategy, requestHandler: REQUEST_TIMES });
  }

  public async list(action: string, input: Json = {}): Promise<readonly Json[]> {
    const { items: member = '', token = '' } = this.action(action);
    const found: Json[] = [];
    const seen = new Set<unknown>();
    let next: unknown;
    do {
      const answer = await this.asked(action, { ...input, ...(next === undefined ? {} : { [token]: next }) });
      const items = answer[member];
      if (!Array.isArray(items)) throw new IncompleteScan(action, `the answer has no list '${member}'`);
      // Some lists are of names alone.
      for (const item of items) found.push(typeof item === 'string' ? { name: item } : record(item, action));
      next = answer[token] ?? undefined;
      if (next === '') next = undefined;
      if (next !== undefined && typeof next !== 'string')
        throw new IncompleteScan(action, `the answer's '${token}' is no text`);
      if (seen.has(next)) throw new IncompleteScan(action, 'the same page token came twice');
      if (next !== undefined) seen.add(next);
    } while (next !== undefined);
    return found;
  }

  public async get(action: string, input: Json): Promise<Json | undefined> {
    const { gone = [] } = this.action(action);
    try {
      return await this.asked(action, input);
    } catch (error) {
      if (error instanceof IncompleteScan && gone.includes(error.code ?? '')) return undefined;
      throw error;
    }
  }

  /** Lets go of the connections. */
  public close(): void {
    this.client.destroy();
  }

  private action(name: string): ActionShape {
    const shape = this.shape.actions[name];
    if (!shape) throw new Error(`the adapter has no action ${name}`);
    return shape;
  }

  private async asked(action: string, input: Json): Promise<Json> {
    const { command: Command } = this.action(action);
    await this.paces.get(action)?.getSendToken();
    try {
      return record(await wireAnswer(this.client, new Command(input)), action);
    } catch (error) {
      if (error instanceof IncompleteScan) throw error;
      const { code, reason } = sdkError(error);
      throw new IncompleteScan(action, `${code}: ${reason}`, code);
    }
  }
}

function record(value: unknown, action: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new IncompleteScan(action, 'an answer, or an item in it, is no object');
}
