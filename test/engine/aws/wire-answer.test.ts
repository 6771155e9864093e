import { Readable } from 'node:stream';
import { ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
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
