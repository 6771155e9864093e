import {
  BatchGetApplicationsCommand,
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentsCommand,
  CodeDeployClient,
  ListApplicationsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
} from '@aws-sdk/client-codedeploy';
import type { ServiceShape } from './service-reads';

const APPLICATION_GONE = ['ApplicationDoesNotExistException'];

/**
 * AWS CodeDeploy.
 *
 * No rates are documented (https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html and
 * https://docs.aws.amazon.com/general/latest/gr/codedeploy.html, read 2026-11-25), and bursts of a few calls a second have been
 * throttled (https://github.com/awslabs/aws-codedeploy-plugin/issues/95): modest, for deployments ask it every few seconds.
 */
export const codeDeployShape: ServiceShape = {
  client: (options) => new CodeDeployClient(options),
  bucket: { perSecond: 4, burst: 10 },
  actions: {
    ListApplications: { command: ListApplicationsCommand, items: 'applications', token: 'nextToken' },
    BatchGetApplications: { command: BatchGetApplicationsCommand, gone: APPLICATION_GONE },
    ListDeploymentGroups: {
      command: ListDeploymentGroupsCommand,
      items: 'deploymentGroups',
      token: 'nextToken',
      gone: APPLICATION_GONE,
    },
    BatchGetDeploymentGroups: { command: BatchGetDeploymentGroupsCommand, gone: APPLICATION_GONE },
    ListDeployments: { command: ListDeploymentsCommand, items: 'deployments', token: 'nextToken' },
    BatchGetDeployments: { command: BatchGetDeploymentsCommand },
  },
};
