import * as fc from 'fast-check';
import { physicalIdFor } from '../../engine/stack/physical-id';
import { answerBody } from '../../lambda/custom-resource-answer';
import { type CustomResourceRequest, readRequest } from '../../lambda/custom-resource-request';
import { responseUrl } from '../../lib/contract/response-url';
import { isPhysicalId } from '../../lib/contract/stack-pruning';
import { faultOfAnswer } from '../../simulator/cloudformation/custom-resource';
import { anyText } from '../security/hostile';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const arn = (name: string) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/${name}`;
const BUCKET = 'cloudformation-custom-resource-response-euwest1';

const event = (more: object = {}) => ({
  RequestType: 'Delete',
  ResponseURL: `https://${BUCKET}.s3.eu-west-1.amazonaws.com/key?X-Amz-Signature=CANARY`,
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/01234567-89ab-cdef-0123-456789abcdef',
  RequestId: '11111111-2222-3333-4444-555555555555',
  LogicalResourceId: 'OldRevisions',
  PhysicalResourceId: physicalIdFor([arn('web:1')]),
  ResourceProperties: { taskDefinitions: [arn('web:1')] },
  ...more,
});
const read = (more: object = {}) => readRequest(event(more), ENVIRONMENT) as CustomResourceRequest;

describe('a ResponseURL (C-07)', () => {
  test.each([
    ['aws', `${BUCKET}.s3.eu-west-1.amazonaws.com`],
    ['aws', `${BUCKET}.s3-eu-west-1.amazonaws.com`],
    ['aws', 'cloudformation-custom-resource-response-useast1.s3.amazonaws.com'],
    ['aws', `${BUCKET}.s3.dualstack.eu-west-1.amazonaws.com`],
    ['aws', 's3.ap-southeast-2.amazonaws.com'],
    ['aws-us-gov', `${BUCKET}.s3.us-gov-west-1.amazonaws.com`],
    ['aws-cn', `${BUCKET}.s3.cn-north-1.amazonaws.com.cn`],
    ['aws-eusc', `${BUCKET}.s3.eusc-de-east-1.amazonaws.eu`],
    ['aws-iso', `${BUCKET}.s3.us-iso-east-1.c2s.ic.gov`],
    ['aws-iso-b', `${BUCKET}.s3.us-isob-east-1.sc2s.sgov.gov`],
  ])('in %s may be at %s', (partition, host) => {
    expect(responseUrl(`https://${host}/key?signature`, partition)?.hostname).toBe(host);
    expect(responseUrl(`http://${host}/key?signature`, partition)).toBeUndefined();
    expect(responseUrl(`https://${host}.example.com/key`, partition)).toBeUndefined();
    expect(responseUrl(`https://${host}:8443/key`, partition)).toBeUndefined();
  });

  test.each([
    'https://amazonaws.com/',
    'https://eu-west-1.amazonaws.com/',
    'https://notes3.eu-west-1.amazonaws.com/',
    'https://bucket.s3-website.eu-west-1.amazonaws.com/',
    'https://bucket.s3-accesspoint.eu-west-1.amazonaws.com/',
    'https://bucket.s3-object-lambda.eu-west-1.amazonaws.com/',
    'https://bucket.s3-control.eu-west-1.amazonaws.com/',
    'https://s3.eu-west-1.amazonaws.com.cn/',
    'https://s3.eu-west-1.amazonaws.com%2eexample.com/',
    'https://[::1]/',
    'file:///etc/passwd',
    '',
  ])('may not be %s', (url) => {
    expect(responseUrl(url, 'aws')).toBeUndefined();
  });

  test('of a partition that is not known is none', () => {
    expect(responseUrl('https://s3.eu-west-1.amazonaws.com/', 'aws-moon')).toBeUndefined();
  });

  test('is decided quickly, whatever its length', () => {
    const began = process.hrtime.bigint();
    for (const text of ['a'.repeat(100_000), `${'a.'.repeat(4000)}s3.eu-west-1.amazonaws.com`]) {
      expect(responseUrl(`https://${text}/`, 'aws')).toBeUndefined();
    }
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(100);
  });
});

