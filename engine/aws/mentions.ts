import { parseRevision, type Revision } from '../../lib/contract/arn';

/** A revision named somewhere in an answer, and the field that names it. */
export interface Mention {
  readonly revision: Revision;
  readonly field: string;
}

const DEEPEST = 32;

/**
 * Finds every task definition in an answer, in fields known or new: what ECS learns to refer to tomorrow must be kept
 * today. A text counts if the whole of it is the ARN of a revision, or `family:revision` in a field of that name.
 */
export function mentions(value: unknown): Mention[] {
  const found: Mention[] = [];
  walk(value, '', '', 0, found);
  return found;
}

function walk(value: unknown, field: string, key: string, depth: number, found: Mention[]): void {
  if (typeof value === 'string') {
    const names = value.includes(':task-definition/') || /taskdefinition/i.test(key);
    const revision = names ? parseRevision(value) : undefined;
    if (revision) found.push({ revision, field });
  } else if (typeof value === 'object' && value !== null && depth < DEEPEST) {
    for (const [name, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? '[]' : field === '' ? name : `.${name}`;
      walk(inner, field + step, Array.isArray(value) ? key : name, depth + 1, found);
    }
  }
}
