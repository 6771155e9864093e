import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { physicalIdFor } from '../../engine/stack/physical-id';
import { STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import { type CustomResourceEvent, SimulatedError, StackSimulator, type StackTemplate } from '../../simulator';
import { ENVIRONMENT, MINUTE } from './lambda-host';
import { S3_HOST, StackHost, type StackInvocation, UNPROVEN_HOST } from './stack-host';

// Taken at load: time is faked in between.
const nextTurn = () => new Promise<void>((resolve) => realSetImmediate(resolve));
const realSetImmediate = setImmediate;

const SECRET = 'X-Amz-Signature=CANARY0123456789';
const QUERY = `key?${SECRET}`;
const STACK_ID = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/01234567-89ab-cdef-0123-456789abcdef';
const WEB = `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/web:1`;
const LAMBDAS_TIME = STACK_SECONDS.function * 1000;

const create = (ResponseURL: string) => ({
  RequestType: 'Create',
  ServiceToken: 'token',
  ResponseURL,
  StackId: STACK_ID,
  RequestId: '11111111-2222-3333-4444-555555555555',
  ResourceType: STACK_RESOURCE.type,
  LogicalResourceId: 'OldRevisions',
  ResourceProperties: { ServiceToken: 'token', taskDefinitions: [WEB] },
});
const answerable = create(`https://${S3_HOST}/${QUERY}`);

let host: StackHost;
let held: ServerResponse[] = [];
beforeAll(async () => {
  host = await StackHost.start();
});
beforeEach(() => {
  host.respond = takeIt;
  host.configure(STACK_ID);
});
afterEach(async () => {
  for (const response of held) response.destroy();
  held = [];
  for (let turns = 0; turns < 10; turns += 1) await nextTurn();
});
afterAll(() => host.stop());

const takeIt = (response: ServerResponse) => void response.writeHead(200).end();

/** Time stands still while a request is under way: this lets it pass while nobody answers. */
async function passTime(isOver: () => boolean, atMost = 2 * LAMBDAS_TIME): Promise<void> {
  for (let passed = 0; passed < atMost && !isOver(); passed += 500) {
    host.time.advanceTo(host.time.now() + 500);
    for (let turns = 0; turns < 6 && !isOver(); turns += 1) await nextTurn();
  }
}

function expectNoSecret({ output, error }: StackInvocation): void {
  for (const text of [output, inspect(error, { depth: 10, showHidden: true })]) {
    expect(text).not.toContain('CANARY');
    expect(text).not.toContain('X-Amz-Signature');
  }
}

/** A stack of one family whose third deployment ends in a Delete that lets a revision go. */
function shop(port: (event: CustomResourceEvent) => Promise<StackInvocation>, lambdaRetries = 0) {
  const invocations: { readonly event: CustomResourceEvent; readonly invocation: StackInvocation }[] = [];
  host.ecs = host.newEcs();
  host.stacks = new StackSimulator({
    ecs: host.ecs,
    clock: host.clock,
    lambdaRetries,
    customResource: async (event) => {
      const invocation = await port(event);
      invocations.push({ event, invocation });
      if (invocation.error) throw invocation.error;
      const taken = invocation.delivered.find(({ status }) => status === 200);
      return taken && JSON.parse(taken.body);
    },
  });
  const stack = host.stacks.stack('shop');
  host.configure(stack.id, { keepLatest: 1, minAgeMinutes: 0, keepSuccessfulDeployments: 1 });
  const template = (image: number): StackTemplate => ({
    resources: [
      {
        logicalId: 'Web',
        type: 'AWS::ECS::TaskDefinition',
        properties: { Family: 'web', ContainerDefinitions: [{ Name: 'web', Image: `web:${image}`, Memory: 64 }] },
        updateReplacePolicy: 'Retain',
      },
      {
        logicalId: 'OldRevisions',
        type: STACK_RESOURCE.type,
        properties: { ServiceToken: 'token', ServiceTimeout: STACK_SECONDS.service, taskDefinitions: [{ Ref: 'Web' }] },
      },
    ],
  });
  return {
    stack,
    deletes: () => invocations.filter(({ event }) => event.RequestType === 'Delete').map(({ invocation }) => invocation),
    deregistered: () => host.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`),
    async deploy(images: readonly number[]): Promise<string | undefined> {
      let status: string | undefined;
      for (const image of images) {
        host.time.advanceTo(host.time.now() + 120 * MINUTE);
        status = await stack.deploy(template(image));
      }
      return status;
    },
  };
}

const wants = (ResponseURL: string) => (event: CustomResourceEvent) =>
  host.invoke(event.RequestType === 'Delete' ? { ...event, ResponseURL } : event);

describe('a Delete that would let a revision go', () => {
  test('does so when it can be answered', async () => {
    const { deploy, deletes, deregistered } = shop(wants(`https://${S3_HOST}/${QUERY}`));
    expect(await deploy([1, 2])).toBe('UPDATE_COMPLETE');
    expect(deregistered()).toEqual(['web:1']);
    expect(deletes()).toMatchObject([{ answers: [{ Status: 'SUCCESS' }], refused: [] }]);
    deletes().forEach(expectNoSecret);
  });

  test.each([
    ['http', `http://${S3_HOST}/${QUERY}`],
    ['another scheme', `ftp://${S3_HOST}/${QUERY}`],
    ['a file', `file:///etc/passwd?${SECRET}`],
    ['text', `data:text/plain,${SECRET}`],
    ['no scheme', `//${S3_HOST}/${QUERY}`],
    ['another host', `https://evil.example.com/${QUERY}`],
    ['the name in another host', `https://${S3_HOST}.evil.example.com/${QUERY}`],
    ['the name in a path', `https://evil.example.com/${S3_HOST}/${QUERY}`],
    ['the name behind a backslash', `https://evil.example.com\\@${S3_HOST}:8443/${QUERY}`],
    ['the name as a user', `https://${S3_HOST}@evil.example.com/${QUERY}`],
    ['the name as a user, hidden', `https://${S3_HOST}%2F@evil.example.com/${QUERY}`],
    ['a user and a password', `https://user:CANARY@${S3_HOST}/${QUERY}`],
    ['a letter that looks alike', `https://bucket.s3.eu-west-1.\u0430mazonaws.com/${QUERY}`],
    ['a zero that looks alike', `https://bucket.s3.eu-west-1.amaz0naws.com/${QUERY}`],
    ['a domain beside it', `https://bucket.s3.eu-west-1.xamazonaws.com/${QUERY}`],
    ['a domain in place of its dot', `https://bucket.s3.eu-west-1-amazonaws.com/${QUERY}`],
    ['a dot at the end', `https://${S3_HOST}./${QUERY}`],
    ['another port', `https://${S3_HOST}:8443/${QUERY}`],
    ['another service', `https://s3.execute-api.eu-west-1.amazonaws.com/${QUERY}`],
    ['a load balancer', `https://s3-1.eu-west-1.elb.amazonaws.com/${QUERY}`],
    ['a function in front of S3', `https://bucket-111122223333.s3-object-lambda.eu-west-1.amazonaws.com/${QUERY}`],
    ['a website of S3', `https://bucket.s3-website.eu-central-1.amazonaws.com/${QUERY}`],
    ['another partition', `https://bucket.s3.cn-north-1.amazonaws.com.cn/${QUERY}`],
    ['metadata', `https://169.254.169.254/latest/${QUERY}`],
    ['metadata as a number', `https://2852039166/${QUERY}`],
    ['metadata in IPv6', `https://[fd00:ec2::254]/${QUERY}`],
    ['this machine', `https://localhost/${QUERY}`],
    ['this machine by number', `https://127.0.0.1/${QUERY}`],
    ['more than a URL can be', `https://${S3_HOST}/${'a'.repeat(10_000)}?${SECRET}`],
  ])('does nothing at all when its ResponseURL has %s (C-07)', async (_, url) => {
    const { deploy, deletes, deregistered } = shop(wants(url));
    // CloudFormation gives up on the Delete, and the update stays complete.
    expect(await deploy([1, 2])).toBe('UPDATE_COMPLETE');
    expect(deregistered()).toEqual([]);
    expect(deletes().length).toBeGreaterThan(0);
    for (const invocation of deletes()) {
      const { delivered, calls, asked, refused, error } = invocation;
      expect({ delivered, calls, asked, refused, error }).toEqual({
        delivered: [],
        calls: {},
        asked: [],
        refused: [],
        error: undefined,
      });
      expect(invocation.metrics).toEqual({ AnswersFailed: 1 });
      expect(invocation.milliseconds).toBeLessThan(1000);
      expectNoSecret(invocation);
    }
  });
});

