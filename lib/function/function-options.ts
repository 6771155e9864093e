import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/** What a platform team may want to decide about a function that a construct of this library makes. */
export interface FunctionOptions {
  /**
   * The role that the function runs as. It must trust `lambda.amazonaws.com`.
   *
   * The construct adds the statements it needs; a role that cannot be changed (imported with `mutable: false`, or from another
   * account) must hold them already. Findings of cdk-nag on your own role are yours to acknowledge.
   *
   * @default - a role of its own with exactly the permissions the function needs, and no AWS managed policy
   */
  readonly role?: iam.IRole;

  /**
   * Boundary of every role that the construct makes, the schedule's included. A given `role` is left as it is.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
   * @default - no boundary
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;

  /**
   * The VPC to run the function in. Its subnets need a way to the ECS, S3, EventBridge and CloudWatch Logs endpoints, by NAT or by
   * VPC endpoints.
   *
   * @default - outside any VPC of yours
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Which subnets of the VPC. Needs `vpc`.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The function's security groups. Needs `vpc`.
   *
   * @default - a security group of its own that lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The log group to write to; its retention, encryption and removal are yours.
   *
   * @default - a log group of its own that goes away with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * How long the construct's own log group keeps its lines. Not together with `logGroup`.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logsKeptFor?: logs.RetentionDays;

  /**
   * Key that encrypts the function's environment, which holds settings and names, never a secret.
   *
   * @default - a key that AWS owns
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * The Node.js runtime.
   *
   * @default - Node.js 24 where the installed aws-cdk-lib knows it, else Node.js 22
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The processor. The code runs on both.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Memory in MiB, from 128 to 10,240.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   * @default 256
   */
  readonly memorySize?: number;

  /**
   * Where invocations go that could not be delivered or that failed. The key of an encrypted queue must let
   * `scheduler.amazonaws.com` and the function's role use it.
   *
   * @default - a queue of its own, encrypted, TLS only, keeping messages for 14 days
   */
  readonly deadLetterQueue?: sqs.IQueue;
}
