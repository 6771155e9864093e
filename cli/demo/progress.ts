import type { Ink } from './ink';
import type { Tick } from './story';
import { clockTime, count, hanging, NARROW, span } from './words';

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
/** With hundreds of thousands of revisions. */
const WIDTH_OF_LINE = 80;

/** The line that is painted over while the function acts. */
export function progressLine({ tick, now, done, of, perSecond }: Progress, ink: Ink, width: number): string {
  const isNarrow = width < WIDTH_OF_LINE;
  const length = isNarrow ? BAR / 4 : BAR;
  const full = of === 0 ? length : Math.min(length, Math.floor((length * done) / of));
  const bar = `${ink.goes('█'.repeat(full))}${ink.faint('░'.repeat(length - full))}`;
  const rate = perSecond > 0 ? `${perSecond.toFixed(2)}/s` : isNarrow ? 'planning' : 'planning anew';
  const where = isNarrow ? [] : [clockTime(now), `tick ${tick}`];
  return `  ${bar} ${[`${count(done)} of ${count(of)}`, ...where, rate].join(` ${ink.faint('·')} `)}`;
}

/** What one tick did until its end, for the record. */
export function tickLine({ number, at, took, answer, total }: Tick, of: number, ink: Ink, width: number): string {
  if (width < NARROW) return `  ${clockTime(at + took)}  ${ink.goes(`${count(total)} gone`)} of ${count(of)}`;
  const gone = `${count(answer.deregistered)} gone`.padStart(10);
  const share = `${count(total)} of ${count(of)}`.padStart(14);
  const pace = `${span(took)} at ${((answer.deregistered * 1000) / took).toFixed(2)}/s`;
  return `${atTick(number, at + took, ink)}${ink.goes(gone)} ${share}   ${ink.faint(pace)}`;
}

/** A tick that looked once more at what earlier ones had deregistered. */
export function verifiedLines({ number, at, total, unverified }: Tick, ink: Ink, width: number): string[] {
  const rest = unverified === 0 ? '' : `; ${count(unverified)} to go`;
  const lead = width < NARROW ? `  ${clockTime(at)}  ` : `${atTick(number, at, ink)}  `;
  const text = `verified: nothing refers to ${count(total - unverified)} of these${rest}`;
  return hanging(lead, text, width, (line) => ink.good(line));
}

function atTick(number: number, at: number, ink: Ink): string {
  return `  ${clockTime(at)}  ${ink.faint(`tick ${String(number).padEnd(3)}`)}`;
}
