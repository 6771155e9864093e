import { parseRevision, type Revision } from '../../../lib/contract/arn';
import type { CustomResourcePort } from '../../../simulator/cloudformation/custom-resource';
import type { Happening } from '../../../simulator/cloudformation/journal';
import type { DeployOptions } from '../../../simulator/cloudformation/operation';
import type { StackClock } from '../../../simulator/cloudformation/resource-kinds';
import { StackSimulator } from '../../../simulator/cloudformation/stack-simulator';
import type { StackStatus } from '../../../simulator/cloudformation/statuses';
import { EcsSimulator } from '../../../simulator/ecs-simulator';
import { Random } from '../../../simulator/random';
import { SimulatedError } from '../../../simulator/simulated-error';
import type { ExampleStack } from './example-stack';
import { type Moment, momentOf, withoutRepeats } from './moments';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What happens between the deployments, and when: the seed decides. */
export interface Script {
  readonly seed: number;
  /** How many revisions a pipeline registers before each deployment. */
  readonly registered: readonly [number, number, number];
  readonly daysBetween: number;
}

export function scriptOf(seed: number): Script {
  const random = new Random(seed);
  return { seed, registered: [3 + random.below(2), 2 + random.below(2), random.below(2)], daysBetween: 1 + random.below(4) };
}

export interface StackWorld {
  readonly clock: StackClock;
  readonly ecs: EcsSimulator;
  readonly stacks: StackSimulator;
  /** Told at once of everything that happens. */
  watch: ((happening: Happening) => void) | undefined;
}

/** A world of its own; the function behind the custom resource is found when the first request comes. */
export function newWorld(clock: StackClock, seed: number, port: () => CustomResourcePort): StackWorld {
  // AWS takes up to ten minutes until a deregistration bites; here it does at once, and always.
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, seed, deregistrationLagMinutes: 0 });
  const world: { watch: StackWorld['watch'] } = { watch: undefined };
  const stacks = new StackSimulator({
    ecs,
    clock,
    seed,
    customResource: (event) => port()(event),
    observe: (happening) => world.watch?.(happening),
  });
  return Object.assign(world, { clock, ecs, stacks });
}

export interface Deployment {
  readonly number: number;
  readonly at: number;
  readonly image: string;
  /** `undefined`: CloudFormation did not begin. */
  readonly ended: StackStatus | undefined;
  readonly refusal: string | undefined;
  readonly happenings: readonly Happening[];
  readonly moments: readonly Moment[];
}

export interface Life {
  /** What the stack and ECS held when the first deployment began. */
  readonly before: readonly Moment[];
  readonly deployments: readonly Deployment[];
  readonly happenings: readonly Happening[];
  /** Every revision that there ever was. */
  readonly revisions: readonly number[];
}

/** A stack that was created some days ago, and three deployments: the second one fails. */
export async function playLife(example: ExampleStack, script: Script, world: StackWorld): Promise<Life> {
  const { clock, ecs, stacks } = world;
  const stack = stacks.stack(example.name);
  const { entries } = stacks.journal;
  const now = (label: string): Moment => ({ at: clock.now(), label, ...seen(example, world) });

  await stack.deploy(templateAt(example, 0));
  const before = [now('the stack is created')];
  const deployments: Deployment[] = [];
  for (const [place, registered] of script.registered.entries()) {
    await clock.advance(DAY * script.daysBetween);
    for (let made = 0; made < registered; made += 1) {
      register(ecs, example.family);
      await clock.advance(2 * HOUR);
    }
    const pipeline = registered > 0 ? [now(`a pipeline registered ${registered}`)] : [];
    const moments = place === 0 ? [] : pipeline;
    if (place === 0) before.push(...pipeline);
    await clock.advance(DAY);
    const [at, from] = [clock.now(), entries.length];
    const isToFail = place === 1;
    world.watch = (happening) => {
      const label = momentOf(happening, example);
      if (label) moments.push(now(label));
    };
    const { ended, refusal } = await deploy(example, world, templateAt(example, place + 1), isToFail);
    world.watch = undefined;
    const happenings = entries.slice(from);
    const image = imageOf(example, place + 1);
    deployments.push({ number: place + 1, at, image, ended, refusal, happenings, moments: withoutRepeats(moments, before) });
  }
  return { before, deployments, happenings: entries, revisions: allRevisions(ecs, example.family) };
}

