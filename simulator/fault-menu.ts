/**
 * What can become of a call to ECS. `item missing` is of descriptions alone, where what was asked for is known: a list
 * of names that is one short is merely another list.
 */
export const FAULT_KINDS = [
  // Refusals.
  'access denied',
  'expired credentials',
  'server error',
  'service unavailable',
  'throttle',
  // Answers of status 200 that tell nothing, or not all.
  'empty object',
  'null',
  'text',
  'missing list',
  'null list',
  'wrong type',
  'item of wrong type',
  'item missing',
  'failures',
  'MISSING',
  // The same things, told in another way.
  'duplicate items',
  'shuffled items',
  'short page',
  'empty page',
  // Tokens that lead nowhere.
  'repeated token',
  'token cycle',
  'foreign token',
  'token of wrong type',
  // What a later ECS may say.
  'unknown status',
  'unknown field',
  'unknown extra',
  // Calls and answers that go astray.
  'lost answer',
  'lost call',
  'twice',
  // Time.
  'slow',
  'frozen',
  'stale',
  'skewed dates',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * Kinds that, where they strike a read of references, leave it less than whole, and show it. `MISSING` does of services
 * and tasks; `repeated token` and `token cycle` do when they last.
 */
export const INCOMPLETE_KINDS: ReadonlySet<FaultKind> = new Set([
  'access denied',
  'expired credentials',
  'server error',
  'service unavailable',
  'throttle',
  'empty object',
  'null',
  'text',
  'missing list',
  'null list',
  'wrong type',
  'item of wrong type',
  'item missing',
  'failures',
  'foreign token',
  'token of wrong type',
  'lost answer',
  'lost call',
] as const);
