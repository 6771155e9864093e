import { S3Client } from '@aws-sdk/client-s3';
import { S3Ledger } from '../../../engine/aws/s3-ledger';
import { Turn } from '../../../engine/ledger/turn';
import { LEDGER } from '../../../lib/contract/ledger-keys';
import {
  DROP_CONNECTION,
  EcsSimulator,
  ObjectStore,
  RawAnswer,
  SimulatedError,
  type SimulatorServer,
  startServer,
} from '../../../simulator';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const BUCKET = 'ledger';
const clock = { now: () => NOW };
const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

let objects: ObjectStore;
let server: SimulatorServer;
let client: S3Client;
let ledger: S3Ledger;

async function connect(listAllowed: boolean): Promise<void> {
  objects = new ObjectStore({ clock, listAllowed });
  server = await startServer({ ecs: new EcsSimulator({ clock, environment }), objects });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  client = new S3Client({ endpoint: server.url, region: environment.region, credentials, maxAttempts: 1 });
  ledger = new S3Ledger(BUCKET, client);
}

beforeEach(() => connect(true));
afterEach(() => disconnect());

async function disconnect(): Promise<void> {
  client.destroy();
  await server.close();
}

test('a document comes back as it was written, whatever its letters, with the mark of its version', async () => {
  const text = JSON.stringify({ name: 'Größe, 容器, 🐳', at: '2026-03-01T12:00:00.000Z' });
  await ledger.write('plans/2026-03-01T12:00:00.000Z.json', text);
  const stored = await ledger.read('plans/2026-03-01T12:00:00.000Z.json');
  expect(stored).toEqual({ text, etag: objects.get(BUCKET, 'plans/2026-03-01T12:00:00.000Z.json')?.etag });
  expect(objects.get(BUCKET, 'plans/2026-03-01T12:00:00.000Z.json')?.contentType).toBe('application/json');
});

test('a key that is not there is nothing, and removing it succeeds', async () => {
  expect(await ledger.read(LEDGER.state)).toBeUndefined();
  await ledger.remove(LEDGER.state);
});

test('written only where nothing is: the second writer is told so, and changes nothing', async () => {
  expect(await ledger.write('a', '1', { absent: true })).toBe(true);
  expect(await ledger.write('a', '2', { absent: true })).toBe(false);
  expect(objects.text(BUCKET, 'a')).toBe('1');
});

test('written only over the version that was read: a writer who is behind is told so, also when the document is gone', async () => {
  await ledger.write('a', '1');
  const { etag = '' } = (await ledger.read('a')) ?? {};
  expect(await ledger.write('a', '2', { etag })).toBe(true);
  expect(await ledger.write('a', '3', { etag })).toBe(false);
  objects.delete(BUCKET, 'a');
  expect(await ledger.write('a', '4', { etag })).toBe(false);
  expect(objects.text(BUCKET, 'a')).toBeUndefined();
});

test('a conflict with another conditional write (409) is a lost race, and without a condition an error', async () => {
  objects.intercept = async () => {
    throw new SimulatedError('ConditionalRequestConflict', 'A conflicting conditional operation is in progress.', 409);
  };
  expect(await ledger.write('a', '1', { absent: true })).toBe(false);
  await expect(ledger.write('a', '1')).rejects.toThrow('ledger, a: ConditionalRequestConflict');
});

test('a conditional write whose answer was lost, and which is sent again, is known for its own', async () => {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const patient = new S3Client({ endpoint: server.url, region: environment.region, credentials, maxAttempts: 3 });
  objects.intercept = async ({ action, attempt }, answer) => {
    const given = await answer();
    return action === 'PutObject' && attempt === 1 ? DROP_CONNECTION : given;
  };
  expect(await new S3Ledger(BUCKET, patient).write('a', '1', { absent: true })).toBe(true);
  expect(await new S3Ledger(BUCKET, patient).write('a', '2', { absent: true })).toBe(false);
  patient.destroy();
});

test('what this role may not do is told with the rights that it lacks', async () => {
  objects.intercept = async () => {
    throw new SimulatedError('AccessDenied', 'Access Denied', 403);
  };
  const rights = (right: string) =>
    `ledger, a: AccessDenied: Access Denied; allow this role ${right} on the bucket of the ledger`;
  await expect(ledger.read('a')).rejects.toThrow(rights('s3:GetObject and s3:ListBucket'));
  await expect(ledger.write('a', '')).rejects.toThrow(rights('s3:PutObject'));
  await expect(ledger.remove('a')).rejects.toThrow(rights('s3:DeleteObject'));
});

test('of many runs that want the turn at once, exactly one gets it (P-12)', async () => {
  const taken = await Promise.all(Array.from({ length: 20 }, () => Turn.take(ledger, NOW, NOW + 60_000)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

test('of many runs that find a lapsed turn at once, exactly one gets it (P-12)', async () => {
  await Turn.take(ledger, NOW - 120_000, NOW - 60_000);
  const taken = await Promise.all(Array.from({ length: 20 }, () => Turn.take(ledger, NOW, NOW + 60_000)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

describe('what cannot be told is an error that names the key, never "nothing there"', () => {
  const failures: [string, () => unknown, string][] = [
    ['403', () => new SimulatedError('AccessDenied', 'Access Denied', 403), 'AccessDenied'],
    ['404 of the bucket', () => new SimulatedError('NoSuchBucket', 'The specified bucket does not exist', 404), 'NoSuchBucket'],
    ['503', () => new SimulatedError('SlowDown', 'Please reduce your request rate.', 503), 'SlowDown'],
    ['a page of HTML', () => new RawAnswer(502, '<html><body>Bad Gateway</body></html>', 'text/html'), ''],
    ['404 with an empty body', () => new RawAnswer(404, ''), ''],
    ['a cut connection', () => DROP_CONNECTION, ''],
  ];

  test.each(failures)('%s', async (_, fault, code) => {
    objects.put(BUCKET, LEDGER.state, '{}');
    objects.intercept = async () => {
      const given = fault();
      if (given instanceof Error) throw given;
      return given;
    };
    const told = { name: 'LedgerError', message: expect.stringContaining(`ledger, ${LEDGER.state}: ${code}`) };
    await expect(ledger.read(LEDGER.state)).rejects.toMatchObject(told);
    await expect(ledger.write(LEDGER.state, '{}')).rejects.toMatchObject(told);
    await expect(ledger.write(LEDGER.state, '{}', { absent: true })).rejects.toMatchObject(told);
    await expect(ledger.remove(LEDGER.state)).rejects.toMatchObject(told);
  });

  test('a missing key, where the role may not list', async () => {
    await disconnect();
    await connect(false);
    await expect(ledger.read(LEDGER.state)).rejects.toThrow(`ledger, ${LEDGER.state}: AccessDenied`);
  });

  test('an answer without an ETag', async () => {
    objects.intercept = async () => new RawAnswer(200, '{}', 'application/json');
    await expect(ledger.read(LEDGER.state)).rejects.toThrow('without a body or an ETag');
  });
});
