import { readFileSync } from 'node:fs';
import { App, type CfnResource, Duration, NestedStack, RemovalPolicies, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RevisionPruner, StackRevisionPruner, type StackRevisionPrunerProps } from 'cdk-ecs-caretaker';
import { AwsSolutionsChecks } from 'cdk-nag';
import { STACK_ENV } from '../../../lib/contract/environment';
import { METRIC_DIMENSION, METRIC_NAMESPACE, STACK_PRUNE_METRICS } from '../../../lib/contract/metrics';
import { LISTED_REFERRERS, REFERRERS } from '../../../lib/contract/referrers';
import { parseStackPruneSettings } from '../../../lib/contract/stack-prune-settings';
import { STACK_SECONDS } from '../../../lib/contract/stack-pruning';
import { type Resource, resourcesOf, settingsOf, theOnly } from '../template-of';

const FLAGS = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));

function definitionIn(scope: Stack, id = 'Web', family: string | undefined = id.toLowerCase()): ecs.FargateTaskDefinition {
  const definition = new ecs.FargateTaskDefinition(scope, id, { family });
  definition.addContainer('main', { image: ecs.ContainerImage.fromRegistry('nginx') });
  return definition;
}

type Props = Partial<StackRevisionPrunerProps>;

function prunerIn(given: Props | ((stack: Stack) => Props) = {}, app = new App()) {
  const stack = new Stack(app, 'Stack');
  const props = typeof given === 'function' ? given(stack) : given;
  const taskDefinitions = props.taskDefinitions ?? [definitionIn(stack)];
  const pruner = new StackRevisionPruner(stack, 'OldRevisions', { ...props, taskDefinitions });
  return { app, stack, pruner, taskDefinitions };
}

const only = (stack: Stack, type: string): [string, Resource & { readonly UpdateReplacePolicy?: string }] => {
  const found = resourcesOf(stack, type);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0] as [string, Resource & { readonly UpdateReplacePolicy?: string }];
};
const policiesOf = (stack: Stack) => {
  const [, { DeletionPolicy, UpdateReplacePolicy }] = only(stack, 'AWS::ECS::TaskDefinition');
  return { DeletionPolicy, UpdateReplacePolicy };
};

