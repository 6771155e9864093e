import {
  DeregisterTaskDefinitionCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import { ECS_ACTIONS, ECS_BUCKETS, type EcsAction, type EcsBucket } from '../../lib/contract/limits';
import type { Clock } from '../clock';
import { EcsCallError } from '../ecs-call-error';
import type { EcsCall } from './ecs-call';
import { PacedLimiter } from './paced-limiter';
import { wireAnswer } from './wire-answer';

const COMMANDS = {
  ListTaskDefinitions: ListTaskDefinitionsCommand,
  DescribeTaskDefinition: DescribeTaskDefinitionCommand,
  DeregisterTaskDefinition: DeregisterTaskDefinitionCommand,
  ListClusters: ListClustersCommand,
  ListServices: ListServicesCommand,
  DescribeServices: DescribeServicesCommand,
  ListServiceDeployments: ListServiceDeploymentsCommand,
  DescribeServiceDeployments: DescribeServiceDeploymentsCommand,
  DescribeServiceRevisions: DescribeServiceRevisionsCommand,
  ListTasks: ListTasksCommand,
  DescribeTasks: DescribeTasksCommand,
} satisfies Record<EcsAction, unknown>;

// Inputs differ by action. The callers stand in this folder, and ECS checks what they send.
// biome-ignore lint/suspicious/noExplicitAny: the SDK has no common type for its commands
type AnyCommand = new (input: any) => any;

/** At most half of a read bucket, so that consoles and pipelines keep the other half. */
const READ_SHARE = 0.5;
/** Task definition reads may take three quarters: nothing of a deployment waits for them. */
const DEFINITION_READ_SHARE = 0.75;
const READ_CATCH_UP = 10;
const READ_ATTEMPTS = 10;

export interface EcsSdk {
  readonly call: EcsCall;
  /** The pace of deregistrations. */
  readonly modifyPace: PacedLimiter;
}

/** ECS through the SDK: one client a token bucket, each paced inside the SDK's own retry strategy. */
export function ecsSdk({ clock, actionsPerSecond }: { readonly clock: Clock; readonly actionsPerSecond: number }): EcsSdk {
  const modifyPace = new PacedLimiter(clock, actionsPerSecond, 0);
  const clients = new Map<EcsBucket, ECSClient>();
  const clientOf = (bucket: EcsBucket): ECSClient => {
    const client =
      clients.get(bucket) ?? (bucket === 'definitionModify' ? modifyClient(modifyPace) : readClient(bucket, clock));
    clients.set(bucket, client);
    return client;
  };
  const call: EcsCall = async (action, input) => {
    const Command: AnyCommand = COMMANDS[action];
    try {
      return await wireAnswer(clientOf(ECS_ACTIONS[action]), new Command(input));
    } catch (error) {
      throw callError(action, error);
    }
  };
  return { call, modifyPace };
}

/** One attempt a call: before another, the caller looks again whether the revision may still go. */
function modifyClient(pace: PacedLimiter): ECSClient {
  return new ECSClient({ maxAttempts: 1, retryStrategy: new AdaptiveRetryStrategy(1, { rateLimiter: pace }) });
}

function readClient(bucket: EcsBucket, clock: Clock): ECSClient {
  const share = bucket === 'definitionRead' ? DEFINITION_READ_SHARE : READ_SHARE;
  const rateLimiter = new PacedLimiter(clock, ECS_BUCKETS[bucket].perSecond * share, READ_CATCH_UP);
  return new ECSClient({
    maxAttempts: READ_ATTEMPTS,
    retryStrategy: new AdaptiveRetryStrategy(READ_ATTEMPTS, { rateLimiter }),
  });
}

/** The SDK's error holds the whole answer, which may hold container definitions: only name and sentence go on. */
function callError(action: EcsAction, error: unknown): EcsCallError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new EcsCallError(action, name, message);
}
