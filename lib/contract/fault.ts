/** One thing wrong with an input: where it stands, the rule it breaks, and the value as it came. */
export interface Fault {
  readonly path: string;
  readonly rule: string;
  readonly got: string;
}

export function faultText({ path, rule, got }: Fault): string {
  return `'${path}' ${rule}, got: ${got}`;
}

/** Input that was refused, with all its faults together. */
export class InputError extends Error {
  public readonly faults: readonly Fault[];

  constructor(what: string, faults: readonly Fault[]) {
    super(`${what}: ${faults.map(faultText).join('; ')}`);
    this.name = 'InputError';
    this.faults = faults;
  }
}

/** A value as a fault shows it: short, on one line. */
export function shown(value: unknown): string {
  const text =
    value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
