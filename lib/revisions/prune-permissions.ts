import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import type { EcsAction } from '../contract/limits';
import type { PruneSettings } from '../contract/prune-settings';
import { ALL_REFERRERS, isOffered, REFERRERS, type Referrer } from '../contract/referrers';
import { acknowledge, wildcardFinding } from '../function/acknowledge';

/**
 * Lets the role read what may refer to a revision, and deregister only where the mode says so.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export function allowPruning(role: iam.IRole, scope: Construct, mode: PruneSettings['mode']): string[] {
  const all = (...resources: string[]) =>
    resources.map((resource) => Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName: '*' }));
  const allow = (resources: string[], ...actions: EcsAction[]) =>
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: actions.map((action) => `ecs:${action}`), resources }));

  // The inventory and its ages. IAM knows no resource for these three: `*` is the only form.
  allow(['*'], 'ListTaskDefinitions', 'DescribeTaskDefinition', 'ListClusters');
  // Which services and tasks there are. ListServices takes no resource; ListTasks names container instances, which Fargate tasks
  // have none of, so that anything narrower than `*` would hide tasks from the scan.
  allow(['*'], 'ListServices', 'ListTasks');
  // What services run now (task definition, deployments, task sets), in every cluster: a reference anywhere keeps a revision.
  allow(all('service'), 'DescribeServices', 'ListServiceDeployments');
  // What services came from and may roll back to.
  allow(all('service', 'service-deployment'), 'DescribeServiceDeployments');
  allow(all('service', 'service-revision'), 'DescribeServiceRevisions');
  // What tasks run now, those of no service included.
  allow(all('task'), 'DescribeTasks');
  // The one act. IAM knows no resource and no condition key of its own for it: `*` or nothing. Which families it reaches is settled
  // in the code, by the approved plan. A mode that only the deployment knows may turn out to be DEREGISTER.
  if (mode === 'DEREGISTER' || Token.isUnresolved(mode)) allow(['*'], 'DeregisterTaskDefinition');
  return all('service', 'service-deployment', 'service-revision', 'task');
}

/**
 * Lets the role ask everybody else who may need a revision, and nobody who is switched off or not offered in this Region.
 *
 * @returns the wildcards, for the findings on them
 */
export function allowReferrers(role: iam.IRole, scope: Construct, without: readonly Referrer[] = []): string[] {
  const stack = Stack.of(scope);
  const { region } = stack;
  // Of a Region that only the deployment knows, nothing is known to be absent.
  const partition = (Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition) ?? stack.partition;
  const kinds = ALL_REFERRERS.filter((kind) => !without.includes(kind) && isOffered(kind, { partition, region }));
  const byResource = new Map<string, string[]>();
  for (const [action, resource] of kinds.flatMap((kind) => Object.entries(REFERRERS[kind].actions))) {
    const service = action.slice(0, action.indexOf(':'));
    const arn = resource === '*' ? resource : stack.formatArn({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
    byResource.set(arn, [...(byResource.get(arn) ?? []), action]);
  }
  // `*` stands where IAM knows no resource, as for listing. Of the others all are read: whichever it is may refer to a revision.
  for (const [arn, actions] of byResource) {
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [arn] }));
  }
  return [...byResource.keys()].filter((arn) => arn !== '*');
}

/** Lets the role keep its documents in the ledger. */
export function allowLedger(role: iam.IRole, ledger: s3.IBucket): void {
  // Plans, results and the state between ticks are written and read; the mark of a run at work is removed when it ends.
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      resources: [ledger.arnForObjects('*')],
    }),
  );
  // Without it S3 answers 403 for a key that is not there, and "nothing yet" looks like "may not".
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [ledger.bucketArn] }));
}

/** Lets the role tell the account's default bus how a run went. */
export function allowEvents(role: iam.IRole, scope: Construct): void {
  const bus = Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] }));
}

/** The findings on the construct's own role that no narrower policy would avoid. */
export function acknowledgePermissions(role: iam.IRole, scope: Construct, ledger: s3.IBucket, read: string[]): void {
  acknowledgeReads(role, scope, read);
  acknowledge(role, {
    id: wildcardFinding(scope, ledger.arnForObjects('*')),
    reason: 'the objects of the ledger, which is this pruner’s alone; plans and results carry the time in their names',
  });
}

/** Those of reading references and deregistering. */
export function acknowledgeReads(role: iam.IRole, scope: Construct, read: string[]): void {
  acknowledge(
    role,
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'AWS takes no resource for these listings, for describing a task definition and for deregistering one',
    },
    ...read.map((arn) => ({
      id: wildcardFinding(scope, arn),
      reason: 'reads only: a reference from anywhere in the Region keeps a revision, so that all must be read',
    })),
  );
}
