import type { EcsReader, ServiceDeploymentFacts, ServiceFacts, Use } from '../ports';
import type { References } from './references';

/**
 * Deployments that ECS will not touch again. ROLLBACK_FAILED is left out on purpose: somebody still has to mend it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html
 */
const FINAL = new Set(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL']);

/** Their task sets tell what they need; ECS keeps no service deployments for them. */
const WITHOUT_DEPLOYMENTS = new Set(['CODE_DEPLOY', 'EXTERNAL']);

/** What services run, deploy, and may roll back to. */
export async function serviceReferences(
  ecs: EcsReader,
  clusters: readonly string[],
  keepSuccessfulDeployments: number,
  references: References,
): Promise<number> {
  let count = 0;
  for (const cluster of clusters) {
    for (const service of await ecs.services(cluster)) {
      count += 1;
      addUses(references, service.name, service.uses);
      if (service.managedByEcs) {
        holdFamilies(references, service, 'not-managed', `service ${service.name} is run by ECS itself (Express)`);
      }
      await addServiceRevisions(ecs, references, service, service.serviceRevisions, 'current');
      if (!WITHOUT_DEPLOYMENTS.has(service.controller)) {
        await addDeployments(ecs, references, service, keepSuccessfulDeployments);
      }
    }
  }
  return count;
}

async function addDeployments(ecs: EcsReader, references: References, service: ServiceFacts, keep: number): Promise<void> {
  const deployments = await ecs.serviceDeployments(service);
  if (!deployments) {
    holdFamilies(references, service, 'referenced', `service ${service.name}: ECS lists no deployments of it to roll back to`);
    return;
  }
  const unsettled = deployments.filter(({ status }) => !FINAL.has(status));
  const details = unsettled.length > 0 ? await ecs.serviceDeploymentDetails(unsettled.map(({ arn }) => arn)) : new Map();
  for (const { arn, status, target } of unsettled) {
    const detail = details.get(arn);
    if (!detail) {
      holdFamilies(references, service, 'referenced', `service ${service.name}: a deployment in ${status} cannot be described`);
      continue;
    }
    addUses(references, service.name, detail.uses);
    const revisions = target === undefined ? detail.serviceRevisions : [...detail.serviceRevisions, target];
    await addServiceRevisions(ecs, references, service, revisions, `deployment ${status}`);
  }
  const successful = newestFirst(deployments.filter(({ status }) => status === 'SUCCESSFUL')).slice(0, keep);
  const targets = successful.map(({ target }) => target).filter((target) => target !== undefined);
  await addServiceRevisions(ecs, references, service, targets, 'rollback target');
}

async function addServiceRevisions(
  ecs: EcsReader,
  references: References,
  service: ServiceFacts,
  arns: readonly string[],
  how: string,
): Promise<void> {
  if (arns.length === 0) return;
  for (const uses of (await ecs.serviceRevisions([...new Set(arns)])).values()) {
    if (uses) for (const use of uses) references.add(use, `service ${service.name}: ${how}`);
    else
      holdFamilies(
        references,
        service,
        'referenced',
        `service ${service.name}: a service revision (${how}) cannot be described`,
      );
  }
}

function addUses(references: References, service: string, uses: readonly Use[]): void {
  for (const use of uses) references.add(use, `service ${service}: ${use.how}`);
}

/** What cannot be resolved to a revision keeps every family that the service is known to use. */
function holdFamilies(
  references: References,
  service: ServiceFacts,
  reason: 'referenced' | 'not-managed',
  evidence: string,
): void {
  for (const { family } of service.uses) references.hold(family, { reason, evidence });
}

function newestFirst(deployments: readonly ServiceDeploymentFacts[]): ServiceDeploymentFacts[] {
  return [...deployments].sort((a, b) => b.finishedAt - a.finishedAt || (a.arn < b.arn ? -1 : 1));
}
