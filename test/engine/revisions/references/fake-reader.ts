import type { EcsReader, ServiceFacts, Use } from '../../../../engine/revisions/ports';

export const use = (name: string, how = 'taskDefinition'): Use => {
  const [family = '', revision] = name.split(':');
  return { family, revision: Number(revision), how };
};

export const service = (more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  arn: 'service-arn',
  cluster: 'blue',
  name: 'blue/shop',
  controller: 'ECS',
  managedByEcs: false,
  uses: [use('web:9')],
  serviceRevisions: [],
  ...more,
});

/** ECS with one cluster and nothing in it, but for what a test gives. */
export const reader = (more: Partial<EcsReader> = {}): EcsReader => ({
  clusters: async () => ['blue'],
  services: async () => [],
  serviceDeployments: async () => [],
  serviceDeploymentDetails: async () => new Map(),
  serviceRevisions: async () => new Map(),
  tasks: async () => [],
  named: () => [],
  abandon: () => undefined,
  ...more,
});
