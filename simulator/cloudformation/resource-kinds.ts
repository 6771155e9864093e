import type { EcsSimulator } from '../ecs-simulator';
import { SimulatedError } from '../simulated-error';
import { type Properties, sameValue } from './template';

/** A clock that the stacks drive while they wait. `VirtualClock` is one; for faked timers, give their own way of passing time. */
export interface StackClock {
  now(): number;
  advance(ms: number): void | Promise<void>;
}

/** Why a resource could not be created, updated or deleted; with the physical id it has got all the same. */
export class ResourceFailure extends Error {
  constructor(
    message: string,
    readonly physicalId?: string,
  ) {
    super(message);
  }
}

/** What the work on one resource needs to know. */
export interface ResourceWork {
  readonly ecs: EcsSimulator;
  readonly clock: StackClock;
  /** Whether the stack waits until a service is stable; Express mode does not. @see cloudformation-express-mode.html */
  readonly waits: boolean;
  /** Lets the deployment of the service fail, as its circuit breaker does. */
  readonly breaks: boolean;
  /** A name as CloudFormation makes them: stack, logical id, and a random end. */
  newName(): string;
}

export interface PhysicalResource {
  readonly physicalId: string;
  readonly properties: Properties;
}

/** One type of resource. */
export interface ResourceKind {
  /** Whether the change needs a new physical resource. */
  replaces(before: Properties, after: Properties): boolean;
  create(work: ResourceWork, properties: Properties): Promise<string> | string;
  /** A change in place. */
  update(work: ResourceWork, current: PhysicalResource, properties: Properties): Promise<void> | void;
  remove(work: ResourceWork, current: PhysicalResource): Promise<void> | void;
}

/** Everything but the tags is fixed at creation, and deletion deregisters. @see AWS::ECS::TaskDefinition */
const taskDefinition: ResourceKind = {
  create({ ecs, newName }, properties) {
    const { Family: family = newName().replace(/[^A-Za-z0-9_-]/g, '') } = properties;
    const input = { ...(asInput(properties) as object), family };
    return textAt(perform(ecs, 'RegisterTaskDefinition', input), 'taskDefinition', 'taskDefinitionArn');
  },
  replaces({ Tags: _, ...before }, { Tags: __, ...after }) {
    return !sameValue(before, after);
  },
  update({ ecs }, { physicalId, properties: before }, { Tags: tags = [] }) {
    if (!sameValue(before.Tags, tags)) perform(ecs, 'TagResource', { resourceArn: physicalId, tags: asInput(tags) });
  },
  remove({ ecs }, { physicalId }) {
    perform(ecs, 'DeregisterTaskDefinition', { taskDefinition: physicalId });
  },
};

/** @see AWS::ECS::Service */
const service: ResourceKind = {
  async create(work, given) {
    const properties = withTasks(given);
    const name = String(properties.ServiceName ?? work.newName());
    const arn = isDeferred(properties)
      ? work.ecs.seedService({ ...(seedOf(properties) as { taskDefinition: string }), cluster: clusterOf(properties), name })
      : textAt(
          perform(work.ecs, 'CreateService', { ...(asInput(properties) as object), serviceName: name }),
          'service',
          'serviceArn',
        );
    await settled(work, arn, properties);
    return arn;
  },
  replaces: (before, after) => ['ServiceName', 'Cluster'].some((name) => !sameValue(before[name], after[name])),
  async update(work, current, properties) {
    const { Cluster: _, ServiceName: __, ...changes } = properties;
    perform(work.ecs, 'UpdateService', {
      ...(asInput(changes) as object),
      cluster: clusterOf(properties),
      service: current.physicalId,
    });
    await settled(work, current.physicalId, properties);
  },
  async remove(work, { physicalId, properties }) {
    const { services } = work.ecs.perform('DescribeServices', { cluster: clusterOf(properties), services: [physicalId] }) as {
      services: readonly { readonly status: string }[];
    };
    // What is gone already is deleted as well as it can be.
    if (services[0]?.status !== 'ACTIVE') return;
    perform(work.ecs, 'DeleteService', { cluster: clusterOf(properties), service: physicalId, force: true });
    await work.clock.advance(60_000);
  },
};

const cluster: ResourceKind = {
  create({ ecs, newName }, properties) {
    const name = String(properties.ClusterName ?? newName());
    ecs.seedCluster(name);
    return name;
  },
  replaces: (before, after) => !sameValue(before.ClusterName, after.ClusterName),
  update() {},
  // Others may run tasks in it; an empty cluster that stays does no harm here.
  remove() {},
};