/** The moment after the last deployment, and every revision that the service has run. */
export function endOf({ before, deployments }: Life): {
  readonly active: readonly number[];
  readonly ran: ReadonlySet<number>;
} {
  const moments = [...before, ...deployments.flatMap((one) => one.moments)];
  return { active: moments.at(-1)?.active ?? [], ran: new Set(moments.flatMap(({ running }) => running)) };
}

function templateAt({ templates }: ExampleStack, place: number) {
  const template = templates[place];
  if (!template) throw new Error(`there is no template ${place}`);
  return template;
}

function imageOf(example: ExampleStack, place: number): string {
  const definition = templateAt(example, place).resources.find(({ logicalId }) => logicalId === example.ids.taskDefinition);
  const containers = (definition?.properties?.ContainerDefinitions ?? []) as readonly { readonly Image: string }[];
  return containers[0]?.Image ?? '';
}

async function deploy(
  { name, ids }: ExampleStack,
  { stacks }: StackWorld,
  template: ExampleStack['templates'][number],
  isToFail: boolean,
): Promise<{ readonly ended: StackStatus | undefined; readonly refusal: string | undefined }> {
  const breaker = { logicalId: ids.service, during: 'forward', when: 'before', what: 'circuit-breaker' } as const;
  const options: DeployOptions = isToFail ? { faults: [breaker] } : {};
  try {
    return { ended: await stacks.stack(name).deploy(template, options), refusal: undefined };
  } catch (error) {
    if (!(error instanceof SimulatedError)) throw error;
    return { ended: undefined, refusal: error.message };
  }
}

function register(ecs: EcsSimulator, family: string): void {
  const containerDefinitions = [{ name: 'web', image: 'public.ecr.aws/nginx/nginx:nightly', memory: 512 }];
  ecs.perform('RegisterTaskDefinition', { family, containerDefinitions });
}

/** What ECS says at this instant. */
function seen({ family, ids }: ExampleStack, { ecs, stacks }: StackWorld): Pick<Moment, 'active' | 'known' | 'running'> {
  const service = stacks.physicalIdOf(ids.service);
  return {
    active: listed(ecs, family, 'ACTIVE'),
    known: allRevisions(ecs, family),
    running: service === undefined ? [] : runsIn(ecs, service),
  };
}

function runsIn(ecs: EcsSimulator, service: string): readonly number[] {
  const cluster = service.split('/').at(-2);
  const { services } = ecs.perform('DescribeServices', { cluster, services: [service] }) as {
    readonly services: readonly {
      readonly deployments: readonly { readonly taskDefinition: string; readonly runningCount: number }[];
    }[];
  };
  const deployments = services.flatMap((one) => one.deployments).filter(({ runningCount }) => runningCount > 0);
  return numbers(deployments.map(({ taskDefinition }) => taskDefinition));
}

function allRevisions(ecs: EcsSimulator, family: string): readonly number[] {
  return [...listed(ecs, family, 'ACTIVE'), ...listed(ecs, family, 'INACTIVE')].sort((a, b) => a - b);
}

function listed(ecs: EcsSimulator, familyPrefix: string, status: string): readonly number[] {
  const answer = ecs.perform('ListTaskDefinitions', { familyPrefix, status }) as { readonly taskDefinitionArns: string[] };
  return numbers(answer.taskDefinitionArns);
}

function numbers(arns: readonly string[]): readonly number[] {
  return arns
    .map(parseRevision)
    .filter((one): one is Revision => one !== undefined)
    .map(({ revision }) => revision);
}
