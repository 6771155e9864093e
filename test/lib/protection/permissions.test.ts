import { App, Stack, Stage, Annotations as Warnings } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { TaskScaleInProtection } from 'cdk-ecs-caretaker';
import { AwsSolutionsChecks } from 'cdk-nag';
import { dependencyCircle } from './dependency-circle';
import { errorOf, fargateService, idsIn, image, protectedService, statementsOf, warningsOf } from './service-in';

const TASKS = new iam.ServicePrincipal('ecs-tasks.amazonaws.com');
const ARN = 'arn:aws:iam::111122223333:role/theirs';

function serviceWithRole(taskRole: (stack: Stack) => iam.IRole) {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Definition', { taskRole: taskRole(stack) });
  taskDefinition.addContainer('worker', { image });
  const service = fargateService(stack, 'Service', { service: { taskDefinition } });
  const protection = new TaskScaleInProtection(stack, 'Protection', { service });
  return { stack, protection };
}

const ours = (stack: Stack) => statementsOf(stack).filter(({ Action }) => [Action].flat().includes('ecs:UpdateTaskProtection'));

describe('a task role that renders nothing is warned of', () => {
  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['imported as immutable', (stack) => iam.Role.fromRoleArn(stack, 'Role', ARN, { mutable: false })],
    ['of another account', (stack) => iam.Role.fromRoleArn(stack, 'Role', ARN.replace('111122223333', '999999999999'))],
    ['without policy updates', (stack) => new iam.Role(stack, 'Role', { assumedBy: TASKS }).withoutPolicyUpdates()],
  ])('%s', (_, role) => {
    const { stack } = serviceWithRole(role);
    expect(ours(stack)).toEqual([]);
    const warnings = warningsOf(stack);
    expect(idsIn(warnings)).toEqual(['grantNotRendered']);
    expect(warnings[0]).toContain(
      "'taskRole' of the task definition should take policies, got: a role that this app cannot change",
    );
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['of the same account', (stack) => iam.Role.fromRoleArn(stack, 'Role', ARN)],
    ['by its name', (stack) => iam.Role.fromRoleName(stack, 'Role', 'theirs')],
    ['of the app', (stack) => new iam.Role(stack, 'Role', { assumedBy: TASKS })],
  ])('but not one %s', (_, role) => {
    const { stack } = serviceWithRole(role);
    expect(ours(stack)).toHaveLength(1);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('until it is acknowledged, at the construct or above it', () => {
    const make = () => serviceWithRole((stack) => iam.Role.fromRoleArn(stack, 'Role', ARN, { mutable: false }));
    const [one, two] = [make(), make()];
    Warnings.of(one.protection).acknowledgeWarning('cdk-ecs-caretaker:grantNotRendered');
    Warnings.of(two.stack).acknowledgeWarning('cdk-ecs-caretaker:grantNotRendered');
    expect([warningsOf(one.stack), warningsOf(two.stack)]).toEqual([[], []]);
  });
});

test('a role that was made before the app is warned of', () => {
  const stack = new Stack(new App(), 'Stack');
  iam.Role.customizeRoles(stack);
  new TaskScaleInProtection(stack, 'Protection', { service: fargateService(stack) });
  expect(ours(stack)).toEqual([]);
  expect(idsIn(warningsOf(stack))).toEqual(['grantNotRendered']);
});

test('inline policies that the role has already stay', () => {
  const { stack } = serviceWithRole((scope) => {
    const document = new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] })] });
    return new iam.Role(scope, 'Role', { assumedBy: TASKS, inlinePolicies: { theirs: document } });
  });
  expect(ours(stack)).toHaveLength(1);
  expect(statementsOf(stack).map(({ Action }) => Action)).toContain('s3:*');
});

