import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REQUEST_TIMES } from '../../../engine/aws/request-times';
import { wholeAnswers } from '../../../engine/aws/whole-answer';

const bytes = (text: string) => new TextEncoder().encode(text);
const parts = (text: string) => Readable.from([...bytes(text)].map((byte) => Uint8Array.of(byte)));

/** S3 through the SDK's own client, which hands the body of an object on before it has come to its end. */
function bucket(...bodies: (Readable | Uint8Array | undefined)[]) {
  let asked = 0;
  const client = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: bodies.length,
    requestHandler: {
      handle: async () => {
        const body = bodies[asked++];
        return { response: { statusCode: 200, headers: { etag: '"1"' }, reason: '', ...(body ? { body } : {}) } as never };
      },
    },
  });
  const whole = wholeAnswers(client);
  const read = async () => {
    const { Body } = await whole.send(new GetObjectCommand({ Bucket: 'ledger', Key: 'a' }));
    return Body?.transformToString();
  };
  return { whole, client, read, asked: () => asked };
}

/** Half an object, and then what a connection that breaks gives. */
function broken() {
  return Readable.from(
    (async function* () {
      yield bytes('{"half');
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    })(),
  );
}

test('an answer comes as it was, in whatever parts, of the same client', async () => {
  const { whole, client, read } = bucket(parts('größer 日本 🚀'), bytes('at once'));
  expect(whole).toBe(client);
  expect([await read(), await read()]).toEqual(['größer 日本 🚀', 'at once']);
});

test('an answer without a body is none the less one', async () => {
  const { whole } = bucket(undefined);
  expect(await whole.send(new HeadObjectCommand({ Bucket: 'ledger', Key: 'a' }))).toMatchObject({ ETag: '"1"' });
});

test('P-07: an answer that breaks off is asked for again, and no half of it is read', async () => {
  const { read, asked } = bucket(broken(), bytes('whole'));
  expect(await read()).toBe('whole');
  expect(asked()).toBe(2);
});

describe('P-07: an answer that does not come to its end', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  test('is given up when its time has passed, and asked for again', async () => {
    const stalled = new Readable({ read: () => {} });
    stalled.push('{"half');
    const { read, asked } = bucket(stalled, bytes('whole'));
    const answer = read();
    await jest.advanceTimersByTimeAsync(REQUEST_TIMES.requestTimeout - 1);
    expect([asked(), stalled.destroyed]).toEqual([1, false]);
    await jest.advanceTimersByTimeAsync(1_001);
    expect(await answer).toBe('whole');
  });
});
