import { CANARIES, SimulatedError } from '../../simulator';
import { definitionWithCanaries } from '../../simulator/real-definitions';
import { DAY, ENVIRONMENT, HOUR, type LambdaHost, World } from './lambda-host';

/** A registration a day, the newest a day ago: of 20 revisions 13 are older than a week. */
export const REVISIONS = 20;
/** What becomes due: the oldest ten of both families, but for what a task runs and what a deployment may roll back to. */
export const DUE = 18;
export const RUN_BY_TASK = 'web:3';
export const ROLLBACK_TARGET = 'api:2';
export const SERVICE_IN_DEPLOYMENT = 'api-deploying';

/** One cluster, two services (one of them mid-deployment), one task, two families; a canary in every free text. */
export function smallWorld(world = new World()): World {
  const { ecs } = world;
  const now = Date.now();
  const tags = [{ key: 'team', value: CANARIES.tagValue }];
  for (const [family, program] of [
    ['web', 'nginx'],
    ['api', 'tomcat'],
  ] as const) {
    const dates = Array.from({ length: REVISIONS }, (_, index) => ({ registeredAt: now - (REVISIONS - index) * DAY, tags }));
    ecs.seedFamily(definitionWithCanaries(program, family, ENVIRONMENT), dates);
  }
  ecs.seedCluster('main');
  const cluster = 'main';
  const events = [`unable to place a task: ${CANARIES.serviceEvent}`];
  ecs.seedService({ cluster, name: 'web', taskDefinition: 'web:20', history: ['web:18', 'web:19'], events, tags });
  const service = ecs.seedService({
    cluster,
    name: SERVICE_IN_DEPLOYMENT,
    taskDefinition: ROLLBACK_TARGET,
    rolloutMs: 1000 * HOUR,
    events,
  });
  ecs.perform('UpdateService', { cluster, service, taskDefinition: 'api:20' });
  const environment = [{ name: 'DATABASE_PASSWORD', value: CANARIES.taskOverrides }];
  const overrides = { containerOverrides: [{ name: 'main', environment }] };
  ecs.seedTask({ cluster, taskDefinition: RUN_BY_TASK, createdAt: now - 9 * HOUR, overrides });
  return world;
}

/** A small world whose first plan is a day old: the next tick deregisters, unless something keeps it from that. */
export async function dueWorld(host: LambdaHost, world = smallWorld()): Promise<World> {
  host.world = world;
  const { answer, error } = await host.invoke();
  if (answer?.outcome !== 'done') throw error ?? new Error(`the first plan of a small world ended ${answer?.outcome}`);
  host.time.advanceTo(host.time.now() + DAY);
  return world;
}

/** As IAM's refusal arrives. */
export function accessDenied(action: string): SimulatedError {
  const who = `arn:aws:sts::${ENVIRONMENT.account}:assumed-role/pruner/pruner`;
  return new SimulatedError('AccessDeniedException', `User: ${who} is not authorized to perform: ecs:${action} on resource: *`);
}
