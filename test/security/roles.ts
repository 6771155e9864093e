import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Environment } from '../../lib/contract/arn';
import { ENV } from '../../lib/contract/environment';
import type { Ask, Statement } from './iam';

// biome-ignore lint/suspicious/noExplicitAny: templates are read freely in tests
type Json = any;

interface Resource {
  readonly Type: string;
  readonly Properties: Json;
}

/** A synthesized stack as though it were deployed: every intrinsic function has its value. */
export class Deployed {
  readonly resources: Readonly<Record<string, Resource>>;
  private readonly raw: Readonly<Record<string, Resource>>;

  /** @param names physical names by logical id; without one a resource is called by its logical id */
  constructor(
    stack: Stack,
    private readonly environment: Environment,
    private readonly stackId: string,
    private readonly names: (type: string, logicalId: string) => string | undefined = () => undefined,
  ) {
    this.raw = Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;
    this.resources = Object.fromEntries(
      Object.entries(this.raw).map(([id, { Type, Properties }]) => [id, { Type, Properties: this.value(Properties ?? {}) }]),
    );
  }

  all(type: string): [string, Resource][] {
    return Object.entries(this.resources).filter(([, resource]) => resource.Type === type);
  }

  /** The role that this resource does its work with. */
  roleOf(type: string): string {
    const [found] = this.all(type);
    const { Role, Target, TaskRoleArn } = found?.[1].Properties ?? {};
    const arn = Role ?? Target?.RoleArn ?? TaskRoleArn;
    const role = this.all('AWS::IAM::Role').find(([id]) => this.arn(id) === arn);
    if (!role) throw new Error(`${type} has no role of this stack`);
    return role[0];
  }

