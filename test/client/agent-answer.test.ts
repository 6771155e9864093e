import * as fc from 'fast-check';
import { type Answer, readReply } from '../../client/agent-answer';

const ARN = 'arn:aws:ecs:eu-west-1:111122223333:task/jobs/1234567890abcdef0';
const protection = (rest: object) => ({ protection: { ExpirationDate: null, TaskArn: ARN, ...rest } });
const failure = (Reason: string) => ({ failure: { Arn: ARN, Detail: null, Reason } });
const error = (Code: string) => ({ requestID: 'r', error: { Arn: ARN, Code, Message: 'lookup ecs.eu-west-1.amazonaws.com' } });

const ROWS: [string, number, unknown, Partial<Answer>][] = [
  [
    'protected',
    200,
    protection({ ProtectionEnabled: true, ExpirationDate: '2023-12-20T21:57:44.837Z' }),
    { kind: 'stands', protected: true, taskId: '1234567890abcdef0', expiresAt: 1703109464837 },
  ],
  [
    'protected, until a full second',
    200,
    protection({ ProtectionEnabled: true, ExpirationDate: '2023-12-20T21:57:44Z' }),
    { kind: 'stands', expiresAt: 1703109464000 },
  ],
  ['not protected', 200, protection({ ProtectionEnabled: false }), { kind: 'stands', protected: false }],
  [
    'the task by its short ARN',
    200,
    protection({ ProtectionEnabled: true, TaskArn: ARN.replace('jobs/', '') }),
    { kind: 'stands', taskId: '1234567890abcdef0' },
  ],
  ['blocked by a deployment, with status 200', 200, failure('DEPLOYMENT_BLOCKED'), { kind: 'refused' }],
  ['a task of no service, with status 200', 200, failure('TASK_NOT_VALID'), { kind: 'never', obstacle: 'not-a-service-task' }],
  ['another failure, with status 200', 200, failure('MISSING'), { kind: 'unknown', code: 'MISSING' }],
  [
    'protection and failure in one',
    200,
    { ...protection({ ProtectionEnabled: true }), ...failure('DEPLOYMENT_BLOCKED') },
    { kind: 'unknown' },
  ],
  [
    'an error with status 200',
    200,
    { ...protection({ ProtectionEnabled: true }), ...error('ServerException') },
    { kind: 'unknown' },
  ],
  ['neither', 200, {}, { kind: 'unknown', code: 'Unreadable' }],
  ['protection of no task', 200, { protection: { ProtectionEnabled: true } }, { kind: 'unknown' }],
  ['protection that is a word', 200, protection({ ProtectionEnabled: 'true' }), { kind: 'unknown' }],
  ['garbage', 200, '{"protection":{"Prot', { kind: 'unknown', code: 'Unreadable' }],
  ['null', 200, null, { kind: 'unknown' }],
  ['what ECS throttles, with status 400', 400, error('ThrottlingException'), { kind: 'unknown', code: 'ThrottlingException' }],
  ['no permission, with status 400', 400, error('AccessDeniedException'), { kind: 'never', obstacle: 'access-denied' }],
  [
    'a request that is not understood',
    400,
    error('InvalidParameterException'),
    { kind: 'never', obstacle: 'request-rejected' },
  ],
  ['a 400 without a code', 400, 'no', { kind: 'never', obstacle: 'request-rejected' }],
  ['no role', 403, error('AccessDeniedException'), { kind: 'never', obstacle: 'no-task-role' }],
  ['no such task', 404, error('ResourceNotFoundException'), { kind: 'never', obstacle: 'unknown-task' }],
  ['no such page, as text', 404, '404 page not found', { kind: 'never', obstacle: 'unknown-task' }],
  ['the agent’s limit, as text', 429, 'You have reached maximum request limit.', { kind: 'unheard' }],
  ['a fault of the agent', 500, error('ServerException'), { kind: 'unknown', code: 'ServerException' }],
  ['a fault of a proxy', 502, '<html>', { kind: 'unknown', code: 'Status502' }],
  ['ECS took too long', 504, error('RequestCanceled'), { kind: 'unknown', code: 'RequestCanceled' }],
  ['a redirect', 301, '', { kind: 'unknown', code: 'Status301' }],
  ['a wrong method', 405, '', { kind: 'unknown', code: 'Status405' }],
];

describe('H-01 H-06: every answer of the agent has one meaning', () => {
  test.each(ROWS)('%s', (_, status, body, meaning) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readReply({ status, body: text })).toMatchObject(meaning);
  });

  test('no answer at all', () => {
    expect(readReply({ failed: 'ECONNRESET' })).toEqual({ kind: 'unknown', code: 'ECONNRESET' });
  });

  test('H-14: whatever comes, it has a meaning, and no text of it goes further', () => {
    const secret = 'at 10.1.2.3 for arn:aws:x';
    const value = fc.oneof(fc.constant(secret), fc.constant(true), fc.jsonValue(), fc.constantFrom('DEPLOYMENT_BLOCKED', ARN));
    const names = ['ProtectionEnabled', 'TaskArn', 'ExpirationDate', 'Reason', 'Code', 'Message'];
    const part = fc.dictionary(fc.constantFrom(...names), value);
    const document = fc.dictionary(fc.constantFrom('protection', 'failure', 'error', 'requestID'), fc.oneof(part, value));
    const body = fc.oneof(
      document.map((given) => JSON.stringify(given)),
      fc.string(),
      fc.constant(secret),
    );
    fc.assert(
      fc.property(fc.constantFrom(200, 400, 403, 404, 429, 500, 504, 0, 999), body, (status, text) => {
        const answer = readReply({ status, body: text });
        expect(['stands', 'refused', 'never', 'unheard', 'unknown']).toContain(answer.kind);
        if ('code' in answer) expect(answer.code).toMatch(/^\w{1,64}$/);
      }),
    );
  });
});
