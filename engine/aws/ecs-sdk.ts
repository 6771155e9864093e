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
import { ECS_ACTIONS, type EcsAction, type EcsBucket } from '../../lib/contract/limits';
import type { Clock } from '../clock';
import { EcsCallError } from '../ecs-call-error';
import type { EcsCall } from './ecs-call';
import { paces } from './pace';
import type { PacedLimiter } from './paced-limiter';
import { REQUEST_TIMES } from './request-times';
import { sdkError } from './sdk-error';
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

const READ_ATTEMPTS = 10;

export interface EcsSdk {
  readonly call: EcsCall;
  /** The pace of deregistrations. */
  readonly modifyPace: PacedLimiter;
  /** Lets go of the connections; a call that waits for its turn yet is not sent, not even when a frozen process goes on. */
  close(): void;
}

/** ECS through the SDK: one client a token bucket, each paced inside the SDK's own retry strategy. */
export function ecsSdk({ clock, actionsPerSecond }: { readonly clock: Clock; readonly actionsPerSecond: number }): EcsSdk {
  const paceOf = paces(clock, actionsPerSecond);
  const clients = new Map<EcsBucket, ECSClient>();
  const closed = new AbortController();
  const clientOf = (bucket: EcsBucket): ECSClient => {
    const client = clients.get(bucket) ?? pacedClient(bucket, paceOf(bucket));
    clients.set(bucket, client);
    return client;
  };
  const call: EcsCall = async (action, input) => {
    const Command: AnyCommand = COMMANDS[action];
    try {
      return await wireAnswer(clientOf(ECS_ACTIONS[action]), new Command(input), closed.signal);
    } catch (error) {
      const { code, reason } = sdkError(error);
      throw new EcsCallError(action, code, reason);
    }
  };
  const close = () => {
    closed.abort();
    for (const client of clients.values()) client.destroy();
  };
  return { call, modifyPace: paceOf('definitionModify'), close };
}

function pacedClient(bucket: EcsBucket, rateLimiter: PacedLimiter): ECSClient {
  // One attempt to deregister: before another, the caller looks again whether the revision may still go.
  const maxAttempts = bucket === 'definitionModify' ? 1 : READ_ATTEMPTS;
  const retryStrategy = new AdaptiveRetryStrategy(maxAttempts, { rateLimiter });
  return new ECSClient({ maxAttempts, retryStrategy, requestHandler: REQUEST_TIMES });
}
