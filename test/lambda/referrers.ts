import type { EcsSimulator, Neighbors, StackSimulator } from '../../simulator';

/** One referrer of every kind, each with what it runs, so that every read of every service has something to read. */
export function seedReferrers(neighbors: Neighbors, ecs: EcsSimulator, runs: string): void {
  const { rules, schedules, pipes, stateMachines, codeDeploy } = neighbors;
  const { partition, region, account } = ecs.environment;
  const taskDefinition = `arn:${partition}:ecs:${region}:${account}:task-definition/${runs}`;
  rules.put({ name: 'nightly', runs: [taskDefinition] });
  rules.put({ name: 'paid', bus: 'orders', runs: [taskDefinition] });
  schedules.put({ name: 'weekly', group: 'reports', runs: { taskDefinition } });
  pipes.put({ name: 'orders', runs: taskDefinition });
  stateMachines.put({ name: 'import', runs: { taskDefinition } });
  stateMachines.publish('import');
  codeDeploy.addApplication('shop');
  codeDeploy.addGroup('shop', 'blue-green');
  codeDeploy.deploy({ application: 'shop', group: 'blue-green', taskDefinition });
}

/** A stack that registers the newest revision of a family that may have others. */
export async function seedOwningStack(stacks: StackSimulator, family: string): Promise<void> {
  const properties = { Family: family, ContainerDefinitions: [{ Name: family, Image: 'nginx', Memory: 64 }] };
  const resources = [{ logicalId: 'Definition', type: 'AWS::ECS::TaskDefinition', properties }];
  await stacks.stack(`${family}-stack`).deploy({ resources });
}
