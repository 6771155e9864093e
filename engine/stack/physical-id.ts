import { createHash } from 'node:crypto';
import { physicalIdOf } from '../../lib/contract/stack-pruning';

/** The same ARNs, in whatever order, give the same id; another revision of one of them gives another. */
export function physicalIdFor(arns: readonly string[]): string {
  return physicalIdOf(
    createHash('sha256')
      .update(JSON.stringify([...new Set(arns)].sort()))
      .digest('hex'),
  );
}
