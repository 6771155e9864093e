import { VirtualClock } from '../clock';
import { EcsSimulator } from '../ecs-simulator';
import { SimulatedError } from '../simulated-error';
import type { CustomResourceAnswer, CustomResourceEvent } from './custom-resource';
import type { AnswerReceived, Deregistration, Happening, RequestSent } from './journal';
import { TRACE_CLUSTER, TRACE_IDS, type Trace, type TraceStep } from './random-trace';
import type { StackClock } from './resource-kinds';
import type { SimulatedStack, StackResource } from './stack';
import { StackSimulator } from './stack-simulator';
import type { StackStatus } from './statuses';
import type { Properties } from './template';

const START = Date.parse('2026-03-01T12:00:00Z');
const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const STACK = 'shop';

/** The world that a trace is played in, as the function behind the custom resource finds it. */
export interface TraceWorld {
  readonly trace: Trace;
  readonly clock: StackClock;
  readonly ecs: EcsSimulator;
  readonly stacks: StackSimulator;
  /** The function as it is deployed now: `Families`, `RemovalPolicy` and `Version` of the construct. */
  functionProperties(event: CustomResourceEvent): Properties;
}

export type TracePort = (event: CustomResourceEvent, world: TraceWorld) => Promise<CustomResourceAnswer | undefined>;

export interface BlockedRollback {
  readonly at: number;
  readonly stack: string;
  readonly reason: string;
  /** Whether ECS refused the revision to go back to: somebody had deregistered it. */
  readonly isInactive: boolean;
}

export interface TraceRun {
  readonly trace: Trace;
  readonly world: TraceWorld;
  /** Everything, in order. */
  readonly happenings: readonly Happening[];
  /** Of the root stack, over time. */
  readonly statuses: readonly StackStatus[];
  readonly requests: readonly RequestSent[];
  readonly answers: readonly AnswerReceived[];
  readonly deregistrations: readonly Deregistration[];
  readonly blocked: readonly BlockedRollback[];
}

export interface RunTraceOptions {
  /** @default a VirtualClock on the first of March 2026 */
  readonly clock?: StackClock;
  /** Called before the first step: to serve the world on a port, say, or to intercept calls. */
  readonly prepare?: (world: TraceWorld) => void | Promise<void>;
  /** Throttles calls as ECS does. @default false */
  readonly throttling?: boolean;
}

/** Plays a trace: whatever a step leaves behind, the next one finds, and an operator helps where a stack can not go on. */
export async function runTrace(trace: Trace, port: TracePort, options: RunTraceOptions = {}): Promise<TraceRun> {
  const { throttling = false, clock = new VirtualClock(START) } = options;
  const { seed, lagMinutes, assumptions, lambdaRetries } = trace;
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT, seed, throttling, deregistrationLagMinutes: lagMinutes });
  ecs.seedCluster(TRACE_CLUSTER);
  let foreign: ((happening: Happening) => void) | undefined;
  const stacks = new StackSimulator({
    ecs,
    clock,
    seed,
    assumptions,
    lambdaRetries,
    customResource: async (event) => {
      if (!functionOf(stacks, event)) throw new Error('the function does not exist any more');
      return port(event, world);
    },
    observe: (happening) => foreign?.(happening),
  });
  const world: TraceWorld = {
    trace,
    clock,
    ecs,
    stacks,
    functionProperties: (event) => functionOf(stacks, event)?.properties ?? {},
  };
  await options.prepare?.(world);
  for (const step of trace.steps) {
    if (step.do === 'deploy') foreign = foreignRevisions(ecs, step.foreign);
    await play(world, step);
    foreign = undefined;
  }
  await stacks.deliverLateRequests();
  return runOf(world);
}

/** The function behind the custom resource, as long as its stack has it: a request that arrives late may find none. */
function functionOf(stacks: StackSimulator, { StackId }: CustomResourceEvent): StackResource | undefined {
  return stacks
    .resourcesOf(StackId)
    .find(({ logicalId, status }) => logicalId === TRACE_IDS.function && status !== 'DELETE_COMPLETE');
}

