/**
 * Who, beside ECS itself, can pin a revision, and what asking them takes.
 *
 * `actions`: IAM actions of the scan, all of them reads. `absentFrom`: where AWS does not offer the service; there it can hold no referrer.
 */
export interface ReferrerFacts {
  /** As plans and messages name it. */
  readonly name: string;
  readonly actions: readonly string[];
  /** Partitions (`aws-us-gov`) and Regions (`ap-east-2`). */
  readonly absentFrom: readonly string[];
}

export const REFERRERS = {
  EVENTBRIDGE_RULES: {
    name: 'EventBridge rules',
    actions: ['events:ListEventBuses', 'events:ListRules', 'events:ListTargetsByRule'],
    // Offered wherever ECS is: endpoints.json of botocore 1.44.8, released 2026-11-20.
    absentFrom: [],
  },
  EVENTBRIDGE_SCHEDULER: {
    name: 'EventBridge Scheduler',
    // The input of a schedule may be encrypted with the account's own key: then kms:Decrypt on it too, which only its owner can give.
    actions: ['scheduler:ListSchedules', 'scheduler:GetSchedule'],
    // Offered wherever ECS is, by the same source.
    absentFrom: [],
  },
  EVENTBRIDGE_PIPES: {
    name: 'EventBridge Pipes',
    actions: ['pipes:ListPipes', 'pipes:DescribePipe'],
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
    actions: ['states:ListStateMachines', 'states:DescribeStateMachine', 'states:ListStateMachineVersions'],
    // Offered wherever ECS is: endpoints.json of botocore 1.43.11, released in May 2026.
    absentFrom: [],
  },
  CODE_DEPLOY: {
    name: 'CodeDeploy',
    actions: [
      'codedeploy:ListApplications',
      'codedeploy:BatchGetApplications',
      'codedeploy:ListDeploymentGroups',
      'codedeploy:BatchGetDeploymentGroups',
      'codedeploy:ListDeployments',
      'codedeploy:BatchGetDeployments',
    ],
    // Offered wherever ECS is, by the same source.
    absentFrom: [],
  },
} as const satisfies Record<string, ReferrerFacts>;

export type Referrer = keyof typeof REFERRERS;

export const ALL_REFERRERS = Object.keys(REFERRERS) as Referrer[];
