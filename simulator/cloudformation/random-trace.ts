import type { Random } from '../random';
import type { Delivery } from './custom-resource';
import type { DeployOptions, OperationOptions, StackFault } from './operation';
import type { Assumptions } from './stack';
import type { Properties, StackTemplate, TemplateResource } from './template';

/** Logical ids in the templates of traces. */
export const TRACE_IDS = {
  customResource: 'OldRevisions',
  function: 'OldRevisionsFunction',
  service: 'Service',
  unrelated: 'Queue',
  nested: 'Inner',
} as const;

export const TRACE_CLUSTER = 'production';

export type TraceStep =
  | {
      readonly do: 'deploy';
      readonly template: StackTemplate;
      readonly options: DeployOptions;
      readonly foreign: readonly Foreign[];
    }
  /** Does something only while a rollback is blocked. */
  | { readonly do: 'continue-rollback'; readonly skipsFailed: boolean; readonly options: OperationOptions }
  /** Does something only when a deployment has failed with rollback disabled. */
  | { readonly do: 'roll-back'; readonly options: OperationOptions }
  | { readonly do: 'delete'; readonly options: OperationOptions }
  | { readonly do: 'register'; readonly family: string; readonly count: number }
  /** Registers a revision and updates the service to it, past the stack. */
  | { readonly do: 'hotswap'; readonly family: string }
  | { readonly do: 'wait'; readonly minutes: number };

/** A revision that somebody else registers in the middle of an operation, after so many happenings. */
export interface Foreign {
  readonly after: number;
  readonly family: string;
}

export interface Trace {
  /** Of the simulators that play it. */
  readonly seed: number;
  /** What the construct's removalPolicy renders. */
  readonly removalPolicy: 'RETAIN' | 'DESTROY';
  readonly assumptions: Assumptions;
  readonly lambdaRetries: number;
  /** How long ECS still accepts a deregistered revision. */
  readonly lagMinutes: number;
  readonly steps: readonly TraceStep[];
}

export interface RandomTraceOptions {
  /** @default 'Custom::StackRevisionPruner' */
  readonly customResourceType?: string;
  /** Properties of the custom resource beside ServiceToken and ServiceTimeout, as version n of the construct renders them. */
  readonly customResourceProperties?: (taskDefinitions: readonly object[], version: number) => Properties;
  /** @default 600 */
  readonly serviceTimeoutSeconds?: number;
  /** At most. @default 5 */
  readonly deployments?: number;
}

/** A life of a small stack that has the construct in it, and meets everything that can happen to it. */
export function randomTrace(random: Random, options: RandomTraceOptions = {}): Trace {
  const app = new App(random, options);
  const steps: TraceStep[] = [];
  const deployments = 2 + random.below(Math.max(1, (options.deployments ?? 5) - 1));
  for (let place = 0; place < deployments; place += 1) {
    if (place > 0) app.change();
    steps.push(...between(random, app.families()));
    steps.push(deployment(random, app, place === 0));
    if (random.chance(0.1))
      steps.push({ do: 'roll-back', options: troubles(random, app, ['rollback', 'cleanup', 'delete'], 0.1) });
    if (random.chance(0.3)) {
      const trouble = troubles(random, app, ['rollback', 'cleanup'], 0.2);
      steps.push({ do: 'continue-rollback', skipsFailed: random.chance(0.5), options: trouble });
    }
  }
  if (random.chance(0.3)) steps.push({ do: 'delete', options: troubles(random, app, ['delete'], 0.2) });
  return {
    seed: random.below(2 ** 31),
    removalPolicy: app.removalPolicy,
    assumptions: {
      rollbackOrder: random.chance(0.5) ? 'reverse' : 'forward',
      updateReplacePolicyOf: random.chance(0.5) ? 'new' : 'old',
      retainKeepsRolledBack: random.chance(0.5),
    },
    lambdaRetries: random.chance(0.2) ? 2 : 0,
    lagMinutes: random.chance(0.7) ? 0 : random.below(10),
    steps,
  };
}