  /** What the policies of a role give, inline and beside it. No other kind is understood, so none may be there. */
  statementsOf(roleId: string): Statement[] {
    const role = this.resources[roleId]?.Properties;
    if (role.ManagedPolicyArns !== undefined) throw new Error('the role has managed policies');
    const beside = this.all('AWS::IAM::Policy')
      .map(([, { Properties }]) => Properties)
      .filter(({ Roles = [] }) => Roles.includes(this.nameOf(roleId)));
    return [...(role.Policies ?? []), ...beside].flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map(statement));
  }

  /** Who may take the role, and when. */
  trustOf(roleId: string): { readonly services: readonly string[]; readonly statement: Statement }[] {
    const { AssumeRolePolicyDocument } = this.resources[roleId]?.Properties ?? {};
    return AssumeRolePolicyDocument.Statement.map((given: Json) => ({
      services: [given.Principal.Service].flat(),
      statement: statement({ ...given, Resource: '*' }),
    }));
  }

  get environmentVariables(): Record<string, string> {
    return this.all('AWS::Lambda::Function')[0]?.[1].Properties.Environment.Variables;
  }

  arn(logicalId: string): string {
    return this.value({ 'Fn::GetAtt': [logicalId, 'Arn'] });
  }

  /**
   * What AWS itself does by a role, because a resource is made so: it never shows in a simulator's log.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
   */
  doneByAws(roleId: string, called: ReadonlySet<string>): Ask[] {
    const arn = this.arn(roleId);
    const asks: Ask[] = [];
    for (const [, { Properties: own }] of this.all('AWS::Lambda::Function').filter(
      ([, { Properties }]) => Properties.Role === arn,
    )) {
      const group = this.all('AWS::Logs::LogGroup').find(([id]) => this.nameOf(id) === own.LoggingConfig.LogGroup)?.[0] ?? '';
      const stream = `${this.arn(group).replace(/:\*$/, '')}:log-stream:2026/11/25/[$LATEST]0123456789abcdef`;
      asks.push({ action: 'logs:CreateLogStream', resources: [stream] }, { action: 'logs:PutLogEvents', resources: [stream] });
      asks.push(...this.sent(own.DeadLetterConfig.TargetArn));
      if (own.KmsKeyArn) asks.push({ action: 'kms:Decrypt', resources: [own.KmsKeyArn] });
      if (own.VpcConfig) asks.push(...NETWORK_INTERFACES.map((action) => ({ action, resources: ['*'] })));
      asks.push(...this.ledgerKey(own.Environment.Variables[ENV.ledgerBucket], called));
    }
    for (const [, { Properties: own }] of this.all('AWS::Scheduler::Schedule')) {
      if (own.Target.RoleArn !== arn) continue;
      asks.push(
        { action: 'lambda:InvokeFunction', resources: [own.Target.Arn] },
        ...this.sent(own.Target.DeadLetterConfig.Arn),
      );
    }
    return asks;
  }

  /** A message into a queue, and the use of the queue's key where it has one. */
  private sent(queueArn: string): Ask[] {
    const queue = this.all('AWS::SQS::Queue').find(([id]) => this.arn(id) === queueArn);
    const key = queue?.[1].Properties.KmsMasterKeyId;
    const asks = [{ action: 'sqs:SendMessage', resources: [queueArn] }];
    return key ? [...asks, ...KEY_USES.map((action) => ({ action, resources: [key] }))] : asks;
  }

  /** S3 asks KMS in the caller's name: for a data key when it writes, and to open one when it reads. */
  private ledgerKey(bucket: string | undefined, called: ReadonlySet<string>): Ask[] {
    const found = this.all('AWS::S3::Bucket').find(([id]) => this.nameOf(id) === bucket);
    const [rule] = found?.[1].Properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
    const key = rule?.ServerSideEncryptionByDefault.KMSMasterKeyID;
    if (!key) return [];
    return [
      ...(called.has('s3:PutObject') ? [{ action: 'kms:GenerateDataKey', resources: [key] }] : []),
      ...(called.has('s3:GetObject') ? [{ action: 'kms:Decrypt', resources: [key] }] : []),
    ];
  }

  private nameOf(logicalId: string): string {
    return this.names(this.raw[logicalId]?.Type ?? '', logicalId) ?? logicalId;
  }

  private value(given: Json): Json {
    if (Array.isArray(given)) return given.map((one) => this.value(one));
    if (typeof given !== 'object' || given === null) return given;
    const [[name = '', inner] = []] = Object.entries(given);
    if (name === 'Ref') return this.ref(inner as string);
    if (name === 'Fn::GetAtt') return this.attribute(...(inner as [string, string]));
    if (name === 'Fn::Join') {
      const [separator, parts] = inner as [string, Json[]];
      return this.value(parts).join(separator);
    }
    if (name === 'Fn::Sub' && typeof inner === 'string') return this.substituted(inner);
    if (name.startsWith('Fn::') && Object.keys(given).length === 1) return name;
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, this.value(one)]));
  }

  private substituted(text: string): string {
    return text.replaceAll(/\$\{([^.}]+)(?:\.([^}]+))?\}/g, (_, name: string, attribute?: string) =>
      attribute ? this.attribute(name, attribute) : this.ref(name),
    );
  }

  private ref(name: string): string {
    const { partition, account, region } = this.environment;
    const pseudo: Readonly<Record<string, string>> = {
      'AWS::Partition': partition,
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
      'AWS::StackId': this.stackId,
      'AWS::StackName': 'Stack',
    };
    return pseudo[name] ?? this.nameOf(name);
  }

  private attribute(logicalId: string, attribute: string): string {
    const { partition, account, region } = this.environment;
    const [, service, resource] = ARNS[this.raw[logicalId]?.Type ?? ''] ?? [];
    if (attribute !== 'Arn' || service === undefined) return `${logicalId}.${attribute}`;
    const name = this.nameOf(logicalId);
    if (service === 's3') return `arn:${partition}:s3:::${name}`;
    const end = service === 'logs' ? ':*' : '';
    return `arn:${partition}:${service}:${service === 'iam' ? '' : region}:${account}:${resource}${name}${end}`;
  }
}

const KEY_USES = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** How the ARN of each type is made. @see the "Resource types" tables of the service authorization reference */
const ARNS: Readonly<Record<string, readonly [type: string, service: string, resource: string]>> = Object.fromEntries(
  (
    [
      ['AWS::S3::Bucket', 's3', ''],
      ['AWS::SQS::Queue', 'sqs', ''],
      ['AWS::KMS::Key', 'kms', 'key/'],
      ['AWS::IAM::Role', 'iam', 'role/'],
      ['AWS::ECS::Cluster', 'ecs', 'cluster/'],
      ['AWS::Logs::LogGroup', 'logs', 'log-group:'],
      ['AWS::Lambda::Function', 'lambda', 'function:'],
    ] as const
  ).map((entry) => [entry[0], entry]),
);

function statement({ Action, Resource = '*', Effect, Condition = {}, NotAction, NotResource }: Json): Statement {
  if (Effect !== 'Allow' || NotAction !== undefined || NotResource !== undefined) throw new Error('no plain Allow');
  const condition = Object.fromEntries(
    Object.entries(Condition as Record<string, Record<string, string | string[]>>).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, [values].flat()])),
    ]),
  );
  return { actions: [Action].flat(), resources: [Resource].flat(), condition };
}
