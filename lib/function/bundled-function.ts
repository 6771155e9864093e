import * as path from 'node:path';
import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Fault, shown } from '../contract/fault';
import { acknowledge } from './acknowledge';
import type { FunctionOptions } from './function-options';

export interface BundledFunctionProps extends FunctionOptions {
  /** The folder below `assets/` that holds the bundle. */
  readonly bundle: string;
  readonly description: string;
  readonly environment: Record<string, string>;
  /** When Lambda ends the function. @default - the longest that Lambda allows: a run ends by itself before its time is up */
  readonly timeout?: Duration;
  /** How often Lambda calls again after a failure. @default 0: the next scheduled run goes on where a failed one ended */
  readonly retryAttempts?: number;
  /** How long an invocation may wait for Lambda. @default - 1 hour */
  readonly maxEventAge?: Duration;
}

/** A function from a bundle that is shipped in this package: nothing is bundled while the user synthesizes. */
export class BundledFunction extends Construct {
  public readonly function: lambda.Function;
  public readonly role: iam.IRole;
  public readonly deadLetterQueue: sqs.IQueue;
  /** Whether the role is the construct's own, so that findings on it are the construct's to explain. */
  public readonly ownsRole: boolean;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const logGroup = props.logGroup ?? ownLogGroup(this, props.logsKeptFor);
    this.ownsRole = props.role === undefined;
    this.role = props.role ?? ownRole(this, props);
    this.deadLetterQueue = props.deadLetterQueue ?? ownDeadLetterQueue(this);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'assets', props.bundle)),
      handler: 'index.handler',
      runtime: props.runtime ?? newestRuntime(),
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout ?? Duration.minutes(15),
      environment: props.environment,
      environmentEncryption: props.environmentEncryption,
      role: this.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      deadLetterQueue: this.deadLetterQueue,
      retryAttempts: props.retryAttempts ?? 0,
      maxEventAge: props.maxEventAge ?? Duration.hours(1),
    });
    // logs:CreateLogStream and PutLogEvents on this one log group. Without CreateLogGroup, a group that was deleted stays deleted.
    logGroup.grantWrite(this.role);
    // An encrypted queue takes a message only from a sender who may use its key.
    this.deadLetterQueue.encryptionMasterKey?.grant(this.role, 'kms:Decrypt', 'kms:GenerateDataKey');
    props.environmentEncryption?.grant(this.role, 'kms:Decrypt');
    if (props.vpc) this.allowNetworkInterfaces();
  }

  /**
   * What Lambda asks of the role of a function in a VPC. The actions are needed before an interface or its id exists, and the
   * Describe actions take no resource at all: `*` is the only form.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  private allowNetworkInterfaces(): void {
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
    if (this.ownsRole) {
      acknowledge(this.role, {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Lambda makes the network interfaces of a function in a VPC by these actions, before their ids exist',
      });
    }
  }
}

/** What is wrong with the options that concern only the function. */
export function functionOptionFaults(options: FunctionOptions): Fault[] {
  const faults: Fault[] = [];
  if (options.vpcSubnets && !options.vpc) faults.push({ path: 'vpcSubnets', rule: "needs 'vpc'", got: 'no vpc' });
  if (options.securityGroups && !options.vpc) faults.push({ path: 'securityGroups', rule: "needs 'vpc'", got: 'no vpc' });
  if (options.logsKeptFor !== undefined && options.logGroup) {
    faults.push({ path: 'logsKeptFor', rule: "must not stand beside 'logGroup', whose retention is its own", got: 'both' });
  }
  const memory = options.memorySize ?? 256;
  if (!Token.isUnresolved(memory) && !(Number.isInteger(memory) && memory >= 128 && memory <= 10_240)) {
    faults.push({ path: 'memorySize', rule: 'must be a whole number from 128 to 10240', got: shown(memory) });
  }
  return faults;
}

function ownLogGroup(scope: Construct, retention?: logs.RetentionDays): logs.LogGroup {
  return new logs.LogGroup(scope, 'Logs', {
    retention: retention ?? logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function ownRole(scope: Construct, { permissionsBoundary }: FunctionOptions): iam.Role {
  return new iam.Role(scope, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    permissionsBoundary,
  });
}

function ownDeadLetterQueue(scope: Construct): sqs.Queue {
  return new sqs.Queue(scope, 'DeadLetters', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}

/** Node.js 24 came to aws-cdk-lib after the oldest release that this package supports. */
function newestRuntime(): lambda.Runtime {
  const { NODEJS_24_X } = lambda.Runtime as Partial<typeof lambda.Runtime>;
  return NODEJS_24_X ?? lambda.Runtime.NODEJS_22_X;
}
