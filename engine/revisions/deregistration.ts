import { type Revision, revisionName } from '../../lib/contract/arn';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { TaskDefinitions } from './ports';

/**
 * The one place that deregisters. IAM cannot fence this action by family, so this does: whatever a caller asks for,
 * only what the approved plan lets go is let go.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export class Deregistration {
  constructor(
    private readonly plan: PrunePlan,
    private readonly definitions: TaskDefinitions,
  ) {}

  /** @throws Error for a revision that the plan does not let go, before any call */
  public async deregister(revision: Revision): Promise<void> {
    if (!allows(this.plan, revision)) throw new Error(`${revisionName(revision)} is not in the approved plan`);
    await this.definitions.deregister(revision);
  }
}

/** Whether a plan lets a revision go: it was made to act, nothing refuses it, and its verdict says so. */
export function allows(plan: PrunePlan, { family, revision }: Revision): boolean {
  if (plan.settings.mode !== 'DEREGISTER' || plan.request?.planOnly || plan.refusals.length > 0) return false;
  const planned = plan.families.find((candidate) => candidate.family === family);
  const verdict = planned?.verdicts.find(({ from, to }) => from <= revision && revision <= to);
  return verdict?.action === 'deregister' && verdict.reason === 'superseded';
}
