import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  ListStateMachineVersionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { ServiceShape } from './service-reads';

/**
 * AWS Step Functions.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, "Quotas related to API action throttling",
 * read 2026-11-25, the same in every Region: DescribeStateMachine 20 a second (bucket 200), ListStateMachines 5 (100),
 * ListStateMachineVersions 1 (100)
 */
export const stepFunctionsShape: ServiceShape = {
  client: (options) => new SFNClient(options),
  bucket: { perSecond: 20, burst: 200 },
  actions: {
    ListStateMachines: { command: ListStateMachinesCommand, items: 'stateMachines', token: 'nextToken' },
    ListStateMachineVersions: {
      command: ListStateMachineVersionsCommand,
      items: 'stateMachineVersions',
      token: 'nextToken',
      // The versions of a machine are deleted with it; one that is being deleted runs to its end what it has begun.
      gone: ['StateMachineDoesNotExist', 'StateMachineDeleting', 'ResourceNotFound'],
      // One call a state machine. All that comes in, since it is so little, and half of the bucket: that is left to deployments.
      pace: { perSecond: 1, burst: 50 },
    },
    DescribeStateMachine: { command: DescribeStateMachineCommand, gone: ['StateMachineDoesNotExist'] },
  },
};
