import { visibleText } from './visible-text';

/** One thing wrong with an input: where it stands, the rule it breaks, and the value as it came. */
export interface Fault {
  readonly path: string;
  readonly rule: string;
  readonly got: string;
}

export function faultText({ path, rule, got }: Fault): string {
  return `'${path}' ${rule}, got: ${got}`;
}

/** Of an input that is wrong all over, so many faults are told in words. */
const TOLD = 20;

/** Input that was refused, with all its faults together. */
export class InputError extends Error {
  public readonly faults: readonly Fault[];

  constructor(what: string, faults: readonly Fault[]) {
    const more = faults.length > TOLD ? `; and ${faults.length - TOLD} more` : '';
    super(`${what}: ${faults.slice(0, TOLD).map(faultText).join('; ')}${more}`);
    this.name = 'InputError';
    this.faults = faults;
  }
}

const LONGEST_SHOWN = 80;

/** A value as a fault shows it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return visibleText(typeof value === 'number' ? String(value) : asJson(value), LONGEST_SHOWN);
}

/** A name that came with the input, as a fault shows it. */
export function shownName(name: string): string {
  return visibleText(name, LONGEST_SHOWN);
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, cut) ?? String(value);
  } catch {
    // Nested too deep, in a circle, or a number that JSON has no form for.
    return `a value of type ${typeof value}`;
  }
}

/** Of a long text no more than is shown: who sends a megabyte must not be paid for it. */
function cut(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, LONGEST_SHOWN) : value;
}
