/** One token bucket of the ECS API, counted per account and Region over every caller. */
export interface Bucket {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * The documented token buckets of the ECS actions this product calls. Actions of one bucket share its tokens.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
export const ECS_BUCKETS = {
  definitionModify: { burst: 20, perSecond: 1 },
  definitionRead: { burst: 50, perSecond: 20 },
  definitionDelete: { burst: 5, perSecond: 1 },
  clusterRead: { burst: 50, perSecond: 20 },
  clusterResourceRead: { burst: 100, perSecond: 20 },
  serviceRead: { burst: 100, perSecond: 20 },
  serviceDeployment: { burst: 50, perSecond: 20 },
  serviceRevision: { burst: 50, perSecond: 20 },
} as const satisfies Record<string, Bucket>;

export type EcsBucket = keyof typeof ECS_BUCKETS;

/** The bucket each action draws from. */
export const ECS_ACTIONS = {
  ListTaskDefinitions: 'definitionRead',
  DescribeTaskDefinition: 'definitionRead',
  DeregisterTaskDefinition: 'definitionModify',
  ListClusters: 'clusterRead',
  ListServices: 'serviceRead',
  DescribeServices: 'serviceRead',
  ListServiceDeployments: 'serviceDeployment',
  DescribeServiceDeployments: 'serviceDeployment',
  DescribeServiceRevisions: 'serviceRevision',
  ListTasks: 'clusterResourceRead',
  DescribeTasks: 'clusterResourceRead',
} as const satisfies Record<string, EcsBucket>;

export type EcsAction = keyof typeof ECS_ACTIONS;

/** The most items ECS takes or gives in one call. @see the API reference of each action */
export const ECS_PAGE = {
  list: 100,
  describeServices: 10,
  describeServiceDeployments: 20,
  describeServiceRevisions: 20,
  describeTasks: 100,
} as const;

/** How long after a deregistration ECS may still accept the revision, in minutes. @see API_DeregisterTaskDefinition */
export const DEREGISTRATION_LAG_MINUTES = 10;

/** Lambda keeps at most 4 KB of environment; the settings document may fill 3 KB of it. */
export const LARGEST_SETTINGS_BYTES = 3 * 1024;
