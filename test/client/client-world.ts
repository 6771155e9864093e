import type { Scheduler } from 'fast-check';
import type { Reply } from '../../client/agent-answer';
import { REQUEST_MS, requestBody } from '../../client/agent-request';
import { holdTerms } from '../../client/hold-terms';
import type { Ports } from '../../client/protection-actor';
import { type ClientSetting, ProtectionClient } from '../../client/protection-client';
import type { Notice, Wish } from '../../client/protection-state';
import { PROTECTION_PATH } from '../../simulator';
import { agentWorld } from '../simulator/agent/agent-world';

export const MINUTE = 60_000;

/** What becomes of a request on its way. */
export type Fate =
  | 'answered'
  /** The effect comes with the next request, or after three seconds; then it is answered. */
  | 'slow'
  /** 200 with `DEPLOYMENT_BLOCKED`. */
  | 'refused'
  | 'throttled'
  | 'rate-limited'
  | 'garbage'
  | 'missing'
  /** The connection closes: without the effect, with it, or with it after the next request. */
  | 'dropped'
  | 'dropped-with-effect'
  | 'dropped-late-effect'
  /** No answer at all within the client's time, by the same three. */
  | 'hangs'
  | 'hangs-with-effect'
  | 'hangs-late-effect'
  | 'error-with-effect'
  | 'timed-out-late-effect';

export const FATES: readonly Fate[] = [
  'answered',
  'slow',
  'refused',
  'throttled',
  'rate-limited',
  'garbage',
  'missing',
  'dropped',
  'dropped-with-effect',
  'dropped-late-effect',
  'hangs',
  'hangs-with-effect',
  'hangs-late-effect',
  'error-with-effect',
  'timed-out-late-effect',
];

export interface SentRequest {
  readonly wish: Wish;
  readonly at: number;
  /** Jobs that held when it was sent. */
  readonly holders: number;
}

export interface Subject {
  readonly protected: boolean;
  hold(options: { expectedMinutes: number; maxMinutes: number }): Promise<{ release(): void }>;
  close?(): Promise<void>;
}

const errorBody = (Code: string) => JSON.stringify({ error: { Arn: 'arn', Code, Message: 'at 10.0.0.1' } });
const failureBody = (Reason: string) => JSON.stringify({ failure: { Arn: 'arn', Detail: null, Reason } });

/** If no next request comes, a late effect comes after this time: ECS keeps no request for longer. */
const LATEST_EFFECT_MS = 30_000;

function onceOnly(effect: () => void): () => void {
  let done = false;
  return () => {
    if (!done) effect();
    done = true;
  };
}

interface Alarm {
  armed: boolean;
  readonly fire: () => void;
}

/** What is due when. Those that were cancelled take no time of the clock. */
class Alarms {
  private entries: { readonly at: number; readonly alarm: Alarm }[] = [];

  get nextAt(): number {
    while (this.entries[0]?.alarm.armed === false) this.entries.shift();
    return this.entries[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, alarm: Alarm): void {
    const place = this.entries.findLastIndex((entry) => entry.at <= at) + 1;
    this.entries.splice(place, 0, { at, alarm });
  }

  take(): Alarm | undefined {
    return this.nextAt < Number.POSITIVE_INFINITY ? this.entries.shift()?.alarm : undefined;
  }

  clear(): void {
    this.entries = [];
  }
}

/** A task with the fake agent beside it, on a clock that jumps from one instant at which something is due to the next. */
export class ClientWorld {
  readonly sent: SentRequest[] = [];
  /** What was promised and not kept. */
  readonly breaches: string[] = [];
  readonly notices: Notice[] = [];
  readonly lines: string[] = [];
  /** What becomes of the coming requests, in their order; those after the last are answered. */
  fates: Fate[] = [];
  holders = 0;
  subject?: Subject;
  private readonly agenda = new Alarms();
  private readonly world = agentWorld();
  private readonly startedAt = this.world.clock.now();
  private late: (() => void)[] = [];
  private inFlight = 0;
  private crashed = false;

  constructor(private readonly scheduler?: Scheduler) {}

  get agent() {
    return this.world.agent;
  }

  /** Milliseconds of the client's own clock, which has nothing to do with that of ECS. */
  get now(): number {
    return this.world.clock.now() - this.startedAt + 5000;
  }

  /** For how long ECS still protects the task, by the simulator's own state. */
  get protectedMs(): number {
    return this.world.minutesLeft() * MINUTE;
  }

  readonly ports: Ports = {
    now: () => this.now,
    chance: () => this.nextChance(),
    arm: (ms, _, wake) => this.after(ms, wake),
    ask: (wish) => this.ask(wish),
  };

  chances: number[] = [0.5];
  private chanceAt = 0;
  private nextChance(): number {
    this.chanceAt += 1;
    return this.chances[this.chanceAt % this.chances.length] ?? 0.5;
  }

  client(setting: Partial<ClientSetting> = {}, ports: Partial<Ports> = {}): ProtectionClient {
    const log = (line: string) => this.lines.push(line);
    const minutes = { defaultMinutes: 30, maxMinutes: 120 };
    const client = new ProtectionClient(
      { releaseAtStart: true, minutes, log, wallTime: () => 0, ...setting },
      { ...this.ports, ...ports },
    );
    for (const name of NOTICES) client.on(name, (notice) => this.notices.push(notice));
    this.subject = client as unknown as Subject;
    return client;
  }

  names(): string[] {
    return this.notices.map(({ name }) => name);
  }

