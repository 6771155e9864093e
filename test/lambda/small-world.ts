import { CANARIES, SimulatedError } from '../../simulator';
import { definitionWithCanaries } from '../../simulator/real-definitions';
import { BUCKET, DAY, ENVIRONMENT, HOUR, type LambdaHost, SETTINGS, World } from './lambda-host';

/** A registration every eight days: what is not among the newest three is older than a week. */
export const REVISIONS = 8;
const KEEP_LATEST = 3;
/** What becomes due: the oldest five of both families, but for what a task runs and what a deployment may roll back to. */
export const DUE = 8;
export const RUN_BY_TASK = 'web:3';
const ROLLBACK_TARGET = 'api:2';

export const SMALL_SETTINGS = {
  ...SETTINGS,
  rules: [{ allFamilies: true, keepLatest: KEEP_LATEST, minAgeMinutes: 7 * 24 * 60 }],
};

/** One cluster, two services (one of them mid-deployment), one task, two families; a canary in every free text. */
export function smallWorld(world = new World()): World {
  const { ecs } = world;
  const now = Date.now();
  const tags = [{ key: 'team', value: CANARIES.tagValue }];
  for (const [family, program] of [
    ['web', 'nginx'],
    ['api', 'tomcat'],
  ] as const) {
    const dates = Array.from({ length: REVISIONS }, (_, index) => ({
      registeredAt: now - (REVISIONS - index) * 8 * DAY,
      tags,
    }));
    ecs.seedFamily(definitionWithCanaries(program, family, ENVIRONMENT), dates);
  }
  ecs.seedCluster('main');
  const cluster = 'main';
  const events = [`unable to place a task: ${CANARIES.serviceEvent}`];
  ecs.seedService({ cluster, name: 'web', taskDefinition: 'web:8', history: ['web:5', 'web:6', 'web:7'], events, tags });
  const service = ecs.seedService({
    cluster,
    name: 'api-deploying',
    taskDefinition: ROLLBACK_TARGET,
    rolloutMs: 1000 * HOUR,
    events,
  });
  ecs.perform('UpdateService', { cluster, service, taskDefinition: 'api:8' });
  const environment = [{ name: 'DATABASE_PASSWORD', value: CANARIES.taskOverrides }];
  const overrides = { containerOverrides: [{ name: 'main', environment }] };
  ecs.seedTask({ cluster, taskDefinition: RUN_BY_TASK, createdAt: now - 9 * HOUR, overrides });
  return world;
}

/** What the first plan of a small world leaves in the ledger: the same for every test of a file. */
let planned: ReadonlyMap<string, string> | undefined;

/** A small world whose first plan is a day old: the next tick deregisters, unless something keeps it from that. */
export async function dueWorld(host: LambdaHost, empty = new World()): Promise<World> {
  host.startAgain();
  host.configure(SMALL_SETTINGS);
  const world = smallWorld(empty);
  host.world = world;
  planned ??= await firstPlan(host);
  for (const [key, text] of planned) world.objects.put(BUCKET, key, text);
  host.time.advanceTo(Date.now() + DAY);
  return world;
}

async function firstPlan(host: LambdaHost): Promise<ReadonlyMap<string, string>> {
  const { answer, error } = await host.invoke();
  if (answer?.outcome !== 'done') throw error ?? new Error(`the first plan of a small world ended ${answer?.outcome}`);
  const { objects } = host.world;
  return new Map(objects.keys(BUCKET).map((key) => [key, objects.text(BUCKET, key) ?? '']));
}

/** As IAM's refusal arrives. */
export function accessDenied(action: string): SimulatedError {
  const who = `arn:aws:sts::${ENVIRONMENT.account}:assumed-role/pruner/pruner`;
  return new SimulatedError('AccessDeniedException', `User: ${who} is not authorized to perform: ecs:${action} on resource: *`);
}
