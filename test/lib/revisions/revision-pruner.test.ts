import { App, Aspects, Duration, Fn, NestedStack, Stack, Stage, TagManager, Tags, Annotations as Warnings } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { PruneMode, Referrer, RevisionPruner } from 'cdk-ecs-caretaker';
import { ENV } from '../../../lib/contract/environment';
import { ECS_ACTIONS } from '../../../lib/contract/limits';
import { METRIC_DIMENSION, METRIC_NAMESPACE, PRUNE_METRICS } from '../../../lib/contract/metrics';
import { parsePruneSettings } from '../../../lib/contract/prune-settings';
import { ALL_REFERRERS, REFERRERS } from '../../../lib/contract/referrers';
import { prunerIn, resourcesOf, settingsOf, theOnly } from '../template-of';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

function statements(stack: Stack, policies = /./): Statement[] {
  return resourcesOf(stack, 'AWS::IAM::Policy')
    .filter(([id]) => policies.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
}

const actionsOf = ({ Action }: Statement) => [Action].flat();

/** What the policies let the function do, those of the schedule's role apart. */
function functionActions(stack: Stack): string[] {
  return statements(stack, /^(?!.*Schedul)/)
    .flatMap(actionsOf)
    .sort();
}

const EMPTY_ROLE = (stack: Stack) =>
  new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });

