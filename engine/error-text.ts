/** What a thrown thing says: its sentence alone. An SDK error carries the whole answer, and that goes nowhere. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
