import type { CfnResource } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { DEFAULT_STOP_SECONDS, type DeploymentType, defaultBakeMinutes } from '../contract/protection';
import type { ServiceFacts } from './findings';
import { hostsOf, spotOf } from './host-facts';
import { rendersPolicies } from './protection-permissions';
import type { TimeFacts } from './protection-time';
import { renderedNumber, renderedProperty, UNKNOWN } from './rendered-property';
import { terminationWaitOf } from './termination-wait';

/** What decides how much of a deployment's time is left to protected tasks. */
export function readTimeFacts(service: ecs.BaseService): TimeFacts {
  const resource = serviceResource(service);
  const deployment = deploymentType(resource);
  const criteria = (name: string) => renderedProperty(resource, 'deploymentConfiguration', 'earlySuccessCriteria', name);
  return {
    deployment,
    bakeMinutes: renderedNumber(
      resource,
      ['deploymentConfiguration', 'bakeTimeInMinutes'],
      deployment ? defaultBakeMinutes(deployment) : 0,
    ),
    shiftMinutes: shiftMinutes(resource, deployment),
    terminationWaitMinutes: deployment === 'CODE_DEPLOY' ? terminationWaitOf(service, resource) : 0,
    deferred: criteria('enable') === true && criteria('sourceServiceRevisionCleanup') === 'DEFERRED',
  };
}

/** Reads what the template will say of a service. Others go on configuring it until the app is synthesized: read late. */
export function readServiceFacts(service: ecs.BaseService, time: TimeFacts): ServiceFacts {
  const resource = serviceResource(service);
  const capacity = capacityOf(service, resource);
  const fargate = capacity.length > 0 && capacity.every((name) => name === 'FARGATE' || name === 'FARGATE_SPOT');
  const hosts = fargate ? [] : hostsOf(service, capacity);
  return {
    ...time,
    maximumPercent: renderedNumber(resource, ['deploymentConfiguration', 'maximumPercent'], 200),
    minimumHealthyPercent: renderedNumber(resource, ['deploymentConfiguration', 'minimumHealthyPercent'], 100),
    desiredCount: leastCount(service, resource),
    fargate,
    external: renderedProperty(resource, 'launchType') === 'EXTERNAL',
    stopSeconds: longestStop(service.taskDefinition),
    spot: [...capacity.filter((name) => name === 'FARGATE_SPOT'), ...spotOf(hosts)],
    hosts: hosts.map(({ facts }) => facts),
    granted: rendersPolicies(service.taskDefinition.taskRole),
  };
}

/** The resource behind a service. */
export function serviceResource(service: ecs.BaseService): ecs.CfnService {
  const resource = service.node.children.find((child) => child instanceof ecs.CfnService);
  if (!(resource instanceof ecs.CfnService)) throw new Error(`[${service.node.path}] 'service' has no AWS::ECS::Service`);
  return resource;
}

/** How the service is deployed; `undefined` where only the deployment will know. */
function deploymentType(resource: ecs.CfnService): DeploymentType | undefined {
  const controller = renderedProperty(resource, 'deploymentController', 'type') ?? 'ECS';
  if (controller === 'CODE_DEPLOY' || controller === 'EXTERNAL') return controller;
  const strategy = renderedProperty(resource, 'deploymentConfiguration', 'strategy') ?? 'ROLLING';
  if (controller !== 'ECS') return undefined;
  return strategy === 'ROLLING' || strategy === 'BLUE_GREEN' || strategy === 'LINEAR' || strategy === 'CANARY'
    ? strategy
    : undefined;
}

/**
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-linearconfiguration.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-canaryconfiguration.html
 */
function shiftMinutes(resource: ecs.CfnService, deployment: DeploymentType | undefined): number | undefined {
  const number = (absent: number, ...path: string[]) => renderedNumber(resource, ['deploymentConfiguration', ...path], absent);
  if (deployment === 'CANARY') return number(10, 'canaryConfiguration', 'canaryBakeTimeInMinutes');
  if (deployment !== 'LINEAR') return 0;
  const percent = number(10, 'linearConfiguration', 'stepPercent');
  const bake = number(6, 'linearConfiguration', 'stepBakeTimeInMinutes');
  if (percent === undefined || bake === undefined) return undefined;
  return bake * (Number.isInteger(100 / percent) ? 100 / percent - 1 : Math.floor(100 / percent));
}

/** The names of the capacity that the service asks for: a launch type, or capacity providers. Names known at deployment stay tokens. */
function capacityOf(service: ecs.BaseService, resource: ecs.CfnService): string[] {
  const launchType = renderedProperty(resource, 'launchType');
  if (typeof launchType === 'string') return [launchType];
  const own = renderedProperty(resource, 'capacityProviderStrategy');
  const defaults = (service.cluster as Partial<ecs.Cluster>).defaultCapacityProviderStrategy;
  const strategy = Array.isArray(own) ? own : own === UNKNOWN ? [] : (defaults ?? []);
  return strategy.map((item) => item.capacityProvider ?? item.CapacityProvider).filter((name) => typeof name === 'string');
}

/** The count that the template names, or the least that its auto scaling allows. */
function leastCount(service: ecs.BaseService, resource: ecs.CfnService): number | undefined {
  if (renderedProperty(resource, 'schedulingStrategy') === 'DAEMON') return undefined;
  const scaling = service.node
    .tryFindChild('TaskCount')
    ?.node.findAll()
    .find((child) => child instanceof appscaling.CfnScalableTarget);
  return renderedNumber((scaling as CfnResource | undefined) ?? resource, [scaling ? 'minCapacity' : 'desiredCount']);
}

function longestStop(taskDefinition: ecs.TaskDefinition): number | undefined {
  const containers = taskDefinition.node.children.filter((child) => child instanceof ecs.ContainerDefinition);
  if (containers.length === 0) return undefined;
  return Math.max(
    ...containers.map((container) => {
      const { stopTimeout } = container.renderContainerDefinition();
      return stopTimeout ?? DEFAULT_STOP_SECONDS;
    }),
  );
}
