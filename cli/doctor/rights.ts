import type { Environment } from '../../lib/contract/arn';
import { ECS_ACTIONS } from '../../lib/contract/limits';
import {
  ALL_REFERRERS,
  isOffered,
  REFERRERS,
  type Referrer,
  type ReferrerFacts,
  resourceArn,
} from '../../lib/contract/referrers';

/** One right that the role of a RevisionPruner needs. */
export interface Right {
  /** As IAM names it. */
  readonly action: string;
  /** What the action belongs to, as a heading. */
  readonly group: string;
  /** Why it is needed, to go on from "to …". */
  readonly purpose: string;
  /** The narrowest resources that IAM knows for it and the pruner can do with. */
  readonly resources: readonly string[];
  readonly offeredHere: boolean;
}

export interface Wanted {
  readonly environment: Environment;
  /** Whether the pruner is to act. */
  readonly deregisters: boolean;
  /** Kinds of referrers that are switched off. */
  readonly without: readonly Referrer[];
  readonly ledger?: string;
}

const DEREGISTER = 'ecs:DeregisterTaskDefinition';

/** Every right that the construct gives the role of its function. `test/cli/doctor/rights.test.ts` holds the two together. */
export function rightsFor({ environment, deregisters, without, ledger }: Wanted): Right[] {
  const right = (group: string, purpose: string, referrer?: Referrer) => (action: string) => ({
    action,
    group,
    purpose,
    resources: resourcesOf(action, environment, ledger),
    offeredHere: referrer === undefined || isOffered(referrer, environment),
  });
  const ecs = Object.keys(ECS_ACTIONS).map((action) => `ecs:${action}`);
  return [
    ...ecs
      .filter((action) => action !== DEREGISTER)
      .map(right('ECS', 'see every revision, and every service, deployment and task that refers to one')),
    ...(deregisters ? [right('Deregistering', 'deregister old revisions, for which IAM knows no resource')(DEREGISTER)] : []),
    ...ALL_REFERRERS.filter((kind) => !without.includes(kind)).flatMap((kind) => {
      const { name, actions }: ReferrerFacts = REFERRERS[kind];
      return Object.keys(actions).map(
        right(name, PURPOSE[kind] ?? `see whether anything in ${name} still needs a revision`, kind),
      );
    }),
    ...(ledger === undefined
      ? []
      : [
          ...['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject'].map(
            right('Ledger', `keep plans and results in the bucket ${ledger}`),
          ),
          right('Events', 'tell the default bus how a run went')('events:PutEvents'),
        ]),
  ];
}

const PURPOSE: Readonly<Partial<Record<Referrer, string>>> = {
  CLOUD_FORMATION: 'see which stack owns a revision, and whether that stack is being updated',
};

/** What is not listed takes no resource. @see https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  'ecs:DescribeServices': ['service/*'],
  'ecs:ListServiceDeployments': ['service/*'],
  'ecs:DescribeServiceDeployments': ['service/*', 'service-deployment/*'],
  'ecs:DescribeServiceRevisions': ['service/*', 'service-revision/*'],
  'ecs:DescribeTasks': ['task/*'],
  'events:PutEvents': ['event-bus/default'],
};

const OF_REFERRERS: Readonly<Record<string, string>> = Object.assign(
  {},
  ...Object.values(REFERRERS).map(({ actions }) => actions),
);

function resourcesOf(action: string, environment: Environment, ledger = ''): readonly string[] {
  const { partition } = environment;
  if (action.startsWith('s3:')) return [`arn:${partition}:s3:::${ledger}${action === 's3:ListBucket' ? '' : '/*'}`];
  const resources = RESOURCES[action] ?? [OF_REFERRERS[action] ?? '*'];
  return resources.map((resource) => resourceArn(action, resource, environment));
}
