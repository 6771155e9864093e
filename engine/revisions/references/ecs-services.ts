import type { EcsReader, ServiceDeploymentFacts, ServiceFacts } from '../ports';
import type { Hold, References } from './references';

/**
 * Deployments that ECS will not touch again. ROLLBACK_FAILED is left out on purpose: somebody still has to mend it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html
 */
const FINAL = new Set(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL']);

/** Their task sets tell what they need; ECS keeps no service deployments for them. */
const WITHOUT_DEPLOYMENTS = new Set(['CODE_DEPLOY', 'EXTERNAL']);

/** Known fields by name; a field that is newer than this release is told by its path. */
const WORDS: Readonly<Record<string, string>> = {
  taskDefinition: 'task definition',
  'deployments[].taskDefinition': 'deployment',
  'taskSets[].taskDefinition': 'task set',
};

/** A service revision or a service deployment that a service needs, still to be looked up. */
interface Wanted {
  readonly arn: string;
  readonly service: ServiceFacts;
  readonly how: string;
}

/**
 * What services run, deploy, and may roll back to. Look-ups are gathered over all services, and asked in full batches.
 *
 * @param going ARNs of services that are being deleted together with what they run: they keep nothing
 */
export async function serviceReferences(
  ecs: EcsReader,
  clusters: readonly string[],
  keepSuccessfulDeployments: number,
  references: References,
  going: ReadonlySet<string> = new Set(),
): Promise<number> {
  const services: ServiceFacts[] = [];
  for (const cluster of clusters) services.push(...(await ecs.services(cluster)));
  const staying = services.filter(({ arn }) => !going.has(arn));
  const revisions: Wanted[] = [];
  const deployments: Wanted[] = [];
  for (const service of staying) {
    for (const use of service.uses) references.add(use, `service ${service.name}: ${WORDS[use.how] ?? use.how}`);
    for (const arn of service.serviceRevisions) revisions.push({ arn, service, how: 'current revision' });
    if (service.managedByEcs) {
      hold(references, service, { reason: 'not-managed', evidence: `service ${service.name} is run by ECS itself (Express)` });
    }
    if (WITHOUT_DEPLOYMENTS.has(service.controller)) continue;
    const known = await ecs.serviceDeployments(service);
    if (!known) holdFor(references, service, 'ECS lists no deployments of it to roll back to');
    for (const { arn, status } of known ?? []) {
      if (!FINAL.has(status)) deployments.push({ arn, service, how: `deployment ${status}` });
    }
    for (const arn of rollbackTargets(known ?? [], keepSuccessfulDeployments)) {
      revisions.push({ arn, service, how: 'rollback target' });
    }
  }
  revisions.push(...(await unsettledRevisions(ecs, deployments, references)));
  await addServiceRevisions(ecs, revisions, references);
  return services.length;
}

/** The service revisions that a deployment under way comes from, goes to, or rolls back to. */
async function unsettledRevisions(ecs: EcsReader, deployments: readonly Wanted[], references: References): Promise<Wanted[]> {
  const details = await ecs.serviceDeploymentDetails(deployments.map(({ arn }) => arn));
  const found: Wanted[] = [];
  for (const { arn, service, how } of deployments) {
    const detail = details.get(arn);
    if (!detail) holdFor(references, service, `a ${how} cannot be described`);
    for (const use of detail?.uses ?? []) references.add(use, `service ${service.name}: ${use.how}`);
    for (const revision of detail?.serviceRevisions ?? []) found.push({ arn: revision, service, how });
  }
  return found;
}

async function addServiceRevisions(ecs: EcsReader, wanted: readonly Wanted[], references: References): Promise<void> {
  const known = await ecs.serviceRevisions([...new Set(wanted.map(({ arn }) => arn))]);
  for (const { arn, service, how } of wanted) {
    const uses = known.get(arn);
    if (!uses) holdFor(references, service, `a service revision (${how}) cannot be described`);
    for (const use of uses ?? []) references.add(use, `service ${service.name}: ${how}`);
  }
}

function rollbackTargets(deployments: readonly ServiceDeploymentFacts[], keep: number): string[] {
  // A list that grows while it is paged tells some twice: each counts once, or it would take an older one's place.
  return [...new Map(deployments.map((deployment) => [deployment.arn, deployment])).values()]
    .filter(({ status }) => status === 'SUCCESSFUL')
    .sort((a, b) => b.finishedAt - a.finishedAt || (a.arn < b.arn ? -1 : 1))
    .slice(0, keep)
    .map(({ target }) => target)
    .filter((target) => target !== undefined);
}

/** What cannot be resolved to a revision keeps every family that the service is known to use. */
function holdFor(references: References, service: ServiceFacts, why: string): void {
  hold(references, service, { reason: 'referenced', evidence: `service ${service.name}: ${why}` });
}

function hold(references: References, service: ServiceFacts, because: Hold): void {
  for (const { family } of service.uses) references.hold(family, because);
}