describe('who is not proven to be S3 gets no answer (C-07)', () => {
  test('a server without the certificate', async () => {
    const invocation = await host.invoke(create(`https://${UNPROVEN_HOST}/${QUERY}`));
    expect(invocation.error?.message).toBe('the answer could not be delivered: S3 answered ERR_TLS_CERT_ALTNAME_INVALID');
    expect([invocation.delivered, invocation.refused]).toEqual([[], []]);
    expectNoSecret(invocation);
  });

  test('a name that leads nowhere', async () => {
    const name = `missing.s3.${ENVIRONMENT.region}.amazonaws.com`;
    const invocation = await host.invoke(create(`https://${name}/${QUERY}`));
    expect(invocation.error?.message).toBe('the answer could not be delivered: S3 answered ENOTFOUND');
    expect(new Set(invocation.refused)).toEqual(new Set([`${name}:443`]));
    expectNoSecret(invocation);
  });
});

describe('a redirect is followed nowhere (C-07)', () => {
  test.each([
    [301, 'https://evil.example.com/'],
    [302, 'http://169.254.169.254/latest/meta-data/'],
    [303, `https://${S3_HOST}/elsewhere`],
    [307, `https://${UNPROVEN_HOST}/`],
    [308, '//evil.example.com/'],
  ])('%i to %s', async (status, location) => {
    host.respond = (response) => void response.writeHead(status, { location }).end();
    const invocation = await host.invoke(answerable);
    const { delivered, refused, error } = invocation;
    expect(error?.message).toBe(`the answer could not be delivered: S3 answered ${status}`);
    expect(new Set(delivered.map(({ method, host: name, path }) => `${method} ${name}${path}`))).toEqual(
      new Set([`PUT ${S3_HOST}/${QUERY}`]),
    );
    expect([delivered.length, refused]).toEqual([6, []]);
    expectNoSecret(invocation);
  });
});

