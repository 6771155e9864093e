/** One fault on its way, as plain data. */
export interface Planned<Kind extends string> {
  readonly kind: Kind;
  /** @default any action */
  readonly action?: string;
  /** From which call of the action on, counted from when the face was made; 1 is the first. */
  readonly from: number;
  /** How many calls in a row. `Number.POSITIVE_INFINITY` never ends. */
  readonly times: number;
}

/** A call that a fault made a difference to. */
export interface Struck<Kind extends string> {
  readonly action: string;
  /** The how-manieth call of its action, from 1. */
  readonly attempt: number;
  readonly kind: Kind;
  /** When it arrived, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Arrival<Kind extends string> {
  /** What is planned for this call. */
  readonly kinds: readonly Kind[];
  /** To be told when a fault makes a difference; once is enough. */
  hit(kind: Kind): void;
}

/** Which call is struck by what, and what came of it. */
export class FaultSchedule<Kind extends string> {
  readonly hits: ReadonlyMap<Kind, number>;
  readonly struck: readonly Struck<Kind>[] = [];
  private readonly calls = new Map<string, number>();
  private all = 0;

  constructor(
    menu: readonly Kind[],
    private readonly plan: readonly Planned<Kind>[],
    private readonly clock: { now(): number },
  ) {
    this.hits = new Map(menu.map((kind) => [kind, 0]));
  }

  /** Counts a call. */
  arrive(action: string): Arrival<Kind> {
    const attempt = (this.calls.get(action) ?? 0) + 1;
    this.calls.set(action, attempt);
    this.all += 1;
    const at = this.clock.now();
    const isDue = ({ action: only, from, times }: Planned<Kind>) => {
      const place = only === undefined ? this.all : attempt;
      return (only === undefined || only === action) && place >= from && place < from + times;
    };
    const told = new Set<Kind>();
    const hit = (kind: Kind) => {
      if (told.has(kind)) return;
      told.add(kind);
      (this.hits as Map<Kind, number>).set(kind, (this.hits.get(kind) ?? 0) + 1);
      (this.struck as Struck<Kind>[]).push({ action, attempt, kind, at });
    };
    return { kinds: this.plan.filter(isDue).map(({ kind }) => kind), hit };
  }
}
