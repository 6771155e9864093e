import type { ServerResponse } from 'node:http';
import { FaultSchedule, type Planned, type Struck } from './fault-schedule';
import { type Answer, headersOf, sendAnswer } from './send-answer';
import { DROP_CONNECTION, RawAnswer } from './special-answers';

/** What can become of an answer on its way, whatever it says. */
export const WIRE_FAULT_KINDS = [
  'empty body',
  'no content',
  'half a document',
  'half a document in chunks',
  'cut off',
  'cut off in chunks',
  'dropped before the effect',
  'dropped after the effect',
  'reset after the effect',
  'no HTTP',
  'HTML 200',
  'HTML 503',
  'wrong content type',
  'stall before the effect',
  'stall after the effect',
  'stall in the body',
  'trickle',
] as const;

export type WireFaultKind = (typeof WIRE_FAULT_KINDS)[number];
export type PlannedWireFault = Planned<WireFaultKind>;
export type StruckRequest = Struck<WireFaultKind>;

export interface WireFaultWorld {
  /** Its `sleep` must let the time-outs of whoever waits for the answer fire. */
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
}

/** Longer than anybody waits for one answer. */
const STALL_MS = 120_000;
const STEP_MS = 1_000;

/** Stands in a server's door and spoils answers on their way out as planned. Handed to `startServer`. */
export class WireFaults {
  /** How often each kind struck. */
  readonly hits: ReadonlyMap<WireFaultKind, number>;
  readonly struck: readonly StruckRequest[];
  private readonly schedule: FaultSchedule<WireFaultKind>;

  constructor(
    plan: readonly PlannedWireFault[],
    private readonly world: WireFaultWorld,
  ) {
    this.schedule = new FaultSchedule(WIRE_FAULT_KINDS, plan, world.clock);
    this.hits = this.schedule.hits;
    this.struck = this.schedule.struck;
  }

  /** Answers a request, well or as planned: of several faults on one call the first. */
  async send(action: string, response: ServerResponse, answer: () => Promise<Answer>): Promise<void> {
    const { kinds, hit } = this.schedule.arrive(action);
    const [kind] = kinds;
    if (kind === undefined) return sendAnswer(response, await answer());
    hit(kind);
    await this.spoil(kind, response, answer);
  }

  private async spoil(kind: WireFaultKind, response: ServerResponse, answer: () => Promise<Answer>): Promise<void> {
    if (kind === 'dropped before the effect') return sendAnswer(response, DROP_CONNECTION);
    if (kind === 'stall before the effect') await this.stall(response);
    const given = await answer();
    if (given === DROP_CONNECTION) return sendAnswer(response, given);
    const half = Buffer.from(given.body).subarray(0, Math.ceil(Buffer.byteLength(given.body) / 2));
    switch (kind) {
      case 'empty body':
        return sendAnswer(response, new RawAnswer(given.status, '', given.contentType, given.headers));
      case 'no content':
        return sendAnswer(response, new RawAnswer(204, ''));
      case 'half a document':
        return sendAnswer(response, new RawAnswer(given.status, half, given.contentType, given.headers));
      case 'half a document in chunks':
        response.writeHead(given.status, headersOf(given));
        response.write(half);
        response.end();
        return;
      case 'cut off':
        return cutOff(response, given, half, { 'content-length': Buffer.byteLength(given.body) });
      case 'cut off in chunks':
        return cutOff(response, given, half, {});
      case 'reset after the effect':
        response.socket?.resetAndDestroy();
        return;
      case 'no HTTP':
        response.socket?.end('no protocol that anybody speaks\r\n\r\n');
        return;
      case 'HTML 200':
        return sendAnswer(response, new RawAnswer(200, '<html>please log in</html>', 'text/html'));
      case 'HTML 503':
        return sendAnswer(response, new RawAnswer(503, '<html>busy</html>', 'text/html'));
      case 'wrong content type':
        return sendAnswer(response, new RawAnswer(given.status, given.body, 'text/html', given.headers));
      case 'stall before the effect':
        return sendAnswer(response, given);
      case 'stall after the effect':
        await this.stall(response);
        return sendAnswer(response, given);
      case 'stall in the body':
        await begin(response, given, half);
        await this.stall(response);
        response.destroy();
        return;
      case 'trickle':
        await begin(response, given, Buffer.from(' '));
        await this.stall(response, ' ');
        response.destroy();
        return;
      default:
        return sendAnswer(response, DROP_CONNECTION);
    }
  }

  /** Until the other side has gone, or a little of the answer at a time: never idle for long, and never done. */
  private async stall(response: ServerResponse, drop?: string): Promise<void> {
    for (let spent = 0; spent < STALL_MS && !response.destroyed; spent += STEP_MS) {
      if (drop !== undefined) response.write(drop);
      await this.world.clock.sleep(STEP_MS);
      await turn();
    }
  }
}

/** The head and the first part of a body, on their way before anything else happens. */
async function begin(response: ServerResponse, given: RawAnswer, part: Buffer, more: object = {}): Promise<void> {
  response.writeHead(given.status, { ...headersOf(given), ...more });
  await new Promise<void>((resolve) => response.write(part, () => resolve()));
  await turn();
}

async function cutOff(response: ServerResponse, given: RawAnswer, half: Buffer, more: object): Promise<void> {
  await begin(response, given, half, more);
  response.destroy();
}

// Taken at load, so that faked timers cannot stop it.
const realSetImmediate = setImmediate;

/** A few turns of the event loop, in which the other side reads what was sent. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise<void>((resolve) => realSetImmediate(resolve));
}