describe('nothing hangs beyond the time that Lambda gives (C-03)', () => {
  const neverAnswers = (response: ServerResponse) => {
    held.push(response);
    void passTime(() => response.destroyed);
  };

  test.each([LAMBDAS_TIME, 30_000, 4_000])('S3 that never answers, with %i ms left', async (left) => {
    host.respond = neverAnswers;
    const invocation = await host.invoke(answerable, left);
    expect(invocation.error?.message).toBe('the answer could not be delivered: S3 answered too late');
    expect(invocation.milliseconds).toBeLessThan(left);
    expect(invocation.metrics).toMatchObject({ AnswersFailed: 1 });
    expectNoSecret(invocation);
  });

  test('S3 that answers once it has been given up on is asked again, and takes the same answer (C-08)', async () => {
    host.respond = (response, attempt) => (attempt % 2 === firstOfTwo ? neverAnswers(response) : takeIt(response));
    const firstOfTwo = (host.attempts + 1) % 2;
    const { delivered, error } = await host.invoke(answerable);
    expect([delivered.map(({ status }) => status), error]).toEqual([[undefined, 200], undefined]);
    expect(delivered[1]?.body).toBe(delivered[0]?.body);
  });

  test('S3 that says yes and then talks on', async () => {
    host.respond = (response) => {
      held.push(response);
      response.writeHead(200).write('and');
    };
    const { delivered, error, milliseconds } = await host.invoke(answerable);
    expect([delivered.length, error]).toEqual([1, undefined]);
    expect(milliseconds).toBeLessThan(1000);
  });

  test.each([
    ['ListTaskDefinitions', LAMBDAS_TIME],
    ['DescribeTaskDefinition', LAMBDAS_TIME],
    ['DeregisterTaskDefinition', LAMBDAS_TIME],
    ['ListTaskDefinitions', 2 * MINUTE],
  ])(
    'ECS that never answers %s, with %i ms left: the Delete is a success all the same (C-04)',
    async (silent, left) => {
      const { deploy, deletes } = shop((event) => {
        let answered = false;
        host.respond = (response) => {
          answered = true;
          takeIt(response);
        };
        host.ecs.intercept = async ({ action }, answer) => {
          if (action !== silent || event.RequestType !== 'Delete') return answer();
          await passTime(() => answered);
          throw new SimulatedError('ServerException', 'too late for anybody', 500);
        };
        return host.invoke(event, left);
      });
      expect(await deploy([1, 2])).toBe('UPDATE_COMPLETE');
      expect(deletes()).toMatchObject([{ answers: [{ Status: 'SUCCESS' }] }]);
      expect(deletes()[0]?.error).toBeUndefined();
      expect(deletes()[0]?.calls).toHaveProperty(silent);
      expect(deletes()[0]?.milliseconds).toBeLessThan(left - 20_000);
    },
    20_000,
  );
});