/** Anything else: it has a name and properties, and does nothing. */
const unrelated: ResourceKind = {
  create: ({ newName }) => newName(),
  replaces: () => false,
  update() {},
  remove() {},
};

export function kindOf(type: string): ResourceKind {
  if (type === 'AWS::ECS::TaskDefinition') return taskDefinition;
  if (type === 'AWS::ECS::Service') return service;
  return type === 'AWS::ECS::Cluster' ? cluster : unrelated;
}

function clusterOf(properties: Properties): string {
  return String(properties.Cluster ?? 'default');
}

interface DeploymentSettings {
  readonly DeploymentCircuitBreaker?: { readonly Enable?: boolean; readonly Rollback?: boolean };
  readonly EarlySuccessCriteria?: { readonly SourceServiceRevisionCleanup?: string };
}

/** A new service that names no number of tasks gets one; a daemon has no such number. @see AWS::ECS::Service */
function withTasks(properties: Properties): Properties {
  return properties.SchedulingStrategy === 'DAEMON'
    ? properties
    : { ...properties, DesiredCount: properties.DesiredCount ?? 1 };
}

function isDeferred({ DeploymentConfiguration: settings }: Properties): boolean {
  return (settings as DeploymentSettings | undefined)?.EarlySuccessCriteria?.SourceServiceRevisionCleanup === 'DEFERRED';
}

function seedOf({ TaskDefinition, DesiredCount, DeploymentConfiguration }: Properties): object {
  const { Enable = false, Rollback = false } =
    (DeploymentConfiguration as DeploymentSettings | undefined)?.DeploymentCircuitBreaker ?? {};
  const circuitBreaker = { enable: Enable, rollback: Rollback };
  return { taskDefinition: TaskDefinition, desiredCount: DesiredCount, circuitBreaker, sourceCleanup: 'DEFERRED' };
}

const POLL_MS = 3 * 60_000;
/** A rolling deployment gets three hours. @see AWS::ECS::Service */
const MOST_POLLS = 60;

/** Waits until the deployment of the service has ended, and fails unless it runs what it was asked to. */
async function settled(work: ResourceWork, arn: string, properties: Properties): Promise<void> {
  const { ecs, clock } = work;
  if (work.breaks) {
    await clock.advance(60_000);
    if (hasDeployment(ecs, properties, arn)) ecs.failDeployment(arn);
    else throw new ResourceFailure(BREAKER, arn);
  }
  if (!work.waits) return;
  for (let polls = 0; polls < MOST_POLLS; polls += 1) {
    await clock.advance(POLL_MS);
    const { currentServiceDeployment, deployments, taskDefinition: runs } = described(ecs, properties, arn);
    if (!currentServiceDeployment) {
      const isAsked = String(runs).endsWith(String(properties.TaskDefinition).split('/').at(-1) ?? '');
      if (deployments[0]?.rolloutState === 'FAILED' || !isAsked) throw new ResourceFailure(BREAKER, arn);
      return;
    }
  }
  throw new ResourceFailure('Exceeded attempts to wait: the service did not become stable', arn);
}

const BREAKER =
  'Resource handler returned message: "Error occurred during operation \'ECS Deployment Circuit Breaker was triggered\'."';

interface DescribedService {
  readonly currentServiceDeployment?: string;
  readonly deployments: readonly { readonly rolloutState?: string }[];
  readonly taskDefinition?: string;
}

function described(ecs: EcsSimulator, properties: Properties, arn: string): DescribedService {
  const { services } = ecs.perform('DescribeServices', { cluster: clusterOf(properties), services: [arn] }) as {
    services: readonly DescribedService[];
  };
  const [found] = services;
  if (!found) throw new ResourceFailure('Service not found.', arn);
  return found;
}

function hasDeployment(ecs: EcsSimulator, properties: Properties, arn: string): boolean {
  return described(ecs, properties, arn).currentServiceDeployment !== undefined;
}

function perform(ecs: EcsSimulator, action: string, input: object): Record<string, unknown> {
  try {
    return ecs.perform(action, input) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SimulatedError)) throw error;
    throw new ResourceFailure(`Resource handler returned message: "${error.code}: ${error.message}"`);
  }
}

function textAt(answer: Record<string, unknown>, outer: string, inner: string): string {
  return String((answer[outer] as Record<string, unknown>)[inner]);
}

/** Names in these are the user's own. */
const VERBATIM = new Set(['DockerLabels', 'Options', 'DriverOpts', 'Labels']);

/** A resource's properties as the API's members: the same names with a small first letter. */
function asInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asInput);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      VERBATIM.has(name) ? inner : asInput(inner),
    ]),
  );
}
