/** The number that was meant, be it given as one or as text, as CloudFormation and EventBridge make it; anything else is NaN. */
export function givenNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