describe('task definitions alone give a safe product', () => {
  const { stack, pruner } = prunerIn();

  test('the settings keep three revisions, an hour, three deployments, and everything on deletion', () => {
    expect(parseStackPruneSettings(settingsOf(stack))).toEqual({
      version: 1,
      families: ['web'],
      keepLatest: 3,
      minAgeMinutes: 60,
      keepSuccessfulDeployments: 3,
      actionsPerSecond: 0.5,
      keepTag: 'cdk-ecs-caretaker:keep',
      removalPolicy: 'RETAIN',
    });
  });

  test('one custom resource names the ARNs and nothing else, and waits ten minutes at most (C-03)', () => {
    const [, { Properties, DeletionPolicy }] = only(stack, 'Custom::EcsStackRevisionPruner');
    const [definition] = only(stack, 'AWS::ECS::TaskDefinition');
    const [handler] = only(stack, 'AWS::Lambda::Function');
    expect(Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [handler, 'Arn'] },
      ServiceTimeout: String(STACK_SECONDS.service),
      taskDefinitions: [{ Ref: definition }],
    });
    expect(DeletionPolicy).toBe('Delete');
  });

  test('all parts of an answer fit into what CloudFormation waits (C-03)', () => {
    const { service, function: ends, answer, reads, acts } = STACK_SECONDS;
    expect(theOnly(stack, 'AWS::Lambda::Function').Timeout).toBe(ends);
    expect(ends).toBeLessThan(service);
    // Half a minute for what was sent last, and ten seconds for the event.
    expect(reads + acts + 30 + 10).toBeLessThan(ends - answer);
  });

  test('the logical ids of the function and the custom resource never change (rule of the house)', () => {
    expect(only(stack, 'AWS::Lambda::Function')[0]).toBe('OldRevisionsHandlerFunctionCE029766');
    expect(only(stack, 'Custom::EcsStackRevisionPruner')[0]).toBe('OldRevisions41BBFC09');
  });

  test('Lambda calls again what could not be answered, while CloudFormation waits; then a queue takes it (C-03)', () => {
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: STACK_SECONDS.service,
    });
    const [queue] = only(stack, 'AWS::SQS::Queue');
    expect(theOnly(stack, 'AWS::Lambda::Function').DeadLetterConfig.TargetArn).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
  });

  test('the function knows its settings, its stack and its name, and nothing else', () => {
    const { Variables } = theOnly(stack, 'AWS::Lambda::Function').Environment;
    expect(Object.keys(Variables).sort()).toEqual(Object.values(STACK_ENV).sort());
    expect(Variables[STACK_ENV.pruner]).toBe('Stack/OldRevisions');
    expect(Variables[STACK_ENV.stack]).toEqual({ Ref: 'AWS::StackId' });
  });

  test('the role may read ECS, ask about this stack, deregister, and send events: exactly this', () => {
    const statements = only(stack, 'AWS::IAM::Policy')[1].Properties.PolicyDocument.Statement as {
      Action: string | string[];
      Resource: unknown;
    }[];
    const actions = statements.flatMap(({ Action }) => Action).sort();
    const others = LISTED_REFERRERS.flatMap((kind) => Object.keys(REFERRERS[kind].actions));
    expect(actions.filter((action) => !others.includes(action))).toEqual([
      'cloudformation:DescribeStackResource',
      'cloudformation:DescribeStackResources',
      'cloudformation:DescribeStacks',
      'cloudformation:ListStackResources',
      'ecs:DeregisterTaskDefinition',
      'ecs:DescribeServiceDeployments',
      'ecs:DescribeServiceRevisions',
      'ecs:DescribeServices',
      'ecs:DescribeTaskDefinition',
      'ecs:DescribeTasks',
      'ecs:ListClusters',
      'ecs:ListServiceDeployments',
      'ecs:ListServices',
      'ecs:ListTaskDefinitions',
      'ecs:ListTasks',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
    expect(actions).toEqual(expect.arrayContaining(others));
    const own = statements.filter(({ Action }) => [Action].flat().some((action) => /Stacks|StackResource$/.test(action)));
    for (const { Resource: resource } of own) expect([resource].flat()).toEqual([{ Ref: 'AWS::StackId' }]);
  });

  test('every metric of the contract has its method, under the pruner’s name', () => {
    for (const [key, { name, statistic }] of Object.entries(STACK_PRUNE_METRICS)) {
      const method = `metric${key.charAt(0).toUpperCase()}${key.slice(1)}` as 'metricRunsFailed';
      const metric = pruner[method]({ period: Duration.hours(1) });
      expect(metric).toMatchObject({ metricName: name, statistic, namespace: METRIC_NAMESPACE });
      expect(metric.dimensions).toEqual({ [METRIC_DIMENSION]: 'Stack/OldRevisions' });
      expect(metric.period.toHours()).toBe(1);
    }
    const methods = Object.getOwnPropertyNames(StackRevisionPruner.prototype).filter((name) => /^metric./.test(name));
    expect(methods).toHaveLength(Object.keys(STACK_PRUNE_METRICS).length);
  });
});

