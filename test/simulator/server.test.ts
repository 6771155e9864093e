import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  paginateListServices,
  paginateListTaskDefinitions,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { install } from '@sinonjs/fake-timers';
import { EcsSimulator } from '../../simulator/ecs-simulator';
import { EventBus } from '../../simulator/event-bus';
import { ObjectStore } from '../../simulator/object-store';
import { type SimulatorServer, startServer } from '../../simulator/server';
import { DROP_CONNECTION, EMPTY_BODY, RawAnswer } from '../../simulator/special-answers';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => NOW };
const environment = { partition: 'aws-cn', account: '111122223333', region: 'cn-north-1' };
const definition = { family: 'web', containerDefinitions: [{ name: 'web', image: 'nginx', memory: 64 }] };

let ecs: EcsSimulator;
let objects: ObjectStore;
let events: EventBus;
let server: SimulatorServer;
let clients: ReturnType<typeof connect>;

function connect(endpoint: string) {
  const config = { endpoint, region: 'cn-north-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' }, maxAttempts: 1 };
  return { ecs: new ECSClient(config), s3: new S3Client(config), events: new EventBridgeClient(config) };
}

beforeEach(async () => {
  ecs = new EcsSimulator({ clock, environment });
  objects = new ObjectStore({ clock, listAllowed: true });
  events = new EventBus();
  server = await startServer({ ecs, objects, events });
  clients = connect(server.url);
});

afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await server.close();
});

describe('ECS over the wire', () => {
  test('the SDK reads what it registered, with dates as dates and tags beside the definition', async () => {
    await clients.ecs.send(new RegisterTaskDefinitionCommand({ ...definition, tags: [{ key: 'team', value: 'a' }] }));
    const answer = await clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'web', include: ['TAGS'] }));
    expect(answer.taskDefinition).toMatchObject({
      taskDefinitionArn: 'arn:aws-cn:ecs:cn-north-1:111122223333:task-definition/web:1',
      status: 'ACTIVE',
      registeredAt: new Date(NOW),
    });
    expect(answer.tags).toEqual([{ key: 'team', value: 'a' }]);
  });

  test('the paginators of the SDK see every item once', async () => {
    ecs.seedFamily(
      definition,
      Array.from({ length: 250 }, () => ({ registeredAt: NOW })),
    );
    const arns: string[] = [];
    for await (const page of paginateListTaskDefinitions({ client: clients.ecs }, {}))
      arns.push(...(page.taskDefinitionArns ?? []));
    expect(new Set(arns).size).toBe(250);
    ecs.seedCluster('blue');
    for (let n = 0; n < 25; n += 1) ecs.seedService({ cluster: 'blue', name: `s${n}`, taskDefinition: 'web:1' });
    const services: string[] = [];
    for await (const page of paginateListServices({ client: clients.ecs }, { cluster: 'blue' })) {
      services.push(...(page.serviceArns ?? []));
    }
    expect(new Set(services).size).toBe(25);
  });

  test('a refusal and a throttle arrive under their names', async () => {
    const act = new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:1' });
    await expect(clients.ecs.send(act)).rejects.toMatchObject({ name: 'ClientException', $metadata: { httpStatusCode: 400 } });
    for (let n = 1; n < 20; n += 1) await clients.ecs.send(act).catch(() => undefined);
    await expect(clients.ecs.send(act)).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    expect(ecs.stat().DeregisterTaskDefinition).toEqual({ calls: 21, throttles: 1 });
  });

  test.each([
    ['null', null, 'null'],
    ['an empty body', EMPTY_BODY, ''],
    ['half a document', new RawAnswer(200, '{"taskDefinitionArns":['), '{"taskDefinitionArns":['],
  ])('a test can have %s sent as an answer', async (_, answer, body) => {
    ecs.intercept = async () => answer;
    const response = await post(server.url, 'ListTaskDefinitions');
    expect(await response.text()).toBe(body);
    expect(response.headers.get('date')).toBeNull();
  });

  test('it answers while every timer is faked, at the faked time', async () => {
    const faked = install({ now: NOW + 5_000, shouldClearNativeTimers: true, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    try {
      const late = new EcsSimulator({ clock: { now: () => Date.now() }, environment });
      const faking = await startServer({ ecs: late });
      const { ecs: client } = connect(faking.url);
      const { taskDefinition } = await client.send(new RegisterTaskDefinitionCommand(definition));
      expect(taskDefinition?.registeredAt).toEqual(new Date(NOW + 5_000));
      client.destroy();
      await faking.close();
    } finally {
      faked.uninstall();
    }
  });

  test('a test can cut the connection', async () => {
    ecs.intercept = async () => DROP_CONNECTION;
    await expect(post(server.url, 'ListTaskDefinitions')).rejects.toThrow();
    expect(server.inFlight()).toBe(0);
  });
});

