import type { RevisionRecord } from './definition-store';
import { isInHistory, isUnsettled, type ServiceDeployment, type ServiceRecord } from './service-record';
import { lastStatus } from './task-record';
import type { World } from './world';

const RECENT_SUCCESSES = 3;

/**
 * Who needs the revision at this instant, told from the simulator's own state. This walk is the oracle of the tests: it knows
 * nothing of what the API shows, nor of how anybody reads it.
 */
export function referrers(world: World, revision: RevisionRecord): string[] {
  const found = holders(world, revision);
  for (const service of world.services()) {
    if (service.status === 'INACTIVE') continue;
    const recent = service.serviceDeployments
      .filter((deployment) => deployment.status === 'SUCCESSFUL' && isInHistory(deployment, world.now()))
      .slice(-RECENT_SUCCESSES);
    for (const { target, arn } of recent) if (target.definition === revision) found.push(`successful deployment ${arn}`);
  }
  return found;
}

/** What keeps a deletion from ending: tasks, services, deployments, task sets. @see task-definition-state.html */
export function holders(world: World, revision: RevisionRecord): string[] {
  const found: string[] = [];
  for (const service of world.services()) if (service.status !== 'INACTIVE') addService(found, service, revision);
  const now = world.now();
  for (const { tasks } of world.clusters.values()) {
    for (const task of tasks.values()) {
      if (task.definition === revision && lastStatus(task, now) !== 'STOPPED') found.push(`task ${task.arn}`);
    }
  }
  return found;
}

function addService(found: string[], service: ServiceRecord, revision: RevisionRecord): void {
  if (service.definition === revision) found.push(`service ${service.arn}`);
  for (const deployment of service.deployments) {
    if (deployment.revision.definition === revision) found.push(`deployment ${deployment.id} of ${service.arn}`);
  }
  for (const taskSet of service.taskSets) if (taskSet.definition === revision) found.push(`task set ${taskSet.arn}`);
  for (const deployment of service.serviceDeployments) {
    if (isUnsettled(deployment)) addServiceDeployment(found, deployment, revision);
  }
}

function addServiceDeployment(found: string[], deployment: ServiceDeployment, revision: RevisionRecord): void {
  if (deployment.target.definition === revision) found.push(`target of ${deployment.arn}`);
  if (deployment.sources.some(({ definition }) => definition === revision)) found.push(`source of ${deployment.arn}`);
  if (deployment.rollback?.revision.definition === revision) found.push(`rollback of ${deployment.arn}`);
}
