import { visibleText } from '../lib/contract/visible-text';

const LONGEST = 10_000;

/** What a thrown thing says: its sentence alone. An SDK error carries the whole answer, and that goes nowhere. */
export function errorText(error: unknown): string {
  return visibleText(error instanceof Error ? error.message : String(error), LONGEST);
}