function post(url: string, action: string): Promise<Response> {
  const headers = {
    'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
    'content-type': 'application/x-amz-json-1.1',
  };
  return fetch(url, { method: 'POST', headers, body: '{}' });
}

describe('S3 over the wire', () => {
  const at = { Bucket: 'ledger', Key: 'plans/a b.json' };

  test('an object comes back as it was put, and is gone when deleted', async () => {
    const { ETag } = await clients.s3.send(new PutObjectCommand({ ...at, Body: '{"é":1}', ContentType: 'application/json' }));
    const got = await clients.s3.send(new GetObjectCommand(at));
    expect(await got.Body?.transformToString()).toBe('{"é":1}');
    expect(got).toMatchObject({ ETag, ContentType: 'application/json' });
    expect(await clients.s3.send(new HeadObjectCommand(at))).toMatchObject({ ETag, ContentLength: 8 });
    await clients.s3.send(new DeleteObjectCommand(at));
    await expect(clients.s3.send(new GetObjectCommand(at))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('conditions are kept: one creator, and no overwriting of a version not seen', async () => {
    const create = new PutObjectCommand({ ...at, Body: '1', IfNoneMatch: '*' });
    const { ETag } = await clients.s3.send(create);
    await expect(clients.s3.send(create)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    await clients.s3.send(new PutObjectCommand({ ...at, Body: '2', IfMatch: ETag }));
    await expect(clients.s3.send(new PutObjectCommand({ ...at, Body: '3', IfMatch: ETag }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(clients.s3.send(new PutObjectCommand({ ...at, Key: 'none', Body: '3', IfMatch: ETag }))).rejects.toMatchObject(
      { name: 'NoSuchKey' },
    );
    expect(objects.text('ledger', at.Key)).toBe('2');
  });

  test('a list comes in pages, by prefix', async () => {
    for (const key of ['plans/1', 'plans/2', 'plans/3', 'results/1']) objects.put('ledger', key, 'x');
    const first = await clients.s3.send(new ListObjectsV2Command({ Bucket: 'ledger', Prefix: 'plans/', MaxKeys: 2 }));
    const ContinuationToken = first.NextContinuationToken;
    const second = await clients.s3.send(new ListObjectsV2Command({ Bucket: 'ledger', Prefix: 'plans/', ContinuationToken }));
    expect([...(first.Contents ?? []), ...(second.Contents ?? [])].map(({ Key }) => Key)).toEqual([
      'plans/1',
      'plans/2',
      'plans/3',
    ]);
    expect(second.IsTruncated).toBe(false);
  });

  test('who may not list is not told that a key is missing', async () => {
    const strict = new ObjectStore({ clock });
    await server.close();
    server = await startServer({ ecs, objects: strict });
    clients = connect(server.url);
    await expect(clients.s3.send(new GetObjectCommand(at))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('a body sent in chunks is stored without their frame', async () => {
    const body = '5\r\nhello\r\n6;chunk-signature=x\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n';
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '11' };
    await fetch(`${server.url}/ledger/chunked`, { method: 'PUT', body, headers });
    expect(objects.text('ledger', 'chunked')).toBe('hello world');
  });
});

test('EventBridge keeps good entries and fails bad ones alone', async () => {
  const good = { Source: 'cdk-ecs-caretaker', DetailType: 'Prune Completed', Detail: '{"a":1}' };
  const answer = await clients.events.send(new PutEventsCommand({ Entries: [good, { ...good, Detail: 'no json' }] }));
  expect(answer.FailedEntryCount).toBe(1);
  expect(events.entries).toEqual([good]);
});