async function play({ clock, ecs, stacks }: TraceWorld, step: TraceStep): Promise<void> {
  const stack = stacks.stack(STACK);
  if (step.do === 'wait') await clock.advance(step.minutes * 60_000);
  if (step.do === 'register') for (let made = 0; made < step.count; made += 1) register(ecs, step.family);
  if (step.do === 'hotswap') hotswap(ecs, stacks, step.family);
  if (step.do === 'delete' && stack.status) await stack.deleteStack(step.options);
  if (step.do === 'roll-back' && (stack.status === 'UPDATE_FAILED' || stack.status === 'CREATE_FAILED')) {
    await stack.rollbackStack(step.options);
  }
  if (step.do === 'continue-rollback' && stack.status === 'UPDATE_ROLLBACK_FAILED') {
    await stack.continueUpdateRollback({ ...step.options, skip: step.skipsFailed ? failedIn(stack, stacks) : [] });
  }
  if (step.do === 'deploy') {
    await makeUpdatable(stack, stacks);
    await stacks.stack(STACK).deploy(step.template, step.options);
  }
}

/** What an operator does before the next deployment: goes on with the rollback, skips what can not be had, or starts anew. */
async function makeUpdatable(stack: SimulatedStack, stacks: StackSimulator): Promise<void> {
  if (stack.status === 'UPDATE_ROLLBACK_FAILED') await stack.continueUpdateRollback();
  for (let tries = 0; stack.status === 'UPDATE_ROLLBACK_FAILED' && tries < 10; tries += 1) {
    await stack.continueUpdateRollback({ skip: failedIn(stack, stacks) });
  }
  if (stack.status === 'ROLLBACK_COMPLETE' || stack.status === 'ROLLBACK_FAILED' || stack.status === 'DELETE_FAILED') {
    await stack.deleteStack();
    if (stack.status === 'DELETE_FAILED')
      await stack.deleteStack({ retain: stack.resources.map(({ logicalId }) => logicalId) });
  }
}

/** What failed, by the names that a skip takes: in the nested stack when that is where it failed. */
function failedIn(stack: SimulatedStack, stacks: StackSimulator, prefix = ''): readonly string[] {
  return stack.resources
    .filter(({ status }) => status === 'UPDATE_FAILED')
    .flatMap(({ logicalId, type, physicalId = '' }) => {
      if (type !== 'AWS::CloudFormation::Stack') return [`${prefix}${logicalId}`];
      const nested = stacks.byId(physicalId);
      return nested.status === 'UPDATE_ROLLBACK_FAILED' ? failedIn(nested, stacks, `${nested.name}.`) : [];
    });
}

function register(ecs: EcsSimulator, family: string): string {
  const answer = ecs.perform('RegisterTaskDefinition', {
    family,
    containerDefinitions: [{ name: 'main', image: 'repository:foreign', memory: 64 }],
  });
  return (answer as { taskDefinition: { taskDefinitionArn: string } }).taskDefinition.taskDefinitionArn;
}

function foreignRevisions(ecs: EcsSimulator, foreign: readonly { after: number; family: string }[]) {
  let count = 0;
  return () => {
    for (const { after, family } of foreign) if (after === count) register(ecs, family);
    count += 1;
  };
}

function hotswap(ecs: EcsSimulator, stacks: StackSimulator, family: string): void {
  const service = stacks.physicalIdOf(TRACE_IDS.service);
  if (!service) return;
  try {
    ecs.perform('UpdateService', { cluster: TRACE_CLUSTER, service, taskDefinition: register(ecs, family) });
  } catch (error) {
    // Too many deployments at once, or the service is going: then there is no hotswap.
    if (!(error instanceof SimulatedError)) throw error;
  }
}

function runOf(world: TraceWorld): TraceRun {
  const happenings = world.stacks.journal.entries;
  const statuses: StackStatus[] = [];
  const requests: RequestSent[] = [];
  const answers: AnswerReceived[] = [];
  const deregistrations: Deregistration[] = [];
  const blocked: BlockedRollback[] = [];
  for (const happening of happenings) {
    if (happening.kind === 'request') requests.push(happening);
    if (happening.kind === 'answer') answers.push(happening);
    if (happening.kind === 'deregistration') deregistrations.push(happening);
    if (happening.kind !== 'stack') continue;
    const { status, stack, at, reason = '' } = happening;
    if (stack === STACK) statuses.push(status);
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      blocked.push({ at, stack, reason, isInactive: reason.includes('TaskDefinition is inactive') });
    }
  }
  return { trace: world.trace, world, happenings, statuses, requests, answers, deregistrations, blocked };
}
