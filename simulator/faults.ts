import type { Intercept } from './ecs-simulator';
import { effectOf, type Moment } from './fault-effects';
import { FAULT_KINDS, type FaultKind } from './fault-menu';
import { FaultSchedule, type Planned, type Struck } from './fault-schedule';
import type { Input } from './input';
import { Random } from './random';

export type PlannedFault = Planned<FaultKind>;
export type StruckCall = Struck<FaultKind>;

export interface FaultWorld {
  readonly clock: { now(): number; sleep(ms: number): Promise<void>; advance(ms: number): void };
  /** What is left to chance (which item, how long) repeats with it. */
  readonly seed: number;
  /** The ARN of a task definition revision that an unknown field names. @default one of those that were listed */
  readonly mention?: string;
  /** The member of an action's answer that the call is for. @default the first */
  readonly resultOf?: (action: string) => string | undefined;
  /** The member with a page's token, in requests and answers alike. @default 'nextToken' */
  readonly token?: string;
}

/** How much older than now a stale answer may be. */
const STALE_MS = 10 * 60_000;
const SKEW_MS = 15 * 60_000;

/**
 * Stands before a simulator and makes calls fail as planned. What it does follows from the plan, the seed and the calls
 * alone.
 *
 * @example
 * const face = new FaultFace([{ kind: 'throttle', action: 'ListTasks', from: 2, times: 3 }], { clock, seed: 1 });
 * ecs.intercept = face.intercept;
 */
export class FaultFace {
  /** How often each kind made a difference. */
  readonly hits: ReadonlyMap<FaultKind, number>;
  readonly struck: readonly StruckCall[];
  /** What unknown fields have named so far, and when first. */
  readonly mentioned: ReadonlyMap<string, number> = new Map();
  /** How far the dates of answers are off, in milliseconds. */
  readonly skewMs: number;
  private readonly schedule: FaultSchedule<FaultKind>;
  private readonly random: Random;
  private readonly token: string;
  private readonly listed: string[] = [];
  private mention: string | undefined;
  /** Tokens of the face's own, and the page that each leads to. */
  private readonly tokens = new Map<string, unknown>();
  private readonly earlier = new Map<string, { readonly at: number; readonly answer: unknown }[]>();

  constructor(
    private readonly plan: readonly PlannedFault[],
    private readonly world: FaultWorld,
  ) {
    this.schedule = new FaultSchedule(FAULT_KINDS, plan, world.clock);
    this.hits = this.schedule.hits;
    this.struck = this.schedule.struck;
    this.random = new Random(world.seed);
    this.token = world.token ?? 'nextToken';
    this.skewMs = (this.random.chance(0.5) ? 1 : -1) * (1 + this.random.below(SKEW_MS));
  }

  readonly intercept: Intercept = ({ action, input }, answer) => {
    const { kinds, hit } = this.schedule.arrive(action);
    this.followToken(input);
    const asked = JSON.stringify(input);
    let given = async () => this.remember(action, asked, await answer());
    for (const kind of kinds) {
      const inner = given;
      given = () => effectOf(kind)(this.moment(action, input, asked, inner, () => hit(kind)));
    }
    return given();
  };

  private moment(action: string, input: Input, asked: string, answer: () => Promise<unknown>, hit: () => void): Moment {
    const { clock, resultOf } = this.world;
    return {
      action,
      input,
      answer,
      token: this.token,
      resultOf: (given) => resultOf?.(action) ?? Object.keys(given)[0] ?? '',
      hit,
      clock,
      random: this.random,
      skewMs: this.skewMs,
      mention: () => this.mentionOne(),
      stale: () => this.earlier.get(action + asked)?.find(({ at }) => at >= clock.now() - STALE_MS)?.answer,
      tokenTo: (name) => {
        const token = `${name} token of ${action}`;
        this.tokens.set(token, input[this.token]);
        return token;
      },
    };
  }

  /** The simulator knows only tokens of its own. */
  private followToken(input: Input): void {
    const given = input[this.token];
    if (typeof given !== 'string' || !this.tokens.has(given)) return;
    const token = this.tokens.get(given);
    if (token === undefined) delete input[this.token];
    else input[this.token] = token;
  }

  private remember(action: string, asked: string, answer: unknown): unknown {
    const { taskDefinitionArns: arns } = (answer ?? {}) as { taskDefinitionArns?: unknown };
    if (this.mention === undefined && Array.isArray(arns)) this.listed.push(...arns);
    if (this.plan.some(({ kind }) => kind === 'stale')) {
      const now = this.world.clock.now();
      const known = this.earlier.get(action + asked) ?? [];
      const young = known.filter(({ at }) => at >= now - STALE_MS);
      this.earlier.set(action + asked, [...young, { at: now, answer }]);
    }
    return answer;
  }

  private mentionOne(): string | undefined {
    if (this.listed.length === 0 && this.world.mention === undefined) return undefined;
    this.mention ??= this.world.mention ?? this.random.pick(this.listed);
    const mentioned = this.mentioned as Map<string, number>;
    if (!mentioned.has(this.mention)) mentioned.set(this.mention, this.world.clock.now());
    return this.mention;
  }
}
