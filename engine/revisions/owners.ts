import type { RevisionFacts } from './ports';

/**
 * AWS Batch registers and deregisters its own families, by its service-linked role.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/using-service-linked-roles.html
 */
export function isBatchOwned({ registeredBy }: RevisionFacts): boolean {
  return registeredBy?.includes('AWSServiceRoleForBatch') ?? false;
}