describe('families alone give a safe product', () => {
  const { stack, pruner } = prunerIn({ families: ['web-*'] });
  const template = Template.fromStack(stack);

  test('the settings plan only, and keep ten revisions, a week, and three deployments', () => {
    expect(parsePruneSettings(settingsOf(stack))).toEqual({
      version: 1,
      mode: 'PLAN',
      rules: [{ families: ['web-*'], keepLatest: 10, minAgeMinutes: 7 * 24 * 60 }],
      exceptFamilies: [],
      keepSuccessfulDeployments: 3,
      noticePeriodMinutes: 24 * 60,
      actionsPerSecond: 0.5,
      keepTag: 'cdk-ecs-caretaker:keep',
    });
  });

  test('the role cannot deregister anything', () => {
    expect(functionActions(stack)).not.toContain('ecs:DeregisterTaskDefinition');
  });

  test('the function wakes every 15 minutes on the minute, and a lost wake is tried twice within the hour', () => {
    const schedule = theOnly(stack, 'AWS::Scheduler::Schedule');
    expect(schedule.ScheduleExpression).toBe('rate(15 minutes)');
    expect(schedule.FlexibleTimeWindow).toEqual({ Mode: 'OFF' });
    expect(schedule.Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 });
    expect(schedule.Target.Input).toBeUndefined();
  });

  test('the schedule begins only when its role may invoke the function', () => {
    const [[, schedule] = []] = resourcesOf(stack, 'AWS::Scheduler::Schedule');
    const policies = resourcesOf(stack, 'AWS::IAM::Policy').map(([id]) => id);
    expect(policies.some((id) => schedule?.DependsOn?.includes(id))).toBe(true);
  });

  test('one queue receives what the schedule cannot deliver and what the function fails at', () => {
    const [[queue] = []] = resourcesOf(stack, 'AWS::SQS::Queue');
    const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
    expect(theOnly(stack, 'AWS::Lambda::Function').DeadLetterConfig.TargetArn).toEqual(arn);
    expect(theOnly(stack, 'AWS::Scheduler::Schedule').Target.DeadLetterConfig.Arn).toEqual(arn);
    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
    });
  });

  test('a failed run is not repeated: the next tick goes on', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 3600,
    });
  });

  test('the function runs on the newest Node.js, on arm64, with 256 MB, for 15 minutes, and logs JSON', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 900,
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' },
    });
    expect(theOnly(stack, 'AWS::Lambda::Function').ReservedConcurrentExecutions).toBeUndefined();
  });

  test('the function knows its settings, its ledger and its name, and nothing else', () => {
    const { Variables } = theOnly(stack, 'AWS::Lambda::Function').Environment;
    expect(Object.keys(Variables).sort()).toEqual(Object.values(ENV).sort());
    expect(Variables[ENV.pruner]).toBe('Stack/Pruner');
  });

  test('logs go to a group of its own, for a month, and away with the stack', () => {
    const [[, group] = []] = resourcesOf(stack, 'AWS::Logs::LogGroup');
    expect(group?.Properties.RetentionInDays).toBe(30);
    expect(group?.DeletionPolicy).toBe('Delete');
    expect(functionActions(stack)).not.toContain('logs:CreateLogGroup');
  });

  test('the ledger is encrypted, versioned, closed to the public, TLS only, and outlives the stack with its policy', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    template.hasResource('AWS::S3::BucketPolicy', {
      DeletionPolicy: 'Retain',
      Properties: {
        PolicyDocument: {
          Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
        },
      },
    });
  });

  test('plans and results expire after 90 days, older versions of anything after 30, the state never', () => {
    const { Rules } = theOnly(stack, 'AWS::S3::Bucket').LifecycleConfiguration;
    const expiring = Rules.filter((rule: { ExpirationInDays?: number }) => rule.ExpirationInDays);
    expect(expiring).toEqual([
      { Prefix: 'plans/', ExpirationInDays: 90, Status: 'Enabled' },
      { Prefix: 'results/', ExpirationInDays: 90, Status: 'Enabled' },
    ]);
    expect(Rules).toContainEqual(expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }));
  });

  test('silence for a day is an alarm, and the first tick comes before the alarm', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: METRIC_NAMESPACE,
      MetricName: PRUNE_METRICS.runsSucceeded.name,
      Dimensions: [{ Name: METRIC_DIMENSION, Value: 'Stack/Pruner' }],
      Statistic: 'Sum',
      Period: 3600,
      EvaluationPeriods: 24,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    const [[, alarm] = []] = resourcesOf(stack, 'AWS::CloudWatch::Alarm');
    const [[schedule] = []] = resourcesOf(stack, 'AWS::Scheduler::Schedule');
    expect(alarm?.DependsOn).toContain(schedule);
  });

  test('the user reaches function, ledger, queue and alarm', () => {
    const names = [pruner.handler.functionName, pruner.ledger.bucketName, pruner.deadLetterQueue.queueName];
    const made = names.map((name) => stack.resolve(name)).map((name) => name.Ref ?? name['Fn::GetAtt'][0]);
    expect(resourcesOf(stack).map(([id]) => id)).toEqual(expect.arrayContaining(made));
    expect(pruner.staleAlarm).toBeInstanceOf(cloudwatch.Alarm);
  });

  test('no resource has a name of its own', () => {
    const names = [
      'BucketName',
      'RoleName',
      'QueueName',
      'AlarmName',
      'LogGroupName',
      'ManagedPolicyName',
      'Name',
      'GroupName',
    ];
    const named = resourcesOf(stack).filter(([, { Properties }]) => names.some((name) => name in Properties));
    expect(named).toEqual([]);
    expect(theOnly(stack, 'AWS::Lambda::Function').FunctionName).toBeUndefined();
  });

  test('no synth-time warning', () => {
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('permissions', () => {
  const { stack } = prunerIn({ families: ['web-*'], mode: PruneMode.DEREGISTER });

  const elsewhere = ALL_REFERRERS.flatMap((kind) => Object.entries(REFERRERS[kind].actions));

  test('are exactly the actions of the contract, the ledger, the bus, the logs and the queue', () => {
    const ecs = Object.keys(ECS_ACTIONS).map((action) => `ecs:${action}`);
    const others = ['events:PutEvents', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    const ledger = ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'];
    expect(functionActions(stack)).toEqual([...ecs, ...elsewhere.map(([action]) => action), ...others, ...ledger].sort());
  });

  test('name every resource only for the actions that take none', () => {
    const everywhere = statements(stack).filter(({ Resource }) => [Resource].flat().includes('*'));
    const withoutResource = elsewhere.filter(([, resource]) => resource === '*').map(([action]) => action);
    expect(everywhere.flatMap(actionsOf).sort()).toEqual(
      [
        'ecs:DeregisterTaskDefinition',
        'ecs:DescribeTaskDefinition',
        'ecs:ListClusters',
        'ecs:ListServices',
        'ecs:ListTaskDefinitions',
        'ecs:ListTasks',
        ...withoutResource,
      ].sort(),
    );
  });

  test.each(ALL_REFERRERS)('for %s go with the kind when it is switched off, and no other goes', (kind) => {
    const { stack: without } = prunerIn({ families: ['web-*'], withoutReferrers: [Referrer[kind]] });
    const all = functionActions(prunerIn({ families: ['web-*'] }).stack);
    const gone = all.filter((action) => !functionActions(without).includes(action));
    expect(gone).toEqual(Object.keys(REFERRERS[kind].actions).sort());
  });

  test('for a service that the stack’s Region does not have are not asked for', () => {
    const app = new App();
    const place = { env: { region: 'ap-southeast-5', account: '111122223333' } };
    const stack = new Stack(app, 'Stack', place);
    new RevisionPruner(stack, 'Pruner', { families: ['web-*'] });
    expect(functionActions(stack).filter((action) => action.startsWith('pipes:'))).toEqual([]);
  });

  test('come without AWS managed policies', () => {
    for (const [, { Properties }] of resourcesOf(stack, 'AWS::IAM::Role')) expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test('let the function tell the default bus and no other', () => {
    const put = statements(stack).find((statement) => actionsOf(statement).includes('events:PutEvents'));
    expect(JSON.stringify(put?.Resource)).toContain(':event-bus/default');
  });

  test('let only schedules of this account take the role of the schedule', () => {
    const trusts = resourcesOf(stack, 'AWS::IAM::Role').flatMap(
      ([, role]) => role.Properties.AssumeRolePolicyDocument.Statement,
    );
    const trust = trusts.find(({ Principal }) => Principal.Service === 'scheduler.amazonaws.com');
    expect(trust.Condition.StringEquals['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
    expect(JSON.stringify(trust.Condition.StringEquals['aws:SourceArn'])).toContain(':schedule-group/default');
  });

  test('let the function deregister when only the deployment knows the mode', () => {
    const { stack: token } = prunerIn({ allFamilies: true, mode: Fn.ref('Mode') as PruneMode });
    expect(functionActions(token)).toContain('ecs:DeregisterTaskDefinition');
  });
});

describe('what a platform team decides reaches the template', () => {
  test('role: no role of its own for the function, and the statements go to the given one', () => {
    const { stack } = prunerIn((scope) => ({ families: ['web'], role: EMPTY_ROLE(scope) }));
    expect(stack.resolve(theOnly(stack, 'AWS::Lambda::Function').Role)['Fn::GetAtt'][0]).toMatch(/^Given/);
    expect(functionActions(stack)).toContain('ecs:ListTaskDefinitions');
  });

  test('role: an immutable one is taken as it is', () => {
    const arn = 'arn:aws:iam::111122223333:role/pruner';
    const { stack } = prunerIn((scope) => ({
      families: ['web'],
      role: iam.Role.fromRoleArn(scope, 'Given', arn, { mutable: false }),
      scheduleRole: iam.Role.fromRoleArn(scope, 'Scheduling', arn, { mutable: false }),
    }));
    expect(theOnly(stack, 'AWS::Lambda::Function').Role).toBe(arn);
    expect(resourcesOf(stack).filter(([, { Type }]) => Type.startsWith('AWS::IAM'))).toEqual([]);
  });

  test('scheduleRole: the schedule makes none of its own', () => {
    const { stack } = prunerIn((scope) => ({
      families: ['web'],
      scheduleRole: new iam.Role(scope, 'Scheduling', { assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com') }),
    }));
    expect(theOnly(stack, 'AWS::Scheduler::Schedule').Target.RoleArn['Fn::GetAtt'][0]).toMatch(/^Scheduling/);
    expect(resourcesOf(stack, 'AWS::IAM::Role')).toHaveLength(2);
  });

  test('permissionsBoundary: on every role', () => {
    const { stack } = prunerIn((scope) => ({
      families: ['web'],
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(scope, 'Boundary', 'team-boundary'),
    }));
    const roles = resourcesOf(stack, 'AWS::IAM::Role');
    expect(roles).toHaveLength(2);
    for (const [, { Properties }] of roles)
      expect(JSON.stringify(Properties.PermissionsBoundary)).toContain('policy/team-boundary');
  });

  test('a boundary set on the app reaches every role as well', () => {
    const { stack, app } = prunerIn();
    iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'team-boundary'));
    for (const [, { Properties }] of resourcesOf(stack, 'AWS::IAM::Role')) expect(Properties.PermissionsBoundary).toBeDefined();
  });

  test('vpc, vpcSubnets and securityGroups: the function runs there, and its role may make the interfaces', () => {
    const { stack } = prunerIn((scope) => {
      const vpc = new ec2.Vpc(scope, 'Vpc', { natGateways: 0 });
      const group = new ec2.SecurityGroup(scope, 'Group', { vpc });
      return { families: ['web'], vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, securityGroups: [group] };
    });
    const { VpcConfig } = theOnly(stack, 'AWS::Lambda::Function');
    expect(VpcConfig.SubnetIds[0].Ref).toMatch(/^VpcIsolated/);
    expect(VpcConfig.SecurityGroupIds[0]['Fn::GetAtt'][0]).toMatch(/^Group/);
    expect(functionActions(stack)).toEqual(
      expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces']),
    );
  });

  test('logGroup: the lines go there, and the role writes to nothing else', () => {
    const { stack } = prunerIn((scope) => ({ families: ['web'], logGroup: new logs.LogGroup(scope, 'Given') }));
    expect(resourcesOf(stack, 'AWS::Logs::LogGroup')).toHaveLength(1);
    const write = statements(stack).find((statement) => actionsOf(statement).includes('logs:PutLogEvents'));
    expect(JSON.stringify(write?.Resource)).toContain('Given');
  });

  test('logsKeptFor: the retention of the construct’s own group', () => {
    const { stack } = prunerIn({ families: ['web'], logsKeptFor: logs.RetentionDays.ONE_YEAR });
    expect(theOnly(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(365);
  });

  test('environmentEncryption: the environment is encrypted, and the role may read it', () => {
    const { stack } = prunerIn((scope) => ({ families: ['web'], environmentEncryption: new kms.Key(scope, 'Key') }));
    expect(theOnly(stack, 'AWS::Lambda::Function').KmsKeyArn['Fn::GetAtt'][0]).toMatch(/^Key/);
    expect(functionActions(stack)).toContain('kms:Decrypt');
  });

  test('ledgerEncryptionKey: the ledger is encrypted with it, and the role may use it', () => {
    const { stack } = prunerIn((scope) => ({ families: ['web'], ledgerEncryptionKey: new kms.Key(scope, 'Key') }));
    const [rule] = theOnly(stack, 'AWS::S3::Bucket').BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule.ServerSideEncryptionByDefault.SSEAlgorithm).toBe('aws:kms');
    expect(rule.BucketKeyEnabled).toBe(true);
    expect(functionActions(stack)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
  });

  test('ledgerBucket: no bucket of its own, and the role may use the given one and its key', () => {
    const { stack } = prunerIn((scope) => ({
      families: ['web'],
      ledgerBucket: s3.Bucket.fromBucketName(scope, 'Given', 'team-ledger'),
      ledgerEncryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1234'),
    }));
    expect(resourcesOf(stack, 'AWS::S3::Bucket')).toEqual([]);
    expect(theOnly(stack, 'AWS::Lambda::Function').Environment.Variables[ENV.ledgerBucket]).toBe('team-ledger');
    expect(functionActions(stack)).toEqual(expect.arrayContaining(['kms:GenerateDataKey', 's3:PutObject']));
  });

  test('deadLetterQueue: no queue of its own, and both senders may use the given one and its key', () => {
    const { stack } = prunerIn((scope) => ({
      families: ['web'],
      deadLetterQueue: new sqs.Queue(scope, 'Given', { encryptionMasterKey: new kms.Key(scope, 'Key') }),
    }));
    const [[queue] = [], ...others] = resourcesOf(stack, 'AWS::SQS::Queue');
    expect(others).toEqual([]);
    expect(theOnly(stack, 'AWS::Scheduler::Schedule').Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [queue, 'Arn'] });
    expect(statements(stack).filter((statement) => actionsOf(statement).includes('kms:GenerateDataKey'))).toHaveLength(2);
  });

  test('runtime, architecture, memorySize and schedule', () => {
    const { stack } = prunerIn({
      families: ['web'],
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.X86_64,
      memorySize: 512,
      schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)),
    });
    expect(theOnly(stack, 'AWS::Lambda::Function')).toMatchObject({
      Runtime: 'nodejs22.x',
      Architectures: ['x86_64'],
      MemorySize: 512,
    });
    expect(theOnly(stack, 'AWS::Scheduler::Schedule').ScheduleExpression).toBe('rate(1 hour)');
  });

  test('staleAfter, up to the week that CloudWatch allows', () => {
    const { stack } = prunerIn({ families: ['web'], staleAfter: Duration.days(7) });
    const { Period, EvaluationPeriods } = theOnly(stack, 'AWS::CloudWatch::Alarm');
    expect(Period * EvaluationPeriods).toBe(7 * 86_400);
  });

  test('tags: on every resource that can carry them', () => {
    const { stack, app } = prunerIn();
    Tags.of(app).add('cost-centre', 'ecs');
    const taggable = stack.node.findAll().filter((construct) => TagManager.isTaggable(construct) || TagManager.of(construct));
    const ids = taggable
      .filter(Stack.of)
      .map((construct) => ('logicalId' in construct ? stack.resolve(construct.logicalId) : undefined));
    const resources = new Map(resourcesOf(stack));
    const untagged = ids.filter(
      (id) => id && !JSON.stringify(resources.get(id)?.Properties.Tags ?? '').includes('cost-centre'),
    );
    expect(untagged).toEqual([]);
    expect(ids.filter(Boolean).length).toBeGreaterThanOrEqual(6);
  });

  test('aspects that tighten what is there, such as another removal policy, still apply', () => {
    const { stack, app } = prunerIn();
    Aspects.of(app).add({
      visit: (node) => node instanceof logs.CfnLogGroup && node.addPropertyOverride('RetentionInDays', 7),
    });
    expect(theOnly(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(7);
  });
});

describe('everywhere', () => {
  test.each(['eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', undefined])(
    'the template for %s holds no literal partition',
    (region) => {
      const env = region ? { account: '111122223333', region } : {};
      const { stack } = prunerIn({ allFamilies: true, mode: PruneMode.DEREGISTER }, { env });
      expect(JSON.stringify(resourcesOf(stack))).not.toMatch(/arn:aws/);
    },
  );

  const named = (stack: Stack) =>
    resourcesOf(stack, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties.Environment.Variables[ENV.pruner]);

  test('two pruners of one stack, and two stacks of one account, have names and metrics of their own', () => {
    const app = new App();
    const one = new Stack(app, 'One');
    new RevisionPruner(one, 'A', { families: ['a'] });
    new RevisionPruner(one, 'B', { families: ['b'] });
    const two = new Stack(app, 'Two');
    new RevisionPruner(two, 'A', { families: ['c'] });
    expect([...named(one), ...named(two)]).toEqual(['One/A', 'One/B', 'Two/A']);
    const dimensions = [one, two].flatMap((stack) =>
      resourcesOf(stack, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.Dimensions[0].Value),
    );
    expect(dimensions).toEqual(['One/A', 'One/B', 'Two/A']);
  });

  test('one app deployed twice under different stack names does not mix its metrics', () => {
    const names = ['blue', 'green'].flatMap((stackName) => named(prunerIn(undefined, { stackName }).stack));
    expect(names).toEqual(['blue/Pruner', 'green/Pruner']);
  });

  test('a nested stack and a stage name the pruner by the stack that is deployed', () => {
    const stage = new Stage(new App(), 'Prod');
    const nested = new NestedStack(new Stack(stage, 'Stack'), 'Nested');
    new RevisionPruner(nested, 'Pruner', { families: ['a'] });
    expect(named(nested)).toEqual(['Prod-Stack/Nested/Pruner']);
  });

  test('an id that CloudWatch would not take still gives a dimension that it takes', () => {
    const stack = new Stack();
    new RevisionPruner(stack, 'Aufräumer', { families: ['a'] });
    expect(named(stack)[0]).toMatch(/^[\x21-\x7e]+$/);
  });
});

describe('a second pruner for the same account and Region', () => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('rules'));
  const env = { account: '111122223333', region: 'eu-west-1' };

  test('is warned of, naming the first, wherever in the app it stands', () => {
    const app = new App();
    const first = new Stack(app, 'First', { env });
    new RevisionPruner(first, 'Pruner', { families: ['a'] });
    const second = new Stack(new Stage(app, 'Stage'), 'Second', { env });
    new RevisionPruner(second, 'Pruner', { families: ['b'] });
    expect(warnings(first)).toEqual([]);
    expect(warnings(second)[0]?.entry.data).toContain('First/Pruner');
    expect(warnings(second)[0]?.entry.data).toContain('[ack: cdk-ecs-caretaker:secondPruner]');
  });

  test('can be acknowledged', () => {
    const { stack, app } = prunerIn();
    new RevisionPruner(stack, 'Other', { families: ['b'] });
    Warnings.of(app).acknowledgeWarning('cdk-ecs-caretaker:secondPruner', 'the accounts differ');
    expect(warnings(stack)).toEqual([]);
  });

  test('is nothing to warn of in another Region, or in another stage of unknown place', () => {
    const app = new App();
    const stacks = ['eu-west-1', 'us-east-1'].map((region) => new Stack(app, region, { env: { ...env, region } }));
    const staged = ['Dev', 'Prod'].map((stage) => new Stack(new Stage(app, stage), 'Stack'));
    for (const stack of [...stacks, ...staged]) new RevisionPruner(stack, 'Pruner', { families: ['a'] });
    expect([...stacks, ...staged].flatMap(warnings)).toEqual([]);
  });
});

describe('metrics', () => {
  const { pruner } = prunerIn({ families: ['a'] }, { env: { account: '111122223333', region: 'eu-west-1' } });
  const methods = Object.getOwnPropertyNames(RevisionPruner.prototype).filter((name) => /^metric[A-Z]/.test(name));
  const call = (method: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric =>
    (pruner as unknown as Record<string, (given?: cloudwatch.MetricOptions) => cloudwatch.Metric>)[method]?.(
      options,
    ) as cloudwatch.Metric;

  test('there is one method for each number of the table, and no other', () => {
    expect(methods.sort()).toEqual(
      Object.values(PRUNE_METRICS)
        .map(({ name }) => `metric${name}`)
        .sort(),
    );
  });

  test.each(Object.values(PRUNE_METRICS))('metric$name reads what is emitted as $name', ({ name, statistic }) => {
    const metric = call(`metric${name}`);
    expect(metric).toMatchObject({
      namespace: METRIC_NAMESPACE,
      metricName: name,
      statistic,
      dimensions: { Pruner: 'Stack/Pruner' },
    });
    expect(metric.period.toMinutes()).toBe(5);
  });

  test('options have the last word', () => {
    const metric = call('metricThrottles', { period: Duration.hours(1), statistic: 'Maximum', label: 'ECS says slow down' });
    expect([metric.period.toHours(), metric.statistic, metric.label]).toEqual([1, 'Maximum', 'ECS says slow down']);
  });
});

test('every kind of referrer that the contract knows can be named', () => {
  expect(Object.entries(Referrer)).toEqual(ALL_REFERRERS.map((kind) => [kind, kind]));
});

describe('whom to ask, and what stays whatever they say', () => {
  test('reaches the settings of the function as it was given; nothing said is nothing written', () => {
    const given = { keep: ['web:12'], withoutReferrers: [Referrer.CODE_DEPLOY], tolerateDenied: [Referrer.STEP_FUNCTIONS] };
    expect(settingsOf(prunerIn({ families: ['web'], ...given }).stack)).toMatchObject(given);
    const silent = settingsOf(prunerIn({ families: ['web'] }).stack);
    for (const setting of Object.keys(given)) expect(silent).not.toHaveProperty(setting);
  });

  test('takes the ARN of a task definition that is made in the same app', () => {
    const { stack } = prunerIn((scope) => {
      const definition = new ecs.FargateTaskDefinition(scope, 'Web', { family: 'web' });
      return { families: ['web'], keep: [definition.taskDefinitionArn] };
    });
    expect(JSON.stringify(theOnly(stack, 'AWS::Lambda::Function').Environment)).toMatch(/keep.*Ref.*Web/);
  });

  test('is refused where it names no revision or no kind, all at once', () => {
    const refused = () =>
      prunerIn({
        families: ['web'],
        keep: ['web'],
        withoutReferrers: ['SNS' as Referrer],
        tolerateDenied: [Fn.ref('Kind') as Referrer],
      });
    expect(refused).toThrow(/'keep' must be a list of revisions, such as 'web:12' or the ARN of one, got: \["web"\]/);
    expect(refused).toThrow(/'withoutReferrers' must be a list of kinds of referrers: EVENTBRIDGE_RULES, .*got: \["SNS"\]/);
    expect(refused).toThrow(/'tolerateDenied' must be a list of kinds/);
  });
});

test('the package exports what a user constructs or passes, and nothing else', () => {
  expect(Object.keys(jest.requireActual('cdk-ecs-caretaker')).sort()).toEqual([
    'ProtectedTasks',
    'PruneMode',
    'Referrer',
    'RevisionPruner',
    'StackRevisionPruner',
    'TaskScaleInProtection',
  ]);
});