describe('what CloudFormation does with the revisions', () => {
  test('RETAIN keeps what an update replaces, and what the stack leaves; a failed creation goes', () => {
    expect(policiesOf(prunerIn().stack)).toEqual({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('DESTROY keeps only what an update replaces', () => {
    const { stack } = prunerIn({ removalPolicy: RemovalPolicy.DESTROY });
    expect(policiesOf(stack)).toEqual({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' });
    expect(settingsOf(stack)).toMatchObject({ removalPolicy: 'DESTROY' });
  });

  const earlier = (policy: RemovalPolicy) => (stack: Stack) => {
    const definition = definitionIn(stack);
    definition.applyRemovalPolicy(policy);
    return { taskDefinitions: [definition] };
  };

  test.each([RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('a user’s own %s suits RETAIN', (policy) => {
    const { stack } = prunerIn(earlier(policy));
    expect(policiesOf(stack).UpdateReplacePolicy).toBe('Retain');
  });

  test.each([
    [RemovalPolicy.DESTROY, RemovalPolicy.RETAIN],
    [RemovalPolicy.RETAIN, RemovalPolicy.DESTROY],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, RemovalPolicy.DESTROY],
  ])('a user’s earlier %s contradicts %s, and is refused with what to do', (policy, removalPolicy) => {
    expect(() => prunerIn((stack) => ({ ...earlier(policy)(stack), removalPolicy }))).toThrow(
      /\[Stack\/OldRevisions\] 'taskDefinitions\[0\]' must have no removal policy of its own .* leave it to the pruner/,
    );
  });

  test.each([
    ['a policy', (definition: ecs.TaskDefinition) => definition.applyRemovalPolicy(RemovalPolicy.DESTROY)],
    [
      'an override',
      (definition: ecs.TaskDefinition) =>
        (definition.node.defaultChild as CfnResource).addOverride('UpdateReplacePolicy', 'Delete'),
    ],
    ['an aspect', (definition: ecs.TaskDefinition) => RemovalPolicies.of(definition).destroy()],
  ])('%s set afterwards is refused at synth', (_, set) => {
    const { app, taskDefinitions } = prunerIn();
    set(taskDefinitions[0] as ecs.TaskDefinition);
    expect(() => app.synth()).toThrow(/the UpdateReplacePolicy of Stack\/Web\/Resource must stay Retain, got: Delete/);
  });

  test('a policy that would keep CloudFormation from ever calling is refused at synth', () => {
    const { app, stack } = prunerIn();
    RemovalPolicies.of(stack).retain();
    expect(() => app.synth()).toThrow(/CloudFormation never calls the pruner/);
  });
});

describe('bad input is refused with what to do, all faults at once', () => {
  const imported = (stack: Stack) =>
    ecs.TaskDefinition.fromTaskDefinitionArn(stack, 'Imported', 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1');

  test.each<[string, (stack: Stack) => Props, RegExp]>([
    ['no task definition', () => ({ taskDefinitions: [] }), /'taskDefinitions' must be a list of at least one/],
    [
      'an imported task definition',
      (stack) => ({ taskDefinitions: [imported(stack) as ecs.TaskDefinition] }),
      /'taskDefinitions\[0\]' must be made in this stack.*RevisionPruner.*got: Stack\/Imported/,
    ],
    [
      'a task definition of another stack',
      (stack) => ({ taskDefinitions: [definitionIn(new Stack(stack.node.root as App, 'Other'))] }),
      /'taskDefinitions\[0\]' must belong to the stack of the pruner.*got: Other\/Web/,
    ],
    [
      'one twice',
      (stack) => {
        const definition = definitionIn(stack);
        return { taskDefinitions: [definition, definition] };
      },
      /'taskDefinitions\[1\]' must be named once/,
    ],
    [
      'one that another pruner has',
      (stack) => {
        const definition = definitionIn(stack);
        new StackRevisionPruner(stack, 'First', { taskDefinitions: [definition] });
        return { taskDefinitions: [definition] };
      },
      /'taskDefinitions\[0\]' must have one pruner.*got: Stack\/Web, which Stack\/First prunes already/,
    ],
    [
      'something else',
      () => ({ taskDefinitions: [{} as ecs.TaskDefinition] }),
      /'taskDefinitions\[0\]' must be made in this stack/,
    ],
    ['keepLatest 0', () => ({ keepLatest: 0 }), /'keepLatest' must be a whole number from 1 to 1000000, got: 0/],
    ['half a minute', () => ({ minAge: Duration.seconds(30) }), /'minAge' must be a whole number .* minutes, got: 0.5/],
    [
      'a Duration token',
      () => ({ minAge: Duration.minutes(Token.asNumber({ Ref: 'Age' })) }),
      /'minAge' must be known when the app is synthesized/,
    ],
    [
      'snapshots',
      () => ({ removalPolicy: RemovalPolicy.SNAPSHOT }),
      /'removalPolicy' must be RemovalPolicy.RETAIN or .*DESTROY/,
    ],
    [
      'another policy',
      () => ({ removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }),
      /'removalPolicy' must be RemovalPolicy.RETAIN or/,
    ],
    ['the whole bucket', () => ({ actionsPerSecond: 1 }), /'actionsPerSecond' must be above 0 and at most 0.9/],
    ['a tag of AWS', () => ({ keepTag: 'aws:keep' }), /'keepTag' must be a tag key/],
    ['subnets without a VPC', () => ({ vpcSubnets: {} }), /'vpcSubnets' needs 'vpc'/],
    [
      'several faults',
      () => ({ keepLatest: 0, keepSuccessfulDeployments: 0, removalPolicy: RemovalPolicy.SNAPSHOT }),
      /'removalPolicy'.*'keepLatest'.*'keepSuccessfulDeployments'/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => prunerIn(props)).toThrow(message);
  });

  test('more families than the environment holds', () => {
    const many = (stack: Stack) => ({
      taskDefinitions: Array.from({ length: 40 }, (_, index) => definitionIn(stack, `D${index}`, `${'f'.repeat(90)}${index}`)),
    });
    expect(() => prunerIn(many)).toThrow(/'taskDefinitions' must fit .* 3072 bytes/);
  });
});

describe('works with', () => {
  test('several task definitions, in one custom resource', () => {
    const { stack } = prunerIn((scope) => ({ taskDefinitions: [definitionIn(scope, 'Web'), definitionIn(scope, 'Worker')] }));
    expect(only(stack, 'Custom::EcsStackRevisionPruner')[1].Properties.taskDefinitions).toHaveLength(2);
    expect(settingsOf(stack)).toMatchObject({ families: ['web', 'worker'] });
    expect(resourcesOf(stack, 'AWS::Lambda::Function')).toHaveLength(1);
  });

  test('a family and numbers that only the deployment knows', () => {
    const { stack } = prunerIn((scope) => ({
      taskDefinitions: [definitionIn(scope, 'Web', Token.asString({ Ref: 'Family' }))],
      keepLatest: Token.asNumber({ Ref: 'Keep' }),
    }));
    const document = settingsOf(stack, { Family: 'web', Keep: '7' });
    expect(parseStackPruneSettings(document)).toMatchObject({ families: ['web'], keepLatest: 7 });
  });

  test('minAge zero', () => {
    expect(settingsOf(prunerIn({ minAge: Duration.minutes(0) }).stack)).toMatchObject({ minAgeMinutes: 0 });
  });

  test('a nested stack: the role may also ask what its parents are doing', () => {
    const app = new App();
    const root = new Stack(app, 'Root');
    const middle = new NestedStack(root, 'Middle');
    const inner = new NestedStack(middle, 'Inner');
    new StackRevisionPruner(inner, 'OldRevisions', { taskDefinitions: [definitionIn(inner)] });
    app.synth();
    const [, { Properties }] = only(inner, 'AWS::IAM::Policy');
    const asks = Properties.PolicyDocument.Statement.find(({ Action }: { Action: string }) =>
      [Action].flat().includes('cloudformation:DescribeStacks'),
    );
    expect(asks.Resource).toHaveLength(3);
    expect(asks.Resource[0]).toEqual({ Ref: 'AWS::StackId' });
    for (const resource of asks.Resource.slice(1)) expect(Object.keys(resource)).toEqual(['Ref']);
  });

  test('a VPC: the way out outlives the custom resource (C-03, C-10)', () => {
    const { stack } = prunerIn((scope) => ({ vpc: new ec2.Vpc(scope, 'Vpc', { maxAzs: 1 }) }));
    const [, { DependsOn = [] }] = only(stack, 'Custom::EcsStackRevisionPruner');
    const routes = resourcesOf(stack, 'AWS::EC2::Route').map(([id]) => id);
    expect(DependsOn.filter((id) => routes.includes(id)).length).toBeGreaterThan(0);
  });

  test('a RevisionPruner beside it', () => {
    const { app, stack } = prunerIn();
    new RevisionPruner(stack, 'All', { allFamilies: true });
    app.synth();
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

test('role, policies, function and queue outlive the custom resource when the stack goes (C-10)', () => {
  const { stack } = prunerIn();
  const resources = new Map(resourcesOf(stack));
  const [resource] = only(stack, 'Custom::EcsStackRevisionPruner');
  const needed = new Set<string>();
  const walk = (id: string) => {
    if (needed.has(id)) return;
    needed.add(id);
    const text = JSON.stringify(resources.get(id));
    for (const other of resources.keys()) if (text.includes(`"${other}"`)) walk(other);
  };
  walk(resource);
  const left = [...resources.keys()].filter((id) => id.startsWith('OldRevisions') && !needed.has(id));
  expect(left).toEqual([]);
});

test('nothing but the construct itself has a schedule, a bucket, or anything else that outlives it (C-11)', () => {
  const types = resourcesOf(prunerIn().stack).map(([, { Type }]) => Type);
  expect([...new Set(types)].sort()).toEqual([
    'AWS::ECS::TaskDefinition',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Function',
    'AWS::Logs::LogGroup',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
    'Custom::EcsStackRevisionPruner',
  ]);
});

describe.each([
  ['its defaults', () => ({})],
  ['DESTROY', () => ({ removalPolicy: RemovalPolicy.DESTROY })],
] as [string, () => Props][])('a pruner with %s', (_, props) => {
  test.each([
    ['no flag', {}],
    ['all flags', FLAGS],
  ])('has no finding of cdk-nag and no warning with %s', (_flags, context) => {
    const { app, stack } = prunerIn(props(), new App({ context }));
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const own = violations.filter((violation) => JSON.stringify(violation.violatingResources).includes('OldRevisions'));
    expect(own).toEqual([]);
    app.synth();
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

test('the boundary reaches every role, and a role of the user is left alone', () => {
  const { stack } = prunerIn((scope) => ({
    permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(scope, 'Boundary', 'boundary'),
  }));
  const roles = resourcesOf(stack, 'AWS::IAM::Role').filter(([id]) => id.startsWith('OldRevisions'));
  expect(roles.length).toBeGreaterThan(0);
  for (const [, { Properties }] of roles) expect(Properties.PermissionsBoundary).toBeDefined();
  const given = prunerIn((scope) => ({
    role: new iam.Role(scope, 'Given', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
  }));
  expect(resourcesOf(given.stack, 'AWS::IAM::Role').filter(([id]) => id.startsWith('OldRevisions'))).toEqual([]);
});
