import { parseRevision, type Revision } from '../../lib/contract/arn';

/** A revision named somewhere in an answer, and the field that names it. */
export interface Mention {
  readonly revision: Revision;
  readonly field: string;
  /** As the answer spells it. */
  readonly text: string;
}

interface Place {
  readonly value: unknown;
  readonly field: string;
  /** The name of the field alone; of a list’s items, that of the list. */
  readonly key: string;
}

/**
 * Finds every task definition in an answer, in fields known or new: what ECS learns to refer to tomorrow must be kept
 * today. A text counts if the whole of it is the ARN of a revision, or `family:revision` in a field of that name.
 */
export function mentions(answer: unknown): Mention[] {
  const found: Mention[] = [];
  // A list of what is still to be looked at, not recursion: however deep an answer is, all of it is read.
  const waiting: Place[] = [{ value: answer, field: '', key: '' }];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { value, field, key } = place;
    if (typeof value === 'string') {
      const names = value.includes(':task-definition/') || /taskdefinition/i.test(key);
      const revision = names ? parseRevision(value) : undefined;
      if (revision) found.push({ revision, field, text: value });
    } else if (typeof value === 'object' && value !== null) {
      for (const inner of inside(value, field, key).reverse()) waiting.push(inner);
    }
  }
  return found;
}

function inside(value: object, field: string, key: string): Place[] {
  if (Array.isArray(value)) return value.map((item) => ({ value: item, field: `${field}[]`, key }));
  return Object.entries(value).map(([name, inner]) => ({
    value: inner,
    field: field === '' ? name : `${field}.${name}`,
    key: name,
  }));
}