  puts(): SentRequest[] {
    return this.sent.filter(({ wish }) => wish.kind !== 'read');
  }

  after(ms: number, wake: () => void): () => void {
    const entry = { armed: true, fire: wake };
    this.agenda.add(this.now + ms, entry);
    return () => {
      entry.armed = false;
    };
  }

  /** The process is gone: nothing of it is heard any more, but what it has sent takes effect. */
  crash(): void {
    for (const effect of this.late.splice(0)) effect();
    this.crashed = true;
    this.subject = undefined;
    this.agenda.clear();
  }

  /** Somebody else writes the task's protection, through the ECS API. */
  async elsewhere(protectionEnabled: boolean, minutes?: number): Promise<void> {
    await this.agent.handle({
      method: 'PUT',
      path: PROTECTION_PATH,
      body: JSON.stringify({ ProtectionEnabled: protectionEnabled, ExpiresInMinutes: minutes }),
    });
  }

  /** Lets promises run, then looks whether what the client says is so. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.look();
  }

  async runFor(ms: number): Promise<void> {
    const end = this.now + ms;
    await this.settle();
    while (this.nextAt <= end) await this.next();
    this.advanceTo(end);
    await this.settle();
  }

  get isIdle(): boolean {
    return this.nextAt === Number.POSITIVE_INFINITY;
  }

  private get nextAt(): number {
    return this.agenda.nextAt;
  }

  /** Goes on to the next instant at which something is due. */
  async next(): Promise<void> {
    this.advanceTo(this.nextAt);
    this.look();
    this.agenda.take()?.fire();
    await this.settle();
  }

  private advanceTo(instant: number): void {
    this.world.clock.advance(Math.max(0, instant - this.now));
  }

  private look(): void {
    if (!this.subject?.protected) return;
    // What is said now is said up to the next instant, and a minute beyond.
    if (this.protectedMs < MINUTE - 1) this.breaches.push(`at ${this.now}: says protected, and ECS has ${this.protectedMs} ms`);
  }

  private async ask(wish: Wish): Promise<Reply> {
    if (this.crashed) return new Promise(() => {});
    const fate = this.fates.shift() ?? 'answered';
    this.note(wish);
    this.inFlight += 1;
    const late = this.late;
    this.late = [];
    const reply = new Promise<Reply>((resolve) => {
      const disarm = this.after(REQUEST_MS, () => resolve({ failed: 'Timeout' }));
      void this.deliver(wish, fate).then((given) => {
        for (const effect of late) effect();
        if (!given) return;
        disarm();
        resolve(given);
      });
    });
    const given = await reply;
    await this.scheduler?.schedule(Promise.resolve(), `${wish.kind} ${fate}`);
    this.inFlight -= 1;
    if (this.crashed) return new Promise(() => {});
    return given;
  }

  private note(wish: Wish): void {
    const earlier = this.puts().at(-1);
    if (wish.kind !== 'read' && earlier && this.now < earlier.at + 5000) this.breaches.push(`at ${this.now}: two PUTs in 5 s`);
    if (wish.kind === 'release' && this.holders > 0) this.breaches.push(`at ${this.now}: a release under a holder`);
    if (this.inFlight > 0) this.breaches.push(`at ${this.now}: two requests at once`);
    this.sent.push({ wish, at: this.now, holders: this.holders });
  }

  private async deliver(wish: Wish, fate: Fate): Promise<Reply | undefined> {
    const effect = () => this.agentSays(wish);
    const later = () => {
      const once = onceOnly(() => void effect());
      this.late.push(once);
      this.after(LATEST_EFFECT_MS, once);
    };
    switch (fate) {
      case 'answered':
        return effect();
      case 'slow':
        return new Promise((resolve) => {
          const once = onceOnly(() => resolve(effect()));
          this.late.push(once);
          this.after(3000, once);
        });
      case 'refused':
        return wish.kind === 'protect' ? { status: 200, body: failureBody('DEPLOYMENT_BLOCKED') } : effect();
      case 'missing':
        return { status: 200, body: failureBody('MISSING') };
      case 'throttled':
        return { status: 400, body: errorBody('ThrottlingException') };
      case 'rate-limited':
        return { status: 429, body: 'You have reached maximum request limit.' };
      case 'garbage':
        await effect();
        return { status: 200, body: '{"protection":{' };
      case 'error-with-effect':
        await effect();
        return { status: 500, body: errorBody('ServerException') };
      case 'timed-out-late-effect':
        later();
        return { status: 504, body: errorBody('RequestCanceled') };
      default:
    }
    if (fate.endsWith('with-effect')) await effect();
    if (fate.endsWith('late-effect')) later();
    return fate.startsWith('dropped') ? { failed: 'ECONNRESET' } : undefined;
  }

  private async agentSays(wish: Wish): Promise<Reply> {
    const body = requestBody(wish) ?? '';
    const answer = await this.agent.handle({ method: body ? 'PUT' : 'GET', path: PROTECTION_PATH, body });
    return answer === 'dropped' ? { failed: 'ECONNRESET' } : { status: answer.status, body: answer.body };
  }
}

const NOTICES = [
  'ready',
  'protected',
  'released',
  'draining',
  'resumed',
  'refused',
  'waiting',
  'at-risk',
  'lost',
  'failed',
  'release-failed',
  'unreadable',
  'unavailable',
] as const satisfies readonly Notice['name'][];

export const terms = (expectedMinutes: number, maxMinutes: number) =>
  holdTerms({ expectedMinutes, maxMinutes }, { defaultMinutes: 30, maxMinutes: 2880 });
