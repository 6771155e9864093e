import { Readable } from 'node:stream';
import { ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
import { REQUEST_TIMES } from '../../../engine/aws/request-times';
import { wireAnswer } from '../../../engine/aws/wire-answer';

interface Wire {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Readable | Uint8Array;
}

const bytes = (text: string) => new TextEncoder().encode(text);
/** A body that arrives in parts, cut within its characters as well. */
const parts = (text: string) => Readable.from([...bytes(text)].map((byte) => Uint8Array.of(byte)));

/** The SDK itself, with what comes over the wire; the last answer comes again. */
function listServices(...wire: Wire[]) {
  let asked = 0;
  const client = new ECSClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: wire.length,
    requestHandler: {
      handle: async () => {
        const answer = wire[Math.min(asked, wire.length - 1)] as Wire;
        asked += 1;
        return { response: { statusCode: 200, headers: {}, reason: '', ...answer } as never };
      },
    },
  });
  return { answer: wireAnswer(client, new ListServicesCommand({ cluster: 'blue' })), asked: () => asked };
}

describe('P-07: an answer is given as it came over the wire', () => {
  test.each(['{}', 'null', '[]', '"text"', '{"serviceArns":null}', '{"serviceArns":[]}'])(
    'so that %s is told from the others',
    async (text) => {
      expect(await listServices({ body: parts(text) }).answer).toEqual(JSON.parse(text));
      expect(await listServices({ body: bytes(text) }).answer).toEqual(JSON.parse(text));
    },
  );

  test('P-18: with fields that the SDK does not know, in letters of any script, in whatever parts', async () => {
    const told = { serviceArns: ['a'], pools: [{ warm: 'größer 日本 🚀' }] };
    expect(await listServices({ body: parts(JSON.stringify(told)) }).answer).toEqual(told);
  });

  test.each(['', '{"serviceArns":[', '<html>'])('and fails when it is no JSON: %j', async (text) => {
    await expect(listServices({ body: bytes(text) }).answer).rejects.toThrow(SyntaxError);
  });
});

test.each([400, 300, 404])('P-06: what ECS refuses with %d fails with the code and the reason of ECS', async (statusCode) => {
  const body = bytes(JSON.stringify({ __type: 'AccessDeniedException', message: 'no services for you' }));
  await expect(listServices({ statusCode, body }).answer).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'no services for you',
  });
});

test('an attempt that ECS failed leaves nothing behind in the answer of the next one', async () => {
  const { answer, asked } = listServices(
    { statusCode: 500, body: bytes('{"serviceArns":["a"]}') },
    { body: bytes('{"serviceArns":[]}') },
  );
  expect(await answer).toEqual({ serviceArns: [] });
  expect(asked()).toBe(2);
});

describe('an answer that does not come to its end', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  const TIME = REQUEST_TIMES.requestTimeout;
  /** Half an answer, and then nothing. */
  const stalled = () => {
    const body = new Readable({ read: () => {} });
    body.push('{"serviceArns":[');
    return body;
  };

  test('P-07: is given up when its time has passed, and asked for again', async () => {
    const first = stalled();
    const { answer, asked } = listServices({ body: first }, { body: bytes('{"serviceArns":["a"]}') });
    await jest.advanceTimersByTimeAsync(TIME - 1);
    expect([asked(), first.destroyed]).toEqual([1, false]);
    await jest.advanceTimersByTimeAsync(1);
    expect(first.destroyed).toBe(true);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await answer).toEqual({ serviceArns: ['a'] });
  });

  test('P-07: fails the read in the end, and says why', async () => {
    const read = expect(listServices({ body: stalled() }).answer).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'the answer did not come to its end in time',
    });
    await jest.advanceTimersByTimeAsync(TIME);
    await read;
  });

  test('leaves no timer behind when it did', async () => {
    await listServices({ body: parts('{"serviceArns":[]}') }).answer;
    expect(jest.getTimerCount()).toBe(0);
  });
});
