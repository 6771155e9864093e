import { CfnParameter, Stack, Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { LEAST_AGENT_DAY, LEAST_AGENT_VERSION } from '../contract/protection';
import { constructsOf } from './app-constructs';
import type { HostFacts } from './findings';
import { referredTo, renderedNumber, renderedProperty } from './rendered-property';

/** Instances that a service may run on, and whether they can be reclaimed. */
export interface Hosts {
  readonly facts: HostFacts;
  readonly spot: boolean;
}

/** The EC2 capacity of these names that the app makes; for the launch type EC2, whatever its cluster has. */
export function hostsOf(service: ecs.BaseService, capacity: readonly string[]): Hosts[] {
  const cluster = service.cluster as Partial<ecs.Cluster>;
  const names = capacity.includes('EC2') ? (cluster.capacityProviderNames ?? []) : capacity;
  const providers = constructsOf(service)
    .filter((construct) => construct instanceof ecs.AsgCapacityProvider)
    .filter(({ capacityProviderName }) => names.includes(capacityProviderName));
  const groups = providers.map((provider) => hostsIn(provider.autoScalingGroup, provider));
  const added = capacity.includes('EC2') ? cluster.autoscalingGroup : undefined;
  return added ? [...groups, hostsIn(added)] : groups;
}

export function spotOf(hosts: readonly Hosts[]): string[] {
  return hosts.filter(({ spot }) => spot).map(({ facts }) => facts.name);
}

function hostsIn(group: autoscaling.IAutoScalingGroup, provider?: ecs.AsgCapacityProvider): Hosts {
  const { image, userData, spot } = launchOf(group);
  return {
    spot,
    facts: {
      name: (provider ?? group).node.path,
      terminationProtection: provider?.enableManagedTerminationProtection,
      draining: provider?.enableManagedDraining,
      agent: agentOf(image, userData),
    },
  };
}

interface Launch {
  readonly image: unknown;
  readonly userData: unknown;
  readonly spot: boolean;
}

/** What the group starts its instances from. */
function launchOf(group: autoscaling.IAutoScalingGroup): Launch {
  const resource = group.node.defaultChild;
  if (!(resource instanceof autoscaling.CfnAutoScalingGroup)) return { image: undefined, userData: undefined, spot: false };
  const mixed = renderedNumber(
    resource,
    ['mixedInstancesPolicy', 'instancesDistribution', 'onDemandPercentageAboveBaseCapacity'],
    100,
  );
  const below = group.node.findAll();
  const configuration = below.find((child) => child instanceof autoscaling.CfnLaunchConfiguration);
  const template =
    templateOf(renderedTemplateId(resource)) ?? below.find((child) => child instanceof ec2.CfnLaunchTemplate) ?? undefined;
  if (configuration) {
    const { imageId, userData } = configuration;
    const spot = renderedProperty(configuration, 'spotPrice') !== undefined || (mixed ?? 100) < 100;
    return { image: imageId, userData: Stack.of(group).resolve(userData), spot };
  }
  if (!template) return { image: undefined, userData: undefined, spot: (mixed ?? 100) < 100 };
  const data = Stack.of(template).resolve(template.launchTemplateData) as ec2.CfnLaunchTemplate.LaunchTemplateDataProperty;
  const market = renderedProperty(template, 'launchTemplateData', 'instanceMarketOptions', 'marketType');
  const raw = template.launchTemplateData as Partial<ec2.CfnLaunchTemplate.LaunchTemplateDataProperty>;
  return {
    image: Token.isUnresolved(raw) ? data.imageId : raw.imageId,
    userData: data.userData,
    spot: market === 'spot' || (mixed ?? 100) < 100,
  };
}

function renderedTemplateId({ launchTemplate, mixedInstancesPolicy }: autoscaling.CfnAutoScalingGroup): unknown {
  const own = launchTemplate as Partial<autoscaling.CfnAutoScalingGroup.LaunchTemplateSpecificationProperty> | undefined;
  if (own?.launchTemplateId) return own.launchTemplateId;
  const mixed = mixedInstancesPolicy as Partial<autoscaling.CfnAutoScalingGroup.MixedInstancesPolicyProperty> | undefined;
  const template = mixed?.launchTemplate as Partial<autoscaling.CfnAutoScalingGroup.LaunchTemplateProperty> | undefined;
  const inner = template?.launchTemplateSpecification as typeof own;
  return inner?.launchTemplateId;
}

function templateOf(id: unknown): ec2.CfnLaunchTemplate | undefined {
  const template = referredTo(id);
  return template instanceof ec2.CfnLaunchTemplate ? template : undefined;
}

const AGENT = /(?:ecs-init-|ecs-agent-v|amazon-ecs-agent:v?)(\d+)\.(\d+)\.(\d+)/;
const NEWEST = /^(?:resolve:ssm:)?\/aws\/service\/.*\/(?:recommended|latest)(?:\/|$)/;
const DATED = /amzn2?\w*-ami-ecs-\S*?(20\d{6})/;

/** What image and user data tell of the agent. An image that AWS publishes as the recommended one holds a recent agent. */
function agentOf(image: unknown, userData: unknown): HostFacts['agent'] {
  const [, ...installed] = AGENT.exec(JSON.stringify(userData ?? '')) ?? [];
  if (installed.length > 0)
    return isOlder(installed.map(Number), LEAST_AGENT_VERSION.split('.').map(Number)) ? 'old' : 'recent';
  const parameter = referredTo(image);
  const path = parameter instanceof CfnParameter ? parameter.default : image;
  if (typeof path !== 'string') return 'unknown';
  if (NEWEST.test(path)) return 'recent';
  const [, day] = DATED.exec(path) ?? [];
  if (day === undefined) return 'unknown';
  return day < LEAST_AGENT_DAY ? 'old' : 'recent';
}

function isOlder(version: readonly number[], least: readonly number[]): boolean {
  const at = least.findIndex((part, index) => part !== version[index]);
  return at >= 0 && (version[at] ?? 0) < (least[at] ?? 0);
}