describe('an answer that is lost (C-08)', () => {
  test.each([
    ['S3 fails', (response: ServerResponse) => void response.writeHead(500).end()],
    ['S3 is busy', (response: ServerResponse) => void response.writeHead(503).end()],
    ['the connection is cut', (response: ServerResponse) => void response.destroy()],
    ['the connection is cut within the answer', (response: ServerResponse) => void response.socket?.end('HTTP/1.1 2')],
    ['what comes is not HTTP', (response: ServerResponse) => void response.socket?.end('220 ready\r\n')],
  ])('is sent again with longer and longer pauses, word for word, until S3 takes it: %s', async (_, fail) => {
    const at: number[] = [];
    host.respond = (response) => {
      at.push(Date.now());
      if (at.length < 5) fail(response);
      else takeIt(response);
    };
    const invocation = await host.invoke(answerable);
    expect(invocation.error).toBeUndefined();
    expect(new Set(invocation.delivered.map(({ body }) => body)).size).toBe(1);
    expect(at.slice(1).map((time, place) => time - (at[place] ?? 0))).toEqual([500, 1000, 2000, 4000]);
    expectNoSecret(invocation);
  });

  test('for a whole invocation: Lambda calls again, nothing is let go twice, and the answer is the same', async () => {
    let failing = 0;
    const { deploy, deletes, deregistered } = shop((event) => {
      failing += event.RequestType === 'Delete' ? 1 : 0;
      host.respond = failing === 1 ? (response) => void response.writeHead(503).end() : takeIt;
      return host.invoke(event);
    }, 2);
    expect(await deploy([1, 2])).toBe('UPDATE_COMPLETE');
    expect(deregistered()).toEqual(['web:1']);
    const [first, second, ...more] = deletes();
    expect([first?.error?.message, second?.error, more]).toEqual([
      'the answer could not be delivered: S3 answered 503',
      undefined,
      [],
    ]);
    const told = [first, second].map((invocation) => ({ ...invocation?.answers[0], Reason: '' }));
    expect(told[1]).toEqual(told[0]);
    expect(second?.calls).not.toHaveProperty('DeregisterTaskDefinition');
  });
});

describe('an answer is what CloudFormation takes, whatever ECS says (C-06)', () => {
  test.each([
    ['long', 'a'.repeat(20_000)],
    ['not ASCII', '\u00fc\u{1f980}\u2028'.repeat(3_000)],
    ['full of quotes', '"\\'.repeat(5_000)],
    ['full of line breaks', 'a\r\n\u0000\u001b[31m'.repeat(1_000)],
    ['empty', ''],
  ])('a refusal that is %s', async (_, message) => {
    const { deploy, deletes } = shop((event) => {
      host.ecs.intercept = async ({ action }, answer) => {
        if (action === 'ListTaskDefinitions') throw new SimulatedError('ClientException', message);
        return answer();
      };
      return host.invoke(event);
    });
    expect(await deploy([1, 2])).toBe('UPDATE_COMPLETE');
    const [invocation] = deletes();
    const [{ body = '' } = {}] = invocation?.delivered ?? [];
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
    expect(body).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(body)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: physicalIdFor([WEB]) });
    expect(JSON.parse(body).Reason).not.toBe('');
  });
});
