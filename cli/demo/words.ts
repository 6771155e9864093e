import { stripVTControlCharacters } from 'node:util';

/** Narrower than this, tables keep to what matters most. */
export const NARROW = 72;

/** 4,357 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 task`, `2 tasks` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Mon 2 Mar 09:00 */
export function clockTime(ms: number): string {
  return CLOCK.format(ms).replaceAll(',', '');
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** The two largest units of a span: `1 d 3 h`, `14 min 30 s` */
export function span(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms / 1000) * 1000;
  for (const [unit, name] of UNITS) {
    const whole = Math.floor(rest / unit);
    rest -= whole * unit;
    if (whole > 0) parts.push(`${whole} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

/** A text behind what it belongs to, its further lines below its first: each ends at the width, and is styled by itself. */
export function hanging(lead: string, text: string, width: number, style = (line: string) => line): string[] {
  const { length } = stripVTControlCharacters(lead);
  return wrap(text, width - length).map((line, index) => `${index === 0 ? lead : ' '.repeat(length)}${style(line)}`);
}

/** Breaks a text at its spaces, so that no line is longer than the width (unless a word is). */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