describe('an answer', () => {
  test('is at most 4,096 bytes, and one that CloudFormation takes, whatever the reason and the ids (C-06)', () => {
    const ids = anyText({ minLength: 1, maxLength: 1024 });
    fc.assert(
      fc.property(
        fc.oneof(anyText({ maxLength: 6000 }), fc.constant('\u0000'.repeat(5000)), fc.constant('"\\'.repeat(4000))),
        ids,
        fc.constantFrom('SUCCESS', 'FAILED'),
        (reason, physicalId, status) => {
          const given = readRequest(event({ PhysicalResourceId: physicalId }), ENVIRONMENT);
          if ('unanswerable' in given) return expect(Buffer.byteLength(physicalId)).toBeGreaterThan(1024);
          let body: string;
          try {
            body = answerBody(given, { status: status as 'SUCCESS', reason, physicalId });
          } catch {
            // Only control characters by the hundred could be so long, and CloudFormation gives no such ids.
            return expect(JSON.stringify(physicalId).length).toBeGreaterThan(3000);
          }
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
          expect(faultOfAnswer(JSON.parse(body), event() as never)).toBeUndefined();
          return expect(JSON.parse(body).PhysicalResourceId).toBe(physicalId);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each(['', '   ', '\n'])('of the reason %j still gives one: FAILED needs it (C-06)', (reason) => {
    expect(JSON.parse(answerBody(read(), { status: 'FAILED', reason, physicalId: 'x' })).Reason.trim()).not.toBe('');
  });
});

describe('a request', () => {
  test('whatever is sent, it is read without a throw, and nothing is made up (C-09)', () => {
    const anything = fc.anything({ maxDepth: 3, withBigInt: true, withNullPrototype: true });
    const mutated = fc
      .record({ member: fc.constantFrom(...Object.keys(event())), value: anything, proto: fc.boolean() })
      .map(({ member, value, proto }) => {
        const made = event({ [member]: value });
        return proto ? JSON.parse(`{"__proto__":{"taskDefinitions":["x"]},${JSON.stringify(event()).slice(1)}`) : made;
      });
    fc.assert(
      fc.property(fc.oneof(anything, mutated), (given) => {
        const request = readRequest(given, ENVIRONMENT);
        if ('unanswerable' in request) return expect(request.unanswerable).not.toContain('CANARY');
        expect(request.answerTo.protocol).toBe('https:');
        for (const one of request.taskDefinitions ?? [])
          expect(one).toMatch(/^arn:aws:ecs:eu-west-1:111122223333:task-definition/);
        return expect(request.type.length).toBeLessThanOrEqual(32);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['another account', 'arn:aws:ecs:eu-west-1:999999999999:task-definition/web:1'],
    ['another Region', 'arn:aws:ecs:us-east-1:111122223333:task-definition/web:1'],
    ['another partition', 'arn:aws-cn:ecs:eu-west-1:111122223333:task-definition/web:1'],
    ['no revision', 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web'],
  ])('with an ARN of %s names no task definitions at all', (_, other) => {
    expect(read({ ResourceProperties: { taskDefinitions: [arn('web:1'), other] } }).taskDefinitions).toBeUndefined();
  });

  test('for the same ARNs, in whatever order, has the same id; another revision has another (C-05)', () => {
    const names = fc.uniqueArray(
      fc.integer({ min: 1, max: 50 }).map((number) => arn(`web:${number}`)),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(names, (arns) => {
        const id = physicalIdFor(arns);
        expect(physicalIdFor([...arns].reverse())).toBe(id);
        expect(isPhysicalId(id)).toBe(true);
        expect(physicalIdFor([...arns, arn('web:51')])).not.toBe(id);
      }),
    );
  });
});
