import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EcsSimulator } from '../../../simulator/ecs-simulator';
import { EventBus } from '../../../simulator/event-bus';
import type { Input } from '../../../simulator/input';
import { ObjectStore } from '../../../simulator/object-store';
import { SimulatedError } from '../../../simulator/simulated-error';
import type { RawAnswer } from '../../../simulator/special-answers';

export const ACCOUNT = '111122223333';
export const ARN = `arn:aws:sts::${ACCOUNT}:assumed-role/Operator/somebody`;

/** How a call fails: an error of the service, or no answer at all. */
export type Failure = { readonly code: string; readonly message?: string; readonly status?: number } | 'no answer';

const gone = (code: string, message = 'There is no such thing.', status = 400) => {
  throw new SimulatedError(code, message, status);
};

/** Services beside ECS, with nothing in them: lists are empty, and what is named is not there. */
const EMPTY: Readonly<Record<string, () => object>> = {
  'events:ListEventBuses': () => ({ EventBuses: [] }),
  'events:ListRules': () => ({ Rules: [] }),
  'events:ListTargetsByRule': () => gone('ResourceNotFoundException'),
  'scheduler:ListSchedules': () => ({ Schedules: [] }),
  'scheduler:GetSchedule': () => gone('ResourceNotFoundException', undefined, 404),
  'pipes:ListPipes': () => ({ Pipes: [] }),
  'pipes:DescribePipe': () => gone('NotFoundException', undefined, 404),
  'states:ListStateMachines': () => ({ stateMachines: [] }),
  'states:DescribeStateMachine': () => gone('StateMachineDoesNotExist'),
  'states:ListStateMachineVersions': () => ({ stateMachineVersions: [] }),
  'codedeploy:ListApplications': () => ({ applications: [] }),
  'codedeploy:BatchGetApplications': () => gone('ApplicationDoesNotExistException'),
  'codedeploy:ListDeploymentGroups': () => gone('ApplicationDoesNotExistException'),
  'codedeploy:BatchGetDeploymentGroups': () => gone('ApplicationDoesNotExistException'),
  'codedeploy:ListDeployments': () => gone('DeploymentGroupDoesNotExistException'),
  'codedeploy:BatchGetDeployments': () => ({ deploymentsInfo: [] }),
  'cloudformation:DescribeStacks': () => gone('ValidationError', 'Stack with id nobody does not exist'),
  'cloudformation:DescribeStackResources': () => gone('ValidationError', 'Stack for nobody does not exist'),
};

/** An account on a port of this machine, every call of it on record, each made to fail as a test likes. */
export class LoopbackAws {
  readonly ecs = new EcsSimulator({
    clock: { now: () => Date.now() },
    environment: { partition: 'aws', account: ACCOUNT, region: 'eu-west-1' },
    seed: 1,
  });
  readonly objects = new ObjectStore({ clock: { now: () => Date.now() }, listAllowed: true });
  readonly events = new EventBus();
  /** `service:Action`, as they came. */
  readonly calls: string[] = [];
  readonly failures = new Map<string, Failure>();
  identity = ARN;
  /** What CloudTrail has on record, by event name. */
  trail: Readonly<Record<string, readonly object[]>> = {};
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, service = ''] = /Credential=[^,]*\/([a-z0-9-]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
    const action = actionOf(service, request, body);
    this.calls.push(`${service}:${action}`);
    const isXml = ['sts', 'cloudformation', 's3'].includes(service);
    const send = (status: number, text: string) => {
      const type = isXml ? 'text/xml' : 'application/x-amz-json-1.1';
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
    };
    try {
      const failure = this.failures.get(`${service}:${action}`);
      if (failure === 'no answer') return void response.destroy();
      if (failure) throw new SimulatedError(failure.code, failure.message ?? 'Refused.', failure.status ?? 400);
      if (service === 's3') {
        const answer = (await this.objects.handle(request, body)) as RawAnswer;
        return send(answer.status, String(answer.body));
      }
      send(200, isXml ? this.xml(action) : JSON.stringify(await this.json(service, action, body)));
    } catch (error) {
      const { code, message, status } = error as SimulatedError;
      const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      const wrapped = service === 's3' ? xml : `<ErrorResponse>${xml}<RequestId>1</RequestId></ErrorResponse>`;
      response.setHeader('x-amzn-errortype', code);
      send(status, isXml ? wrapped : JSON.stringify({ __type: code, message }));
    }
  }

  private xml(action: string): string {
    if (action !== 'GetCallerIdentity') return String(EMPTY[`cloudformation:${action}`]?.());
    const result = `<Arn>${this.identity}</Arn><UserId>me</UserId><Account>${ACCOUNT}</Account>`;
    return `<GetCallerIdentityResponse><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
  }

  private async json(service: string, action: string, body: Buffer): Promise<unknown> {
    const input = (body.length > 0 ? JSON.parse(body.toString()) : {}) as Input;
    if (service === 'ecs') return this.ecs.call(action, input);
    if (action === 'PutEvents') return this.events.call(action, input);
    if (service === 'cloudtrail') {
      const [{ AttributeValue: name }] = input.LookupAttributes as [{ AttributeValue: string }];
      return { Events: this.trail[name] ?? [] };
    }
    const answer = EMPTY[`${service}:${action}`];
    return answer ? answer() : gone('UnknownOperationException', `${service}:${action}`);
  }
}

const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' };

function actionOf(service: string, { headers, method, url = '' }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (service === 's3') return searchParams.has('list-type') ? 'ListObjectsV2' : `${VERBS[method ?? '']}Object`;
  if (service === 'scheduler') return pathname === '/schedules' ? 'ListSchedules' : 'GetSchedule';
  if (service === 'pipes') return pathname === '/v1/pipes' ? 'ListPipes' : 'DescribePipe';
  return new URLSearchParams(body.toString()).get('Action') ?? '';
}
