import { CloudFormationClient, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  BatchGetApplicationsCommand,
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentsCommand,
  CodeDeployClient,
  ListApplicationsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
} from '@aws-sdk/client-codedeploy';
import {
  DeregisterTaskDefinitionCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { DescribePipeCommand, ListPipesCommand, PipesClient } from '@aws-sdk/client-pipes';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  ListStateMachineVersionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { Environment } from '../../lib/contract/arn';
import type { ProbeAnswer, Probing } from '../doctor/probing';
import { REQUEST_TIMES } from './request-times';
import { isDenied, sdkError } from './sdk-error';
import type { CommandClass } from './service-reads';
import type { Client } from './wire-answer';

/** What a request names: things that are not there, so that nothing real is read or touched. */
interface Nowhere extends Environment {
  /** A name that nobody has. */
  readonly name: string;
  readonly ledger: string;
}

interface ProbeCall {
  readonly command: CommandClass;
  /** Where IAM names the right otherwise. */
  readonly operation?: string;
  input(nowhere: Nowhere): object;
  /** How the service says, to those whom it lets ask, that there is no such thing; found in `code: sentence`. */
  readonly absent?: RegExp;
}

const one = (command: CommandClass, input: object): ProbeCall => ({ command, input: () => input });
const NO_SUCH_ETAG = '"00000000000000000000000000000000"';
// Every request is well formed: what these say is about the thing that is not there.
const NO_SUCH_SERVICE = /^(ClusterNotFound|ServiceNotFound|InvalidParameter|Client)Exception:/;
const NO_SUCH_APPLICATION = /^(ApplicationDoesNotExist|DeploymentGroupDoesNotExist)Exception:/;
const NO_SUCH_STACK = /^ValidationError: .*does not exist/;

const arn = ({ partition, region, account }: Nowhere, service: string, rest: string) =>
  `arn:${partition}:${service}:${region}:${account}:${rest}`;

/** The mildest call there is for each right, by its IAM name. @see docs/doctor.md */
const CALLS: Readonly<Record<string, ProbeCall>> = {
  'ecs:ListTaskDefinitions': one(ListTaskDefinitionsCommand, { maxResults: 1 }),
  'ecs:ListClusters': one(ListClustersCommand, { maxResults: 1 }),
  'ecs:DescribeTaskDefinition': {
    command: DescribeTaskDefinitionCommand,
    input: ({ name }) => ({ taskDefinition: `${name}:1` }),
    absent: /^ClientException: unable to describe task definition/i,
  },
  'ecs:DeregisterTaskDefinition': {
    command: DeregisterTaskDefinitionCommand,
    input: ({ name }) => ({ taskDefinition: `${name}:1` }),
    absent: /^(Client|InvalidParameter)Exception:/,
  },
  'ecs:ListServices': {
    command: ListServicesCommand,
    input: ({ name }) => ({ cluster: name, maxResults: 1 }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:DescribeServices': {
    command: DescribeServicesCommand,
    input: ({ name }) => ({ cluster: name, services: [name] }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:ListServiceDeployments': {
    command: ListServiceDeploymentsCommand,
    input: ({ name }) => ({ cluster: name, service: name, maxResults: 1 }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:DescribeServiceDeployments': {
    command: DescribeServiceDeploymentsCommand,
    input: (at) => ({
      serviceDeploymentArns: [arn(at, 'ecs', `service-deployment/${at.name}/${at.name}/AAAAAAAAAAAAAAAAAAAAA`)],
    }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:DescribeServiceRevisions': {
    command: DescribeServiceRevisionsCommand,
    input: (at) => ({ serviceRevisionArns: [arn(at, 'ecs', `service-revision/${at.name}/${at.name}/1000000000000000001`)] }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:ListTasks': {
    command: ListTasksCommand,
    input: ({ name }) => ({ cluster: name, maxResults: 1 }),
    absent: NO_SUCH_SERVICE,
  },
  'ecs:DescribeTasks': {
    command: DescribeTasksCommand,
    input: ({ name }) => ({ cluster: name, tasks: ['00000000000000000000000000000000'] }),
    absent: NO_SUCH_SERVICE,
  },
  'events:ListEventBuses': one(ListEventBusesCommand, { Limit: 1 }),
  'events:ListRules': one(ListRulesCommand, { Limit: 1 }),
  'events:ListTargetsByRule': {
    command: ListTargetsByRuleCommand,
    input: ({ name }) => ({ Rule: name, Limit: 1 }),
    absent: /^ResourceNotFoundException:/,
  },
  // EventBridge takes no entry whose detail is no JSON, and says so entry by entry: only to those who may put events.
  'events:PutEvents': one(PutEventsCommand, {
    Entries: [{ Source: 'cdk-ecs-caretaker', DetailType: 'Doctor', Detail: 'not JSON' }],
  }),
  'scheduler:ListSchedules': one(ListSchedulesCommand, { MaxResults: 1 }),
  'scheduler:GetSchedule': {
    command: GetScheduleCommand,
    input: ({ name }) => ({ Name: name }),
    absent: /^ResourceNotFoundException:/,
  },
  'pipes:ListPipes': one(ListPipesCommand, { Limit: 1 }),
  'pipes:DescribePipe': {
    command: DescribePipeCommand,
    input: ({ name }) => ({ Name: name }),
    absent: /^NotFoundException:/,
  },
  'states:ListStateMachines': one(ListStateMachinesCommand, { maxResults: 1 }),
  'states:DescribeStateMachine': {
    command: DescribeStateMachineCommand,
    input: (at) => ({ stateMachineArn: arn(at, 'states', `stateMachine:${at.name}`) }),
    absent: /^(StateMachineDoesNotExist|ResourceNotFound):/,
  },
  'states:ListStateMachineVersions': {
    command: ListStateMachineVersionsCommand,
    input: (at) => ({ stateMachineArn: arn(at, 'states', `stateMachine:${at.name}`), maxResults: 1 }),
    absent: /^(StateMachineDoesNotExist|ResourceNotFound):/,
  },
  'codedeploy:ListApplications': one(ListApplicationsCommand, {}),
  'codedeploy:BatchGetApplications': {
    command: BatchGetApplicationsCommand,
    input: ({ name }) => ({ applicationNames: [name] }),
    absent: NO_SUCH_APPLICATION,
  },
  'codedeploy:ListDeploymentGroups': {
    command: ListDeploymentGroupsCommand,
    input: ({ name }) => ({ applicationName: name }),
    absent: NO_SUCH_APPLICATION,
  },
  'codedeploy:BatchGetDeploymentGroups': {
    command: BatchGetDeploymentGroupsCommand,
    input: ({ name }) => ({ applicationName: name, deploymentGroupNames: [name] }),
    absent: NO_SUCH_APPLICATION,
  },
  'codedeploy:ListDeployments': {
    command: ListDeploymentsCommand,
    input: ({ name }) => ({ applicationName: name, deploymentGroupName: name }),
    absent: NO_SUCH_APPLICATION,
  },
  'codedeploy:BatchGetDeployments': {
    command: BatchGetDeploymentsCommand,
    input: () => ({ deploymentIds: ['d-000000000'] }),
    absent: /^(DeploymentDoesNotExist|InvalidDeploymentId)Exception:/,
  },
  'cloudformation:DescribeStackResources': {
    command: DescribeStackResourcesCommand,
    input: (at) => ({ PhysicalResourceId: arn(at, 'ecs', `task-definition/${at.name}:1`) }),
    absent: NO_SUCH_STACK,
  },
  'cloudformation:DescribeStacks': {
    command: DescribeStacksCommand,
    input: ({ name }) => ({ StackName: name }),
    absent: NO_SUCH_STACK,
  },
  's3:ListBucket': {
    command: ListObjectsV2Command,
    operation: 'ListObjectsV2',
    input: ({ ledger, name }) => ({ Bucket: ledger, Prefix: name, MaxKeys: 1 }),
  },
  's3:GetObject': {
    command: GetObjectCommand,
    input: ({ ledger, name }) => ({ Bucket: ledger, Key: name }),
    absent: /^NoSuchKey:/,
  },
  // On the condition that the object is a version that no object can be: nothing is written, nothing is removed.
  's3:PutObject': {
    command: PutObjectCommand,
    input: ({ ledger, name }) => ({ Bucket: ledger, Key: name, Body: 'nothing', IfMatch: NO_SUCH_ETAG }),
    absent: /^(NoSuchKey|PreconditionFailed):/,
  },
  's3:DeleteObject': {
    command: DeleteObjectCommand,
    input: ({ ledger, name }) => ({ Bucket: ledger, Key: name, IfMatch: NO_SUCH_ETAG }),
    absent: /^(NoSuchKey|PreconditionFailed):/,
  },
};

/** Where requests go and who signs them, as far as it was said; the rest the SDK finds as the AWS CLI does. */
export interface SdkChoice {
  readonly region?: string;
  readonly profile?: string;
}

type ClientClass = new (options: SdkChoice & { maxAttempts: number; requestHandler: typeof REQUEST_TIMES }) => Client;

const CLIENTS: Readonly<Record<string, ClientClass>> = {
  ecs: ECSClient,
  events: EventBridgeClient,
  scheduler: SchedulerClient,
  pipes: PipesClient,
  states: SFNClient,
  codedeploy: CodeDeployClient,
  cloudformation: CloudFormationClient,
  s3: S3Client,
};

const ATTEMPTS = 2;

/** Asks for rights by calls that read one item at most, or name what is not there. */
export class SdkProbes implements Probing {
  private readonly clients = new Map<string, Client>();

  constructor(
    private readonly choice: SdkChoice,
    private readonly nowhere: Nowhere,
  ) {}

  public called(action: string): string {
    const call = CALLS[action];
    const { operation = action.slice(action.indexOf(':') + 1) } = call ?? {};
    return call ? `${operation} ${JSON.stringify(call.input(this.nowhere))}` : '';
  }

  public async ask(action: string): Promise<ProbeAnswer> {
    const call = CALLS[action];
    if (!call) return { status: 'NOT_ASKED', reason: 'no harmless call is known for it' };
    try {
      const answer = await this.clientFor(action).send(new call.command(call.input(this.nowhere)));
      return refusedEntry(answer) ?? { status: 'ALLOWED' };
    } catch (error) {
      return read(error, call.absent);
    }
  }

  public close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  private clientFor(action: string): Client {
    const service = action.slice(0, action.indexOf(':'));
    const known = this.clients.get(service);
    if (known) return known;
    const Class = CLIENTS[service];
    if (!Class) throw new Error(`there is no client for ${service}`);
    const client = new Class({ ...this.choice, maxAttempts: ATTEMPTS, requestHandler: REQUEST_TIMES });
    this.clients.set(service, client);
    return client;
  }
}

function read(error: unknown, absent: RegExp | undefined): ProbeAnswer {
  const { code, reason } = sdkError(error);
  if (!answered(error)) return { status: 'UNREACHED', code: connectionCode(error) ?? code, reason };
  if (absent?.test(`${code}: ${reason}`)) return { status: 'ALLOWED', code, reason };
  return { status: isDenied({ code }) ? 'DENIED' : 'UNCLEAR', code, reason };
}

function answered(error: unknown): boolean {
  const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return httpStatusCode !== undefined;
}

/** Node's own code, e.g. `ECONNREFUSED`. */
function connectionCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** PutEvents answers 200 and tells entry by entry. */
function refusedEntry(answer: unknown): ProbeAnswer | undefined {
  const [entry] = (answer as { Entries?: { ErrorCode?: string; ErrorMessage?: string }[] }).Entries ?? [];
  const { ErrorCode: code, ErrorMessage: reason } = entry ?? {};
  if (code === undefined) return undefined;
  if (code === 'MalformedDetail') return { status: 'ALLOWED', code, reason };
  return { status: isDenied({ code }) ? 'DENIED' : 'UNCLEAR', code, reason };
}
