import {
  type CustomResourceAnswer,
  type CustomResourceEvent,
  type CustomResourcePort,
  success,
} from '../../../simulator/cloudformation/custom-resource';
import type { Happening } from '../../../simulator/cloudformation/journal';
import { StackSimulator, type StackSimulatorOptions } from '../../../simulator/cloudformation/stack-simulator';
import type { StackTemplate, TemplateResource } from '../../../simulator/cloudformation/template';
import { short, simulatedWorld } from '../simulated-world';

export interface Wishes {
  /** @default 'Delete', like CloudFormation's own */
  readonly policies?: Pick<TemplateResource, 'updateReplacePolicy' | 'deletionPolicy'>;
  readonly without?: readonly string[];
  readonly properties?: object;
  readonly timeout?: number;
  readonly service?: object;
}

/** A task definition, the service that runs it, a custom resource that refers to it, and a queue. */
export function shop(image: string, wishes: Wishes = {}): StackTemplate {
  const resources: TemplateResource[] = [
    {
      logicalId: 'Web',
      type: 'AWS::ECS::TaskDefinition',
      properties: { Family: 'web', ContainerDefinitions: [{ Name: 'web', Image: image, Memory: 64 }] },
      ...wishes.policies,
    },
    {
      logicalId: 'Service',
      type: 'AWS::ECS::Service',
      properties: { Cluster: 'blue', TaskDefinition: { Ref: 'Web' }, DesiredCount: 1, ...wishes.service },
    },
    {
      logicalId: 'Pruner',
      type: 'Custom::Pruner',
      properties: {
        ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
        ServiceTimeout: wishes.timeout ?? 600,
        TaskDefinitions: [{ Ref: 'Web' }],
        ...wishes.properties,
      },
      dependsOn: ['Service'],
    },
    { logicalId: 'Queue', type: 'AWS::SQS::Queue', properties: { Version: image }, dependsOn: ['Pruner'] },
  ];
  return { resources: resources.filter(({ logicalId }) => !wishes.without?.includes(logicalId)) };
}

/** The physical id is the list of revisions, as the product's handler has it in spirit. */
export const idByRevisions = async (event: CustomResourceEvent): Promise<CustomResourceAnswer> => {
  const id = (event.ResourceProperties.TaskDefinitions as string[]).map(short).join();
  return success(event, event.RequestType === 'Delete' ? event.PhysicalResourceId : id);
};

export function stackWorld(port: CustomResourcePort = idByRevisions, options: Partial<StackSimulatorOptions> = {}) {
  const { clock, ecs } = simulatedWorld();
  ecs.seedCluster('blue');
  const events: CustomResourceEvent[] = [];
  const customResource: CustomResourcePort = (event) => {
    events.push(event);
    return port(event);
  };
  const stacks = new StackSimulator({ ecs, clock, customResource, ...options });
  const happenings = (): readonly Happening[] => stacks.journal.entries;
  return {
    clock,
    ecs,
    stacks,
    events,
    stack: stacks.stack('shop'),
    statuses: (name = 'shop') =>
      happenings().flatMap((one) => (one.kind === 'stack' && one.stack === name ? [one.status] : [])),
    /** `Create 1`, `Update 1 -> 2`, `Delete 1`: every request with its ids. */
    requests: () =>
      events.map((event) => {
        const wanted = (event.ResourceProperties.TaskDefinitions as string[]).map(short).join();
        if (event.RequestType === 'Create') return `Create ${wanted}`;
        if (event.RequestType === 'Update') return `Update ${event.PhysicalResourceId} -> ${wanted}`;
        return `Delete ${event.PhysicalResourceId}`;
      }),
    active: () =>
      (ecs.perform('ListTaskDefinitions', { status: 'ACTIVE' }) as { taskDefinitionArns: string[] }).taskDefinitionArns.map(
        short,
      ),
    deregistered: () =>
      happenings().flatMap((one) =>
        one.kind === 'deregistration' ? [`${one.by} ${one.stackStatus} ${one.family}:${one.revision}`] : [],
      ),
    /** What the service runs. */
    runs: () => {
      const service = stacks.physicalIdOf('Service');
      const answer = ecs.perform('DescribeServices', { cluster: 'blue', services: [service] });
      return short((answer as { services: { taskDefinition: string }[] }).services[0]?.taskDefinition ?? '');
    },
  };
}
