import type { Environment } from '../../lib/contract/arn';

/** One of a role's statements, its resources and conditions as the deployed stack has them. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Condition;
}

type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What IAM is asked before a call: may the role do this to all of these? */
export interface Ask {
  readonly action: string;
  /** An action without a resource type of its own is asked about `*`. */
  readonly resources: readonly string[];
  readonly context?: Readonly<Record<string, string>>;
}

/** One action on one resource pattern: the smallest thing that a policy gives. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition: Condition;
}

export function grantsOf(statements: readonly Statement[]): Grant[] {
  return statements.flatMap(({ actions, resources, condition }) =>
    actions.flatMap((action) => resources.map((resource) => ({ action, resource, condition }))),
  );
}

/** The grants that let a role do this, by resource; one that is missing shows as `undefined`. */
export function grantsFor(grants: readonly Grant[], { action, resources, context = {} }: Ask): (Grant | undefined)[] {
  return resources.map((resource) =>
    grants.find(
      (grant) => grant.action === action && matches(grant.resource, resource) && holds(grant.condition, context, action),
    ),
  );
}

/** As IAM matches ARNs: `*` and `?`, upper and lower case told apart. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}

/**
 * Which keys a call carries beside those of every call. A condition on another key never holds.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'ecs:ListServices': ['ecs:cluster'],
  'ecs:ListTasks': ['ecs:cluster'],
  'sts:AssumeRole': ['aws:SourceAccount', 'aws:SourceArn'],
};

function holds(condition: Condition, context: Readonly<Record<string, string>>, action: string): boolean {
  return Object.entries(condition).every(([operator, keys]) => {
    if (!['StringEquals', 'ArnEquals', 'ArnLike', 'StringLike'].includes(operator)) throw new Error(`no rule for ${operator}`);
    return Object.entries(keys).every(([key, values]) => {
      const value = KEYS[action]?.includes(key) ? context[key] : undefined;
      return value !== undefined && values.some((one) => (operator === 'StringEquals' ? one === value : matches(one, value)));
    });
  });
}

type Input = Readonly<Record<string, unknown>>;

/** The account that calls are made in. */
export interface Place extends Environment {
  /** Of no ARN: only buckets and keys tell where an object lies. */
  readonly bucketHas: (bucket: string, key: string) => boolean;
}

/**
 * What each call of the simulator's logs asks IAM for.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html, each service's table
 */
export function asksOf(service: string, action: string, input: Input, place: Place): Ask[] {
  const name = `${service}:${action}`;
  const { partition, region, account } = place;
  const one = (...resources: string[]): Ask[] => [{ action: name, resources }];
  const arns = (member: string) => input[member] as string[];
  const arn = (of: string, resource: string) => `arn:${partition}:${of}:${region}:${account}:${resource}`;
  switch (name) {
    case 'ecs:ListTaskDefinitions':
    case 'ecs:DescribeTaskDefinition':
    case 'ecs:DeregisterTaskDefinition':
    case 'ecs:ListClusters':
      return one('*');
    case 'ecs:ListServices':
      return [{ action: name, resources: ['*'], context: { 'ecs:cluster': String(input.cluster) } }];
    case 'ecs:ListTasks': {
      // Fargate tasks run on no container instance: the request is about any of the cluster.
      const any = `${String(input.cluster).replace(':cluster/', ':container-instance/')}/*`;
      return [{ action: name, resources: [any], context: { 'ecs:cluster': String(input.cluster) } }];
    }
    case 'ecs:DescribeServices':
      return one(...arns('services'));
    case 'ecs:DescribeTasks':
    case 'ecs:GetTaskProtection':
    case 'ecs:UpdateTaskProtection':
      return one(...arns('tasks'));
    case 'ecs:ListServiceDeployments':
      return one(String(input.service));
    // Both kinds of resource are required: what is described, and the service that it belongs to.
    case 'ecs:DescribeServiceDeployments':
      return one(...arns('serviceDeploymentArns').flatMap((arn) => [arn, serviceOf(arn)]));
    case 'ecs:DescribeServiceRevisions':
      return one(...arns('serviceRevisionArns').flatMap((arn) => [arn, serviceOf(arn)]));
    case 's3:GetObject': {
      const [bucket, key] = [String(input.bucket), String(input.key)];
      const object: Ask = { action: name, resources: [`arn:${partition}:s3:::${bucket}/${key}`] };
      // Only who may list is told that there is none: others are refused. @see API_GetObject
      const list: Ask = { action: 's3:ListBucket', resources: [`arn:${partition}:s3:::${bucket}`] };
      return place.bucketHas(bucket, key) ? [object] : [object, list];
    }
    case 's3:PutObject':
    case 's3:DeleteObject':
      return one(`arn:${partition}:s3:::${String(input.bucket)}/${String(input.key)}`);
    case 'events:PutEvents': {
      const entries = input.Entries as { EventBusName?: string }[];
      const bus = (given = 'default') =>
        given.startsWith('arn:') ? given : `arn:${partition}:events:${region}:${account}:event-bus/${given}`;
      return one(...entries.map(({ EventBusName }) => bus(EventBusName)));
    }
    case 'events:ListEventBuses':
    case 'events:ListRules':
    case 'scheduler:ListSchedules':
    case 'pipes:ListPipes':
    case 'states:ListStateMachines':
    case 'codedeploy:ListApplications':
      return one('*');
    case 'events:ListTargetsByRule': {
      const bus = input.EventBusName === 'default' ? '' : `${String(input.EventBusName)}/`;
      return one(arn('events', `rule/${bus}${String(input.Rule)}`));
    }
    case 'scheduler:GetSchedule':
      return one(arn('scheduler', `schedule/${String(input.GroupName)}/${String(input.Name)}`));
    case 'pipes:DescribePipe':
      return one(arn('pipes', `pipe/${String(input.Name)}`));
    case 'states:DescribeStateMachine':
    case 'states:ListStateMachineVersions':
      return one(String(input.stateMachineArn));
    case 'codedeploy:BatchGetApplications':
      return one(...arns('applicationNames').map((application) => arn('codedeploy', `application:${application}`)));
    case 'codedeploy:ListDeploymentGroups':
      return one(arn('codedeploy', `application:${String(input.applicationName)}`));
    case 'codedeploy:BatchGetDeploymentGroups':
      return one(
        ...arns('deploymentGroupNames').map((group) =>
          arn('codedeploy', `deploymentgroup:${String(input.applicationName)}/${group}`),
        ),
      );
    // Neither names a group: what is asked about then is not documented, but for its type.
    case 'codedeploy:ListDeployments':
    case 'codedeploy:BatchGetDeployments':
      return one(arn('codedeploy', 'deploymentgroup:any/any'));
    case 'cloudformation:DescribeStacks':
    case 'cloudformation:DescribeStackResource':
    case 'cloudformation:ListStackResources':
      return one(String(input.StackName));
    case 'cloudformation:DescribeStackResources':
      // By a physical id nobody knows yet which stack it is about.
      return one(input.StackName === undefined ? '*' : String(input.StackName));
    default:
      throw new Error(`no rule for what ${name} asks of IAM`);
  }
}

/** `service-deployment/CLUSTER/SERVICE/ID` and `service-revision/…` belong to `service/CLUSTER/SERVICE`. */
function serviceOf(arn: string): string {
  return arn.slice(0, arn.lastIndexOf('/')).replace(/:service-(deployment|revision)\//, ':service/');
}
