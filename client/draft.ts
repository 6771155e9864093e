import type { Command, HoldState, Notice, State } from './protection-state';

/** A state under construction. */
export type Draft = { -readonly [K in keyof State]: State[K] } & { holds: Map<number, HoldState> };

/** What every part of a step is given: the instant, the chance by which waits are spread, and the list of what is to be done. */
export interface Moment {
  readonly now: number;
  readonly chance: number;
  readonly commands: Command[];
}

export function raise(commands: Command[], notice: Notice): void {
  commands.push({ kind: 'raise', notice });
}

export function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
