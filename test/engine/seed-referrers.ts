import type { Neighbors } from '../../simulator';

/**
 * Puts some of every kind beside ECS into an account, and more than a page of everything.
 *
 * @param pinned the ARN of each of ten revisions, by numbers from 1; each is kept by one thing alone
 * @param newest the ARN of one that is kept anyway
 */
export function seedReferrers(neighbors: Neighbors, pinned: (place: number) => string, newest: string): void {
  const { rules, schedules, pipes, stateMachines, codeDeploy } = neighbors;
  rules.put({ name: 'nightly', runs: [newest, pinned(1)] });
  rules.put({ name: 'hourly', runs: [newest] });
  rules.put({ name: 'orders', bus: 'orders', runs: [pinned(2)] });
  schedules.put({ name: 'nightly', runs: { taskDefinition: pinned(3) } });
  schedules.put({ name: 'hourly', group: 'jobs', runs: { taskDefinition: pinned(4), form: 'JSON in JSON' } });
  pipes.put({ name: 'in', runs: pinned(5) });
  const InputTemplate = JSON.stringify({ taskDefinition: pinned(6) });
  pipes.put({ name: 'out', more: { TargetParameters: { InputTemplate } }, pins: [pinned(6)] });
  stateMachines.put({ name: 'nightly', runs: { taskDefinition: pinned(7) } });
  stateMachines.publish('nightly');
  stateMachines.put({ name: 'nightly', runs: { taskDefinition: pinned(8) } });
  stateMachines.publish('nightly');
  stateMachines.put({ name: 'hourly', runs: { taskDefinition: pinned(8) } });
  codeDeploy.deploy({ application: 'shop', group: 'blue', taskDefinition: pinned(9) });
  codeDeploy.deploy({ application: 'shop', group: 'green', taskDefinition: newest, status: 'InProgress' });
  codeDeploy.deploy({ application: 'shop', group: 'deleted', taskDefinition: pinned(10), status: 'Ready' });
  codeDeploy.deleteGroup('shop', 'deleted');
  codeDeploy.deploy({ application: 'tools', group: 'main', taskDefinition: newest });
}
