import { Stack, Token } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, wildcardFinding } from '../function/acknowledge';
import { referredTo } from './rendered-property';

// The agent signs with the task role, and calls Get for a read and Update for a change. Both know one resource, the task, whose id nobody
// knows before it runs: the narrowest form is the tasks of the cluster. By ARN and not by the condition `ecs:cluster`, and never by the
// service's name, which a role that the service waits for cannot know.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
const PROTECT = ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'];

/**
 * Lets the tasks of a service protect themselves. Where the app makes the role, the statement stands in the role itself: a policy beside it
 * would be one more resource for each service, and a third of a synthesis.
 */
export function allowProtection(role: iam.IRole, service: ecs.BaseService): void {
  const resource = role instanceof iam.Role ? role.node.defaultChild : undefined;
  if (!(resource instanceof iam.CfnRole) || Token.isUnresolved(resource.policies)) {
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: PROTECT, resources: [inCluster(service, 'task')] }));
    return;
  }
  const policies = (resource.policies ?? []) as iam.CfnRole.PolicyProperty[];
  const policyName = `TaskScaleInProtection-${service.cluster.node.addr}`;
  if (policies.some((policy) => policy.policyName === policyName)) return;
  const Resource = substituted(resource, service) ?? inCluster(service, 'task');
  const Statement = [{ Action: PROTECT, Effect: 'Allow', Resource }];
  resource.policies = [...policies, { policyName, policyDocument: { Statement, Version: '2012-10-17' } }];
}

/**
 * Whether a role renders what is added to it. A role that may not be changed says that it does and renders nothing: only the missing policy
 * tells.
 */
export function rendersPolicies(role: iam.IRole): boolean {
  const resource = role instanceof iam.Role ? role.node.defaultChild : undefined;
  return resource instanceof iam.CfnRole || role.node.children.some((child) => child instanceof iam.Policy);
}

/** Lets a controller find the tasks of a service's cluster, and protect and release them. */
export function grantManageProtection(grantee: iam.IGrantable, service: ecs.BaseService): iam.Grant {
  const tasks = inCluster(service, 'task');
  const grant = (actions: string[], resource: string, conditions?: Record<string, Record<string, unknown>>) =>
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resource], conditions });
  // ListTasks names container instances, which Fargate tasks have none of, and ListServices takes no resource at all: `*` with the
  // cluster as condition is the narrowest form of both.
  const cluster = { ArnEquals: { 'ecs:cluster': service.cluster.clusterArn } };
  return grant(PROTECT, tasks)
    .combine(grant(['ecs:DescribeTasks'], tasks))
    .combine(grant(['ecs:ListTasks', 'ecs:ListServices'], '*', cluster))
    .combine(grant(['ecs:DescribeServices'], inCluster(service, 'service')));
}

/**
 * Says why the statements above name a `*`, on the role that has them. Its owner could not: `Validations.acknowledge` refuses ids with
 * pseudo parameters in them. Only when the app is synthesized is it known how the role's stack spells the cluster.
 */
export function acknowledgeProtection(principal: unknown, service: ecs.BaseService, manages: boolean): void {
  if (!Construct.isConstruct(principal)) return;
  const spelt = (resource: string) => finding(principal, inCluster(service, resource));
  const reason = 'ids of tasks are not known before they run: the tasks of the cluster are the narrowest form';
  const tasks = [{ id: spelt('task'), reason }];
  const services = {
    id: spelt('service'),
    reason: 'reads only: a role that the service may wait for cannot name the service',
  };
  acknowledge(principal, ...(manages ? [...tasks, services] : tasks));
}

/**
 * The ARN of the cluster's tasks as one text, if the cluster stands in the same stack. aws-cdk-lib walks through every part of a joined ARN
 * several times in a synthesis; that would be half of the memory which protection takes in it.
 */
function substituted(role: iam.CfnRole, service: ecs.BaseService): object | undefined {
  const stack = Stack.of(service);
  const cluster = referredTo(service.cluster.clusterName);
  if (!(cluster instanceof ecs.CfnCluster) || cluster.stack !== stack || role.stack !== stack) return undefined;
  const text = (value: string, pseudo: string) => (Token.isUnresolved(value) ? `\${AWS::${pseudo}}` : value);
  const arn = stack.formatArn({
    partition: text(stack.partition, 'Partition'),
    service: 'ecs',
    region: text(stack.region, 'Region'),
    account: text(stack.account, 'AccountId'),
    resource: 'task',
    resourceName: `\${${cluster.logicalId}}/*`,
  });
  return { 'Fn::Sub': arn };
}

// Most services of a stack share a cluster: what is the same for all of them is made once.
const arns = new WeakMap<IConstruct, Map<string, string>>();
const findings = new WeakMap<IConstruct, Map<string, string>>();

function inCluster(service: ecs.BaseService, resource: string): string {
  const { cluster } = service;
  const stack = Stack.of(service);
  const format = () => stack.formatArn({ service: 'ecs', resource, resourceName: `${cluster.clusterName}/*` });
  return once(arns, stack, `${resource} ${cluster.node.addr}`, format);
}

function finding(principal: IConstruct, arn: string): string {
  return once(findings, Stack.of(principal), arn, () => wildcardFinding(principal, arn));
}

function once(kept: WeakMap<IConstruct, Map<string, string>>, owner: IConstruct, name: string, make: () => string): string {
  const values = kept.get(owner) ?? new Map<string, string>();
  kept.set(owner, values);
  const value = values.get(name) ?? make();
  values.set(name, value);
  return value;
}
