import type { Environment } from './arn';

/** Who, beside ECS itself, can pin a revision, and what asking them takes. */
export interface ReferrerFacts {
  /** As plans and messages name it. */
  readonly name: string;
  /**
   * IAM actions of the scan, all of them reads, each with the narrowest resource that IAM knows for it and the scan can do with: what stands
   * behind the account in an ARN, or `*` where it takes none.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/
   */
  readonly actions: Readonly<Record<string, string>>;
  /** Partitions (`aws-us-gov`) and Regions (`ap-east-2`) where AWS does not offer the service: there it can hold no referrer. */
  readonly absentFrom: readonly string[];
}

export const REFERRERS = {
  EVENTBRIDGE_RULES: {
    name: 'EventBridge rules',
    actions: { 'events:ListEventBuses': '*', 'events:ListRules': '*', 'events:ListTargetsByRule': 'rule/*' },
    // Offered wherever ECS is: endpoints.json of botocore 1.44.8, released 2026-11-20.
    absentFrom: [],
  },
  EVENTBRIDGE_SCHEDULER: {
    name: 'EventBridge Scheduler',
    // The input of a schedule may be encrypted with the account's own key: then kms:Decrypt on it too, which only its owner can give.
    actions: { 'scheduler:ListSchedules': '*', 'scheduler:GetSchedule': 'schedule/*/*' },
    // Offered wherever ECS is, by the same source.
    absentFrom: [],
  },
  EVENTBRIDGE_PIPES: {
    name: 'EventBridge Pipes',
    actions: { 'pipes:ListPipes': '*', 'pipes:DescribePipe': 'pipe/*' },
    // Where ECS is offered and Pipes are not, by the same source. aws-iso-e and aws-iso-f have them.
    absentFrom: [
      'aws-us-gov',
      'aws-iso',
      'aws-iso-b',
      'aws-eusc',
      'ap-east-2',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-6',
      'ap-southeast-7',
      'ca-west-1',
      'il-central-1',
      'mx-central-1',
    ],
  },
  STEP_FUNCTIONS: {
    name: 'Step Functions',
    // A definition that is encrypted with the account's own key needs kms:Decrypt on that key too, which only its owner can give.
    actions: {
      'states:ListStateMachines': '*',
      'states:DescribeStateMachine': 'stateMachine:*',
      'states:ListStateMachineVersions': 'stateMachine:*',
    },
    // Offered wherever ECS is: endpoints.json of botocore 1.43.11, released in May 2026.
    absentFrom: [],
  },
  CODE_DEPLOY: {
    name: 'CodeDeploy',
    actions: {
      'codedeploy:ListApplications': '*',
      'codedeploy:BatchGetApplications': 'application:*',
      'codedeploy:ListDeploymentGroups': 'application:*',
      'codedeploy:BatchGetDeploymentGroups': 'deploymentgroup:*',
      'codedeploy:ListDeployments': 'deploymentgroup:*',
      'codedeploy:BatchGetDeployments': 'deploymentgroup:*',
    },
    // Offered wherever ECS is, by the same source.
    absentFrom: [],
  },
  CLOUD_FORMATION: {
    name: 'CloudFormation stacks',
    // By a physical id there is no stack to name: IAM takes no resource then.
    actions: { 'cloudformation:DescribeStackResources': '*', 'cloudformation:DescribeStacks': 'stack/*/*' },
    absentFrom: [],
  },
} as const satisfies Record<string, ReferrerFacts>;

export type Referrer = keyof typeof REFERRERS;

export const ALL_REFERRERS = Object.keys(REFERRERS) as Referrer[];

/** Kinds that are listed as a whole; CloudFormation is asked revision by revision. */
export type ListedReferrer = Exclude<Referrer, 'CLOUD_FORMATION'>;

export const LISTED_REFERRERS = ALL_REFERRERS.filter((kind): kind is ListedReferrer => kind !== 'CLOUD_FORMATION');

/** An ARN from what stands behind the account in it; `*` stays what it is. */
export function resourceArn(action: string, resource: string, { partition, region, account }: Environment): string {
  const service = action.slice(0, action.indexOf(':'));
  return resource === '*' ? resource : `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

export function isOffered(referrer: Referrer, { partition, region }: Pick<Environment, 'partition' | 'region'>): boolean {
  const { absentFrom }: ReferrerFacts = REFERRERS[referrer];
  return !absentFrom.includes(partition) && !absentFrom.includes(region);
}

/** What every pruner is told of whom to ask; nothing where nothing was said. */
export interface ReferrerSettings {
  /** Kinds of referrers that are not asked. */
  readonly withoutReferrers?: readonly Referrer[];
  /** Kinds of referrers that may refuse to answer; a plan then says that they were not examined. */
  readonly tolerateDenied?: readonly Referrer[];
}

export function referrerSettings({ withoutReferrers, tolerateDenied }: ReferrerSettings): ReferrerSettings {
  return {
    ...(withoutReferrers === undefined ? {} : { withoutReferrers }),
    ...(tolerateDenied === undefined ? {} : { tolerateDenied }),
  };
}
