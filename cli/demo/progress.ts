import type { Ink } from './ink';
import type { Tick } from './story';
import { clockTime, count, span } from './words';

/** How far the acting is. */
export interface Progress {
  readonly tick: number;
  readonly now: number;
  readonly done: number;
  readonly of: number;
  /** Deregistrations per second of the function's own time, while it acts. */
  readonly perSecond: number;
}

const BAR = 20;

/** The line that is painted over while the function acts. */
export function progressLine({ tick, now, done, of, perSecond }: Progress, ink: Ink): string {
  const full = of === 0 ? BAR : Math.min(BAR, Math.floor((BAR * done) / of));
  const bar = `${ink.goes('█'.repeat(full))}${ink.faint('░'.repeat(BAR - full))}`;
  const rate = perSecond > 0 ? `${perSecond.toFixed(2)}/s` : 'planning anew';
  return `  ${bar} ${count(done)} of ${count(of)} ${ink.faint('·')} ${clockTime(now)} ${ink.faint('·')} tick ${tick} ${ink.faint('·')} ${rate}`;
}

/** What one tick did until its end, for the record. */
export function tickLine({ number, at, took, answer, total }: Tick, of: number, ink: Ink): string {
  const gone = `${count(answer.deregistered)} gone`.padStart(10);
  const share = `${count(total)} of ${count(of)}`.padStart(14);
  const pace = `${span(took)} at ${((answer.deregistered * 1000) / took).toFixed(2)}/s`;
  return `${atTick(number, at + took, ink)}${ink.goes(gone)} ${share}   ${ink.faint(pace)}`;
}

/** A tick that looked once more at what earlier ones had deregistered. */
export function verifiedLine({ number, at, total, unverified }: Tick, ink: Ink): string {
  const rest = unverified === 0 ? '' : `; ${count(unverified)} to go`;
  return `${atTick(number, at, ink)}  ${ink.good(`verified: nothing refers to ${count(total - unverified)} of these${rest}`)}`;
}

function atTick(number: number, at: number, ink: Ink): string {
  return `  ${clockTime(at)}  ${ink.faint(`tick ${String(number).padEnd(3)}`)}`;
}
