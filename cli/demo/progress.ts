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
  const rate = perSecond > 0 ? ` ${ink.faint('·')} ${perSecond.toFixed(2)}/s` : '';
  return `  ${bar} ${count(done)} of ${count(of)} ${ink.faint('·')} ${clockTime(now)} ${ink.faint('·')} tick ${tick}${rate}`;
}

/** What one tick did, for the record. */
export function tickLine({ number, at, took, answer, total }: Tick, of: number, ink: Ink): string {
  const done = count(answer.deregistered).padStart(5);
  const share = `${count(total)} of ${count(of)}`.padStart(15);
  const end = answer.ended === 'deadline' ? 'until its time was up' : answer.ended;
  return `  ${clockTime(at)}  ${ink.faint(`tick ${String(number).padEnd(3)}`)} ${ink.goes(done)} ${ink.faint('→')} ${share}   ${ink.faint(`${span(took)}, ${end}`)}`;
}
