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

/** One token bucket, refilled continuously. */
export class TokenBucket {
  private tokens: number;
  private at: number;

  constructor(
    private readonly bucket: Bucket,
    private readonly now: () => number,
  ) {
    this.tokens = bucket.burst;
    this.at = now();
  }

  /** Takes a token, if there is one, and says whether there was. */
  take(): boolean {
    const { burst, perSecond } = this.bucket;
    const now = this.now();
    this.tokens = Math.min(burst, this.tokens + (Math.max(0, now - this.at) / 1000) * perSecond);
    this.at = now;
    // Sums of fractions: a hair below one is one.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }
}

/** The token buckets of one account and Region. */
export class TokenBuckets {
  private readonly made = new Map<string, TokenBucket>();

  constructor(private readonly now: () => number) {}

  /**
   * Takes a token for the action.
   *
   * @throws ThrottlingException when the bucket is empty; no token is taken then
   */
  take(action: string): void {
    const name = BUCKET_OF_ACTION[action];
    const documented = name === undefined ? undefined : BUCKETS[name];
    if (!name || !documented) return;
    const bucket = this.made.get(name) ?? new TokenBucket(documented, this.now);
    this.made.set(name, bucket);
    if (!bucket.take()) throw new SimulatedError('ThrottlingException', 'Rate exceeded');
  }
}
