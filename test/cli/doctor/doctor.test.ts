import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { run } from '../../../cli/program';
import { Terminal } from '../../../cli/terminal';
import { ECS_ACTIONS } from '../../../lib/contract/limits';
import { REFERRERS } from '../../../lib/contract/referrers';
import { ACCOUNT, ARN, LoopbackAws } from './loopback-aws';

const ENV = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_PROFILE'] as const;
const before = Object.fromEntries(ENV.map((name) => [name, process.env[name]]));
let aws: LoopbackAws;

const SCHEMA = path.join(__dirname, '..', '..', '..', 'schema', 'doctor-report.v1.json');
const fits = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));

beforeEach(async () => {
  aws = new LoopbackAws();
  process.env.AWS_ENDPOINT_URL = await aws.start();
  process.env.AWS_ACCESS_KEY_ID = 'none';
  process.env.AWS_SECRET_ACCESS_KEY = 'none';
  process.env.AWS_REGION = 'eu-west-1';
});

afterEach(async () => {
  // Nothing real is ever touched, whatever a test made AWS say: neither a revision, nor an object, nor an event.
  expect(aws.ecs.log.destructive).toEqual([]);
  expect(aws.objects.keys('ledger')).toEqual([]);
  expect(aws.events.entries).toEqual([]);
  await aws.stop();
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function doctor(...flags: string[]) {
  const written = { out: '', err: '' };
  const stream = (to: 'out' | 'err') => ({
    isTTY: false as never,
    write: (text: unknown) => {
      written[to] += String(text);
      return true;
    },
  });
  const exitCode = await run(['doctor', ...flags], new Terminal(stream('out'), stream('err'), {}));
  return { exitCode, ...written };
}

async function report(...flags: string[]) {
  const { out, exitCode, err } = await doctor('--json', ...flags);
  expect(err).toBe('');
  const parsed = JSON.parse(out);
  fits(parsed);
  expect(fits.errors).toBeNull();
  const status = (action: string) => parsed.rights.find((right: { action: string }) => right.action === action)?.status;
  return { ...parsed, exitCode, status };
}

describe('an account where everything is allowed', () => {
  test('is told who asks and where, that nothing is missing, and exit code 0', async () => {
    const { exitCode, out, err } = await doctor('--ledger', 'ledger');
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    for (const text of [ARN, ACCOUNT, 'eu-west-1', 'Nothing is missing.', 'ecs:DeregisterTaskDefinition']) {
      expect(out).toContain(text);
    }
    expect(out).not.toContain('\u001b');
  });

  test('is asked for every right of the contract, each by one call', async () => {
    const { rights, exitCode } = await report('--ledger', 'ledger');
    const asked = rights.map(({ action }: { action: string }) => action);
    const needed = [
      ...Object.keys(ECS_ACTIONS).map((action) => `ecs:${action}`),
      ...Object.values(REFERRERS).flatMap(({ actions }) => Object.keys(actions)),
    ];
    expect(asked).toEqual(expect.arrayContaining(needed));
    // A right that is new in the contract needs a harmless call in engine/aws/probe.ts, and an answer in loopback-aws.ts.
    expect(rights.filter(({ status }: { status: string }) => status !== 'ALLOWED')).toEqual([]);
    expect(exitCode).toBe(0);
    const calls = aws.calls.filter((call) => !/^(sts|cloudtrail):/.test(call));
    expect(calls).toHaveLength(rights.length);
    expect(new Set(calls).size).toBe(calls.length);
  });

  test('has its ledger and its bus left alone unless a bucket is named', async () => {
    await report();
    expect(aws.calls.filter((call) => call.startsWith('s3:') || call === 'events:PutEvents')).toEqual([]);
  });

  test('may leave out deregistering and kinds, which then stand as not examined', async () => {
    const { notExamined, status } = await report('--plan-only', '--without', 'CODE_DEPLOY', 'STEP_FUNCTIONS');
    expect(aws.calls.filter((call) => /^(codedeploy|states):|Deregister/.test(call))).toEqual([]);
    expect(notExamined).toEqual(['CodeDeploy', 'Step Functions']);
    expect(status('ecs:DeregisterTaskDefinition')).toBeUndefined();
  });
});

describe('the one call that could change something', () => {
  test('names a revision that ECS has just said does not exist, and the output says so', async () => {
    const { out } = await doctor();
    const [, name] = /DeregisterTaskDefinition was called with (\S+):1,/.exec(out) ?? [];
    expect(name).toMatch(/^cdk-ecs-caretaker-doctor-[0-9a-f]{16}$/);
    const described = aws.calls.indexOf('ecs:DescribeTaskDefinition');
    expect(described).toBeGreaterThan(-1);
    expect(aws.calls.indexOf('ecs:DeregisterTaskDefinition')).toBeGreaterThan(described);
  });

  test.each([
    ['may not be described', { code: 'AccessDeniedException' }],
    ['gives no clear answer', { code: 'ServerException', status: 500 }],
    ['gives another error', { code: 'ClientException', message: 'Something else is wrong.' }],
  ])('is not made when the revision %s', async (_, failure) => {
    aws.failures.set('ecs:DescribeTaskDefinition', failure);
    const { status, exitCode } = await report();
    expect(aws.calls).not.toContain('ecs:DeregisterTaskDefinition');
    expect(status('ecs:DeregisterTaskDefinition')).toBe('NOT_ASKED');
    expect(exitCode).toBe(2);
  });

  test('is not made when the revision exists after all', async () => {
    aws.ecs.intercept = async ({ action }, answer) =>
      action === 'DescribeTaskDefinition' ? { taskDefinition: { status: 'ACTIVE' } } : answer();
    const { status } = await report();
    expect(aws.calls).not.toContain('ecs:DeregisterTaskDefinition');
    expect(status('ecs:DeregisterTaskDefinition')).toBe('NOT_ASKED');
  });
});

describe('what is denied', () => {
  const denied = {
    code: 'AccessDeniedException',
    message: `User: ${ARN} is not authorized to perform: scheduler:GetSchedule with an explicit deny in a service control policy`,
    status: 403,
  };

  test('comes with the code, words to send on, and a policy with exactly that', async () => {
    aws.failures.set('scheduler:GetSchedule', denied);
    aws.failures.set('ecs:DescribeTasks', { code: 'AccessDeniedException' });
    const { rights, missing, exitCode } = await report();
    expect(exitCode).toBe(2);
    expect(missing.policy.Statement).toEqual([
      { Effect: 'Allow', Action: ['ecs:DescribeTasks'], Resource: [`arn:aws:ecs:eu-west-1:${ACCOUNT}:task/*`] },
      { Effect: 'Allow', Action: ['scheduler:GetSchedule'], Resource: [`arn:aws:scheduler:eu-west-1:${ACCOUNT}:schedule/*/*`] },
    ]);
    expect(missing.text).toContain(ACCOUNT);
    expect(missing.text).toContain('explicit deny');
    const denials = rights.filter(({ status }: { status: string }) => status === 'DENIED');
    expect(denials).toMatchObject([
      { action: 'ecs:DescribeTasks', code: 'AccessDeniedException', called: expect.stringMatching(/^DescribeTasks \{/) },
      { action: 'scheduler:GetSchedule', code: 'AccessDeniedException', reason: denied.message },
    ]);
  });

  test('is told in the partition it was asked in', async () => {
    aws.identity = ARN.replace('arn:aws:', 'arn:aws-cn:');
    aws.failures.set('ecs:DescribeTasks', { code: 'AccessDeniedException' });
    process.env.AWS_REGION = 'cn-north-1';
    const { missing, caller } = await report();
    expect(caller).toMatchObject({ partition: 'aws-cn', region: 'cn-north-1' });
    expect(missing.policy.Statement[0].Resource).toEqual([`arn:aws-cn:ecs:cn-north-1:${ACCOUNT}:task/*`]);
  });

  test('a throttle or an error of the service is no denial, and no right either', async () => {
    aws.failures.set('events:ListRules', { code: 'ThrottlingException', message: 'Rate exceeded' });
    aws.failures.set('pipes:DescribePipe', { code: 'InternalException', status: 500 });
    const { status, exitCode } = await report();
    expect([status('events:ListRules'), status('pipes:DescribePipe')]).toEqual(['UNCLEAR', 'UNCLEAR']);
    expect(exitCode).toBe(2);
  });

  test('an event that EventBridge refuses for want of the right is told from one that it only finds malformed', async () => {
    aws.failures.set('events:PutEvents', { code: 'AccessDeniedException' });
    expect((await report('--ledger', 'ledger')).status('events:PutEvents')).toBe('DENIED');
    aws.failures.clear();
    expect((await report('--ledger', 'ledger')).status('events:PutEvents')).toBe('ALLOWED');
  });

  test('S3 says 403 for a missing key to those who may not list: that is no denial of reading', async () => {
    for (const action of ['ListObjectsV2', 'GetObject', 'PutObject']) {
      aws.failures.set(`s3:${action}`, { code: 'AccessDenied', status: 403 });
    }
    const { status } = await report('--ledger', 'ledger');
    expect(['ListBucket', 'GetObject', 'PutObject', 'DeleteObject'].map((right) => status(`s3:${right}`))).toEqual([
      'DENIED',
      'UNCLEAR',
      'UNCLEAR',
      'ALLOWED',
    ]);
  });

  test('what a service says cannot steer the terminal', async () => {
    aws.failures.set('events:ListRules', { code: 'OddException', message: 'red \u001b[31m\u202e' });
    const { out } = await doctor();
    expect(out).toContain('OddException: red ');
    for (const steering of ['\u001b', '\u202e']) expect(out).not.toContain(steering);
  });
});

describe('what gives no answer', () => {
  test('is told with the endpoint it needs, without a policy, and is not asked again', async () => {
    aws.failures.set('states:ListStateMachines', 'no answer');
    const { missing, rights, exitCode } = await report();
    expect(exitCode).toBe(2);
    expect(missing).toMatchObject({ policy: null, unreached: ['states'] });
    expect(missing.text).toContain('com.amazonaws.eu-west-1.states');
    const states = rights.filter(({ action }: { action: string }) => action.startsWith('states:'));
    expect(new Set(states.map(({ status }: { status: string }) => status))).toEqual(new Set(['UNREACHED']));
    expect(aws.calls.filter((call) => call.startsWith('states:') && call !== 'states:ListStateMachines')).toEqual([]);
  });
});

describe('the modify bucket', () => {
  const at = (secondsAgo: number, error?: string) => ({
    EventTime: Math.floor(Date.now() / 60_000) * 60 - secondsAgo,
    CloudTrailEvent: JSON.stringify({
      ...(error ? { errorCode: error } : {}),
      requestParameters: { containerDefinitions: [{ environment: [{ name: 'PASSWORD', value: 'hunter2' }] }] },
    }),
  });

  test('is what the busiest minute of the last day left, with the throttles on record, and no definition gets out', async () => {
    aws.trail = {
      RegisterTaskDefinition: [at(1), at(2), at(3, 'ThrottlingException'), at(300)],
      DeregisterTaskDefinition: [at(4), at(600)],
    };
    const { modifyBucket } = await report();
    expect(modifyBucket).toMatchObject({
      known: true,
      registered: 4,
      deregistered: 2,
      throttledAtLeast: 1,
      busiestMinute: 4,
      tokensPerMinute: 60,
      leftInBusiestMinute: 56,
    });
    const { out } = await doctor();
    expect(out).toContain('1 call or more throttled');
    expect(out + JSON.stringify(modifyBucket)).not.toContain('hunter2');
  });

  test('is not known, and nothing is missing, for somebody who may not look into CloudTrail', async () => {
    aws.failures.set('cloudtrail:LookupEvents', { code: 'AccessDeniedException', message: 'You may not.' });
    const { modifyBucket, exitCode } = await report();
    expect(modifyBucket).toEqual({ known: false, why: expect.stringContaining('AccessDeniedException: You may not.') });
    expect(exitCode).toBe(0);
  });
});

test('every example of the help works as it stands', async () => {
  const { out } = await doctor('--help');
  const examples = [...out.matchAll(/^ {2}\$ cdk-ecs-caretaker doctor ?(.*)$/gm)].map(([, flags = '']) => flags);
  expect(examples.length).toBeGreaterThan(3);
  for (const flags of examples) {
    expect([flags, (await doctor(...flags.split(' ').filter(Boolean))).exitCode]).toEqual([flags, 0]);
  }
});

describe('what stops it, in one line and with exit code 1', () => {
  test('another account than the one that was meant: nothing is asked there', async () => {
    const { exitCode, out, err } = await doctor('--account', '444455556666');
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toBe(
      `cdk-ecs-caretaker: the credentials are those of account ${ACCOUNT}, not 444455556666: nothing was asked\n`,
    );
    expect(aws.calls).toEqual(['sts:GetCallerIdentity']);
  });

  test('credentials that AWS does not know', async () => {
    aws.failures.set('sts:GetCallerIdentity', { code: 'InvalidClientTokenId', message: 'The token is invalid.', status: 403 });
    const { exitCode, err } = await doctor();
    expect(exitCode).toBe(1);
    expect(err).toBe('cdk-ecs-caretaker: STS did not say who the caller is: InvalidClientTokenId: The token is invalid.\n');
  });

  test('an endpoint that refuses', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    const { exitCode, err } = await doctor();
    expect(exitCode).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('ECONNREFUSED');
  });

  test.each([
    [['--acount', ACCOUNT], /unknown option '--acount'\n\(Did you mean --account\?\)/],
    [['--account', '12'], /twelve digits/],
    [['--region', 'Frankfurt'], /eu-west-1/],
    [['--ledger', 'Not A Bucket'], /bucket has a name/],
    [['--without', 'PIPES'], /EVENTBRIDGE_PIPES/],
  ])('%j', async (flags, words) => {
    const { exitCode, out, err } = await doctor(...flags);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toMatch(words);
    expect(aws.calls).toEqual([]);
  });
});