test('a role of services in two clusters has a statement for each', () => {
  const { stack, service } = protectedService();
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Second', { taskRole: service.taskDefinition.taskRole });
  taskDefinition.addContainer('worker', { image });
  const cluster = new ecs.Cluster(stack, 'SecondCluster');
  const other = new ecs.FargateService(stack, 'Other', { cluster, taskDefinition });
  new TaskScaleInProtection(stack, 'OtherProtection', { service: other });
  expect(new Set(ours(stack).map(({ Resource }) => JSON.stringify(Resource))).size).toBe(2);
});

test('services that share a task definition share one statement', () => {
  const { stack, service } = protectedService();
  const { cluster, taskDefinition } = service;
  const other = new ecs.FargateService(stack, 'Other', { cluster, taskDefinition });
  new TaskScaleInProtection(stack, 'OtherProtection', { service: other });
  expect(ours(stack)).toHaveLength(1);
});

test('a cluster of another stack is named by what that stack exports', () => {
  const app = new App();
  const cluster = new ecs.Cluster(new Stack(app, 'Network'), 'Cluster');
  const stack = new Stack(app, 'Stack');
  new TaskScaleInProtection(stack, 'Protection', { service: fargateService(stack, 'Service', { service: { cluster } }) });
  expect(errorOf(stack)).toBe('');
  expect(JSON.stringify(ours(stack))).toContain('":task/",{"Fn::ImportValue":"Network:ExportsOutputRefCluster');
});

describe('a controller', () => {
  const { stack, protection } = protectedService();
  const role = new iam.Role(stack, 'Controller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const grant = protection.grantManage(role);
  const statements = () =>
    Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('Controller'))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);

  test('may protect, release, find and describe, in this cluster only', () => {
    expect(grant.success).toBe(true);
    const cluster = { 'Fn::GetAtt': [Match.anyValue(), 'Arn'] };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['ecs:ListTasks', 'ecs:ListServices'],
            Resource: '*',
            Condition: { ArnEquals: { 'ecs:cluster': cluster } },
          }),
        ]),
      },
    });
    const actions = statements().flatMap(({ Action }) => Action);
    expect(actions.sort()).toEqual([
      'ecs:DescribeServices',
      'ecs:DescribeTasks',
      'ecs:GetTaskProtection',
      'ecs:ListServices',
      'ecs:ListTasks',
      'ecs:UpdateTaskProtection',
    ]);
    for (const { Resource, Condition } of statements()) {
      expect(Condition ?? JSON.stringify(Resource)).toEqual(
        Condition ?? expect.stringMatching(/:(task|service)\/",\{"Ref":"Cluster\w+"\},"\/\*"/),
      );
    }
  });

  test('makes no circle, even if it is the task role itself', () => {
    const given = protectedService();
    given.protection.grantManage(given.service.taskDefinition.taskRole);
    expect(dependencyCircle(Template.fromStack(given.stack).toJSON().Resources)).toEqual([]);
  });

  test('may live in another stack', () => {
    const app = new App();
    const given = protectedService({}, app);
    const elsewhere = new Stack(app, 'Elsewhere');
    const user = new iam.Role(elsewhere, 'Controller', { assumedBy: new iam.AccountRootPrincipal() });
    given.protection.grantManage(user);
    expect(errorOf(elsewhere)).toBe('');
    expect(JSON.stringify(Template.fromStack(elsewhere).toJSON())).toContain('Fn::ImportValue');
  });
});

test('cdk-nag has no question about the tasks of the cluster, on the task role or a controller', () => {
  const app = new App();
  const stage = new Stage(app, 'Stage');
  const { stack, protection } = protectedService({}, stage as App);
  const elsewhere = new Stack(stage, 'Elsewhere');
  for (const [id, scope] of Object.entries({ Here: stack, There: elsewhere })) {
    protection.grantManage(new iam.Role(scope, id, { assumedBy: new iam.AccountRootPrincipal() }));
  }
  stage.synth();
  const found = new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
  expect(found.filter((rule) => rule.includes('IAM5')).sort()).toEqual(['AwsSolutions-IAM5[Resource::*]']);
});