function between(random: Random, families: readonly string[]): TraceStep[] {
  const steps: TraceStep[] = [];
  if (random.chance(0.4)) steps.push({ do: 'register', family: random.pick(families), count: 1 + random.below(4) });
  if (random.chance(0.08)) steps.push({ do: 'hotswap', family: families[0] ?? '' });
  if (random.chance(0.4)) steps.push({ do: 'wait', minutes: random.pick([1, 20, 61, 24 * 60, 9 * 24 * 60]) });
  return steps;
}

function deployment(random: Random, app: App, isFirst: boolean): TraceStep {
  const foreign = random.chance(0.25) ? [{ after: random.below(25), family: random.pick(app.families()) }] : [];
  const options: DeployOptions = {
    // The first deployment mostly succeeds, or there would be nothing to update.
    ...troubles(random, app, ['forward', 'rollback', 'cleanup', 'delete'], isFirst ? 0.08 : 0.5),
    ...(random.chance(0.08) ? { disableRollback: true } : {}),
    ...(random.chance(0.06) ? { express: true } : {}),
    ...(random.chance(0.12) ? { monitoringMinutes: 1 + random.below(180), alarm: random.chance(0.5) } : {}),
  };
  return { do: 'deploy', template: app.template(), options, foreign };
}

const DELIVERIES: readonly Delivery[] = ['twice', 'later', 'lost', 'answer-lost', 'cancelled'];

function troubles(random: Random, app: App, phases: readonly StackFault['during'][], likelihood: number): OperationOptions {
  const faults: StackFault[] = [];
  for (const during of phases) {
    if (random.chance(during === phases[0] ? likelihood : likelihood / 4)) faults.push(fault(random, app, during));
  }
  const deliveries = Array.from({ length: 4 }, () => (random.chance(likelihood / 4) ? random.pick(DELIVERIES) : 'once'));
  return {
    ...(faults.length > 0 ? { faults } : {}),
    ...(deliveries.some((delivery) => delivery !== 'once') ? { deliveries } : {}),
  };
}

function fault(random: Random, app: App, during: StackFault['during']): StackFault {
  const logicalId = random.pick(app.logicalIds());
  const canBreak = logicalId === TRACE_IDS.service && during === 'forward' && random.chance(0.5);
  const what = canBreak ? 'circuit-breaker' : during === 'forward' && random.chance(0.25) ? 'cancel' : 'failure';
  const when = canBreak || random.chance(0.5) ? 'before' : 'after';
  return { logicalId, during, when, what, ...(random.chance(0.5) ? { times: 1 + random.below(3) } : {}) };
}

interface Definition {
  readonly logicalId: string;
  family: string;
  image: number;
}

/** The user's app: what it would synthesize now. */
class App {
  readonly removalPolicy: 'RETAIN' | 'DESTROY';
  private readonly definitions: Definition[];
  private readonly isNested: boolean;
  private readonly isDeferred: boolean;
  private readonly rollsBack: boolean;
  private hasConstruct = true;
  private version = 1;
  private queue = 1;
  private images = 1;

  constructor(
    private readonly random: Random,
    private readonly options: RandomTraceOptions,
  ) {
    this.removalPolicy = random.chance(0.7) ? 'RETAIN' : 'DESTROY';
    this.isNested = random.chance(0.15);
    this.isDeferred = random.chance(0.15);
    this.rollsBack = random.chance(0.5);
    this.hasConstruct = random.chance(0.8);
    const names = ['web', 'worker', 'report'].slice(0, 1 + random.below(3));
    this.definitions = names.map((name) => ({ logicalId: `${name}Definition`, family: name, image: 1 }));
  }

  families(): readonly string[] {
    return this.definitions.map(({ family }) => family);
  }

  logicalIds(): readonly string[] {
    const { service, unrelated, customResource, nested } = TRACE_IDS;
    const definitions = this.definitions.map(({ logicalId }) => logicalId);
    return [service, service, unrelated, unrelated, customResource, ...definitions, ...(this.isNested ? [nested] : [])];
  }

