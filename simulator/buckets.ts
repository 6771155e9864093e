import { type Bucket, ECS_ACTIONS, ECS_BUCKETS } from '../lib/contract/limits';
import { SimulatedError } from './simulated-error';

/** Buckets and actions of the ECS API that the product itself never calls. @see request-throttling.html of the ECS guide */
const BUCKETS: Record<string, Bucket> = {
  ...ECS_BUCKETS,
  clusterModify: { burst: 20, perSecond: 1 },
  clusterResourceModify: { burst: 100, perSecond: 40 },
  serviceModify: { burst: 50, perSecond: 5 },
  taskProtection: { burst: 200, perSecond: 80 },
  tagRead: { burst: 50, perSecond: 20 },
  tagModify: { burst: 20, perSecond: 10 },
};

const BUCKET_OF_ACTION: Record<string, string> = {
  ...ECS_ACTIONS,
  RegisterTaskDefinition: 'definitionModify',
  DeleteTaskDefinitions: 'definitionDelete',
  ListTaskDefinitionFamilies: 'definitionRead',
  CreateCluster: 'clusterModify',
  DescribeClusters: 'clusterRead',
  CreateService: 'serviceModify',
  UpdateService: 'serviceModify',
  DeleteService: 'serviceModify',
  RunTask: 'clusterResourceModify',
  StopTask: 'clusterResourceModify',
  GetTaskProtection: 'taskProtection',
  UpdateTaskProtection: 'taskProtection',
  ListTagsForResource: 'tagRead',
  TagResource: 'tagModify',
  UntagResource: 'tagModify',
  // Not on AWS's page; assumed.
  DescribeTaskSets: 'serviceRead',
  CreateTaskSet: 'serviceModify',
  DeleteTaskSet: 'serviceModify',
  UpdateServicePrimaryTaskSet: 'serviceModify',
  StopServiceDeployment: 'serviceDeployment',
};

interface Level {
  tokens: number;
  at: number;
}

/** The token buckets of one account and Region, refilled continuously. */
export class TokenBuckets {
  private readonly levels = new Map<string, Level>();

  constructor(private readonly now: () => number) {}

  /**
   * Takes a token for the action.
   *
   * @throws ThrottlingException when the bucket is empty; no token is taken then
   */
  take(action: string): void {
    const name = BUCKET_OF_ACTION[action];
    const bucket = name === undefined ? undefined : BUCKETS[name];
    if (!name || !bucket) return;
    const now = this.now();
    const level = this.levels.get(name) ?? { tokens: bucket.burst, at: now };
    this.levels.set(name, level);
    level.tokens = Math.min(bucket.burst, level.tokens + (Math.max(0, now - level.at) / 1000) * bucket.perSecond);
    level.at = now;
    // Sums of fractions: a hair below one is one.
    if (level.tokens < 1 - 1e-9) throw new SimulatedError('ThrottlingException', 'Rate exceeded');
    level.tokens -= 1;
  }
}
