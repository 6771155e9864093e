/** A deregistration or deletion that took effect, with the world as it stood at that instant. */
export interface DestructiveCall {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: 'DeregisterTaskDefinition' | 'DeleteTaskDefinitions';
  readonly family: string;
  readonly revision: number;
  readonly statusBefore: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  /** Who needed it, from the simulator's own state; empty when nobody did. */
  readonly referencedBy: readonly string[];
  /** Whether it was the newest ACTIVE revision of its family. */
  readonly newestActive: boolean;
  /** How many newer ACTIVE revisions its family had. */
  readonly newerActive: number;
  readonly ageMinutes: number;
  /** The keys of its tags. */
  readonly tags: readonly string[];
}

export interface CallCount {
  /** Every call that arrived, whatever became of it. */
  calls: number;
  throttles: number;
}

/** What was asked of the simulator: the oracle of a test, rather than what the tested program says of itself. */
export class CallLog {
  readonly counts = new Map<string, CallCount>();
  /** Told of every call as it arrives, and what it asks for. */
  heard: ((action: string, input: Readonly<Record<string, unknown>>) => void) | undefined;
  private readonly acts: DestructiveCall[] = [];

  get destructive(): readonly DestructiveCall[] {
    return this.acts;
  }

  /** How often each action was called. */
  get calls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.counts].map(([action, { calls }]) => [action, calls]));
  }

  /** Counts a call, and says the how-manieth of its action it is. */
  count(action: string, input: Readonly<Record<string, unknown>> = {}): number {
    this.heard?.(action, input);
    const count = this.of(action);
    count.calls += 1;
    return count.calls;
  }

  countThrottle(action: string): void {
    this.of(action).throttles += 1;
  }

  record(act: DestructiveCall): void {
    this.acts.push(act);
  }

  clear(): void {
    this.counts.clear();
    this.acts.length = 0;
  }

  private of(action: string): CallCount {
    const known = this.counts.get(action);
    if (known) return known;
    const count = { calls: 0, throttles: 0 };
    this.counts.set(action, count);
    return count;
  }
}