  /** What people change between two deployments. */
  change(): void {
    const { random, definitions } = this;
    this.images += 1;
    for (const definition of definitions) if (random.chance(0.7)) definition.image = this.images;
    if (random.chance(0.6)) this.queue += 1;
    if (random.chance(0.12)) this.version += 1;
    if (random.chance(this.hasConstruct ? 0.1 : 0.5)) this.hasConstruct = !this.hasConstruct;
    const renamed = random.pick(definitions);
    if (random.chance(0.06)) renamed.family = `${renamed.family}-new`;
    if (random.chance(0.05) && definitions.length > 1) definitions.pop();
    // Back to what an earlier deployment had: the same content is a new revision all the same.
    if (random.chance(0.08) && definitions[0]) definitions[0].image = 1;
  }

  template(): StackTemplate {
    const inner = { resources: this.shuffled(this.resources()) };
    if (!this.isNested) return inner;
    const { nested, unrelated } = TRACE_IDS;
    return {
      resources: this.shuffled([
        { logicalId: nested, type: 'AWS::CloudFormation::Stack', template: inner },
        { logicalId: unrelated, type: 'AWS::SQS::Queue', properties: { Version: this.queue } },
      ]),
    };
  }

  private resources(): TemplateResource[] {
    return [
      ...this.definitions.map((definition) => this.taskDefinition(definition)),
      this.service(),
      { logicalId: TRACE_IDS.unrelated, type: 'AWS::SQS::Queue', properties: { Version: this.queue } },
      ...(this.hasConstruct ? this.construct() : []),
    ];
  }

  private taskDefinition({ logicalId, family, image }: Definition): TemplateResource {
    const containers = [{ Name: 'main', Image: `repository:${image}`, Memory: 64 }];
    return {
      logicalId,
      type: 'AWS::ECS::TaskDefinition',
      properties: { Family: family, ContainerDefinitions: containers },
      ...(this.hasConstruct ? POLICIES[this.removalPolicy] : {}),
    };
  }

  private service(): TemplateResource {
    const DeploymentConfiguration = {
      DeploymentCircuitBreaker: { Enable: true, Rollback: this.rollsBack },
      ...(this.isDeferred ? { EarlySuccessCriteria: { Enable: true, SourceServiceRevisionCleanup: 'DEFERRED' } } : {}),
    };
    const TaskDefinition = { Ref: this.definitions[0]?.logicalId };
    const properties = { Cluster: TRACE_CLUSTER, DesiredCount: 1, TaskDefinition, DeploymentConfiguration };
    return { logicalId: TRACE_IDS.service, type: 'AWS::ECS::Service', properties };
  }

  private construct(): TemplateResource[] {
    const { customResourceType = 'Custom::StackRevisionPruner', serviceTimeoutSeconds = 600 } = this.options;
    const render = this.options.customResourceProperties ?? rendered;
    const { customResource, function: functionId, service } = TRACE_IDS;
    return [
      {
        logicalId: functionId,
        type: 'AWS::Lambda::Function',
        properties: { Families: this.families(), RemovalPolicy: this.removalPolicy, Version: this.version },
      },
      {
        logicalId: customResource,
        type: customResourceType,
        properties: {
          ServiceToken: { Ref: functionId },
          ServiceTimeout: serviceTimeoutSeconds,
          ...render(
            this.definitions.map(({ logicalId }) => ({ Ref: logicalId })),
            this.version,
          ),
        },
        ...(this.random.chance(0.3) ? { dependsOn: [service] } : {}),
      },
    ];
  }

  private shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    const result: T[] = [];
    while (rest.length > 0) result.push(...rest.splice(this.random.below(rest.length), 1));
    return result;
  }
}

const POLICIES = {
  RETAIN: { updateReplacePolicy: 'Retain', deletionPolicy: 'RetainExceptOnCreate' },
  DESTROY: { updateReplacePolicy: 'Retain', deletionPolicy: 'Delete' },
} as const;

function rendered(taskDefinitions: readonly object[], version: number): Properties {
  return { TaskDefinitions: taskDefinitions, ...(version > 1 ? { Version: version } : {}) };
}
