import {
  readAnnouncements,
  readState,
  readUnverified,
  writeAnnouncements,
  writePlan,
  writeResult,
  writeState,
  writeUnverified,
} from '../../../engine/ledger/documents';
import { LedgerError } from '../../../engine/ledger/ledger';
import type { Act } from '../../../engine/revisions/verify';
import type { PrunePlan } from '../../../lib/contract/prune-plan';
import { MemoryLedger } from '../memory-ledger';
import { ENVIRONMENT, START } from '../random-world';

const STATE = {
  settings: 'digest',
  plannedAt: START,
  dueAt: START + 1,
  verifyAt: START + 2,
  sightings: [{ at: START, clusters: 1, services: 2 }],
};
const SPANS = new Map(['web', '__proto__', 'constructor'].map((family) => [family, [{ from: 1, to: 9, since: START }]]));
const ANNOUNCEMENTS = { spans: SPANS, ages: new Map([['__proto__', { revision: 7, registeredAt: START }]]) };

test('what is written is read back, families with the names of object members as well', async () => {
  const ledger = new MemoryLedger();
  await writeState(ledger, ENVIRONMENT, STATE);
  expect(await readState(ledger, ENVIRONMENT)).toEqual(STATE);
  const { dueAt: _, verifyAt: __, ...bare } = STATE;
  await writeState(ledger, ENVIRONMENT, bare);
  expect(await readState(ledger, ENVIRONMENT)).toEqual(bare);
  await writeAnnouncements(ledger, ENVIRONMENT, ANNOUNCEMENTS, { plannedAt: START, after: { absent: true } });
  expect(await readAnnouncements(ledger, ENVIRONMENT)).toMatchObject({ ...ANNOUNCEMENTS, plannedAt: START });
  const acts: Act[] = [
    { family: 'web', revision: 3, at: START },
    { family: 'web', revision: 4, at: START, begun: true },
  ];
  expect(await writeUnverified(ledger, ENVIRONMENT, { acts, unchanged: { absent: true } })).toBe(true);
  expect((await readUnverified(ledger, ENVIRONMENT)).acts).toEqual(acts);
});

test('an empty ledger is a beginning', async () => {
  const ledger = new MemoryLedger();
  const unchanged = { absent: true };
  expect(await readState(ledger, ENVIRONMENT)).toBeUndefined();
  expect(await readAnnouncements(ledger, ENVIRONMENT)).toEqual({ spans: new Map(), ages: new Map(), unchanged });
  expect(await readUnverified(ledger, ENVIRONMENT)).toEqual({ acts: [], unchanged });
});

test('a plan lies under its time and as the newest, as the same text that JSON makes of it', async () => {
  const ledger = new MemoryLedger();
  const plan = {
    version: 1,
    at: '2026-03-01T12:00:00.000Z',
    families: [
      { family: 'wéb"', verdicts: [] },
      { family: 'b', verdicts: [] },
    ],
  };
  const key = await writePlan(ledger, plan as unknown as PrunePlan);
  expect(key).toBe('plans/2026-03-01T12-00-00.000Z.json');
  expect(JSON.parse(ledger.documents.get(key)?.text ?? '')).toEqual(plan);
  expect(ledger.documents.get('plan.json')?.text).toBe(ledger.documents.get(key)?.text);
  await writeResult(ledger, plan.at, {
    ended: 'deadline',
    deregistered: [{ family: 'web', revision: 1, at: START }],
    kept: [],
    remaining: 4,
  });
  expect(JSON.parse(ledger.documents.get(`results/${plan.at.replaceAll(':', '-')}.json`)?.text ?? '')).toEqual({
    version: 1,
    ended: 'deadline',
    kept: [],
    remaining: 4,
    deregistered: [{ revision: 'web:1', at: plan.at }],
  });
});

const state = (more: object) => ({ version: 1, settings: 'x', plannedAt: '2026-03-01T12:00:00Z', sightings: [], ...more });
const READ = { 'state.json': readState, 'announcements.json': readAnnouncements, 'unverified.json': readUnverified };

describe('a document that cannot be used is one clear error, with its name and what to do', () => {
  test.each<[keyof typeof READ, unknown]>([
    ['state.json', ''],
    ['state.json', '{"version":1'],
    ['state.json', 'null'],
    ['state.json', '[]'],
    ['state.json', '"text"'],
    ['state.json', {}],
    ['state.json', state({ version: 2 })],
    ['state.json', state({ version: '1' })],
    ['state.json', state({ settings: 5 })],
    ['state.json', state({ plannedAt: 'yesterday' })],
    ['state.json', state({ dueAt: 5 })],
    ['state.json', state({ sightings: {} })],
    ['state.json', state({ sightings: [null] })],
    ['state.json', state({ sightings: [{ at: '2026-03-01', clusters: -1, services: 0 }] })],
    ['announcements.json', { version: 1, families: [], ages: {} }],
    ['announcements.json', { version: 1, families: {} }],
    ['announcements.json', { version: 1, families: { web: {} }, ages: {} }],
    ['announcements.json', { version: 1, families: { web: [{ from: 1, to: 2, since: null }] }, ages: {} }],
    ['announcements.json', { version: 1, families: { web: [{ from: '1', to: 2, since: '2026-03-01' }] }, ages: {} }],
    ['announcements.json', { version: 1, families: {}, ages: { web: { revision: 1.5, registeredAt: '2026-03-01' } } }],
    ['state.json', state({ account: '999999999999' })],
    ['announcements.json', { version: 1, region: 'us-east-1', families: {}, ages: {} }],
    ['announcements.json', { version: 1, plannedAt: 'soon', families: {}, ages: {} }],
    ['unverified.json', { version: 1, partition: 'aws-cn', acts: [] }],
    ['unverified.json', { version: 1 }],
    ['unverified.json', { version: 1, acts: [{ family: 'web', revision: 1 }] }],
    ['unverified.json', { version: 1, acts: [{ family: 7, revision: 1, at: '2026-03-01' }] }],
  ])('%s, with %j', async (key, document) => {
    const ledger = new MemoryLedger();
    await ledger.write(key, typeof document === 'string' ? document : JSON.stringify(document));
    const error = await READ[key](ledger, ENVIRONMENT).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(LedgerError);
    expect((error as Error).message).toMatch(new RegExp(`^ledger, ${key}: .*; remove the document to begin anew`));
  });
});

test('X-05: a document of another account or Region is told with both, and changed by nobody', async () => {
  const ledger = new MemoryLedger();
  const elsewhere = { ...ENVIRONMENT, account: '999999999999' };
  await writeAnnouncements(ledger, elsewhere, ANNOUNCEMENTS, { plannedAt: START, after: { absent: true } });
  await expect(readAnnouncements(ledger, ENVIRONMENT)).rejects.toThrow(
    `ledger, announcements.json: is of account "999999999999", and this run of ${ENVIRONMENT.account}: each needs a ledger of its own`,
  );
});

test('documents of the first releases, which do not say whose they are nor when they were planned, are read', async () => {
  const ledger = new MemoryLedger();
  await ledger.write('state.json', JSON.stringify(state({})));
  await ledger.write(
    'announcements.json',
    '{"version":1,"families":{"web":[{"from":1,"to":2,"since":"2026-03-01"}]},"ages":{}}',
  );
  await ledger.write('unverified.json', '{"version":1,"acts":[{"family":"web","revision":3,"at":"2026-03-01"}]}');
  expect(await readState(ledger, ENVIRONMENT)).toMatchObject({ settings: 'x' });
  const announcements = await readAnnouncements(ledger, ENVIRONMENT);
  expect(announcements.spans.get('web')).toEqual([{ from: 1, to: 2, since: Date.parse('2026-03-01') }]);
  expect(announcements.plannedAt).toBeUndefined();
  expect((await readUnverified(ledger, ENVIRONMENT)).acts).toHaveLength(1);
});

test('P-12: announcements take the place of those that they were made from, and of no others', async () => {
  const ledger = new MemoryLedger();
  const { unchanged: after } = await readAnnouncements(ledger, ENVIRONMENT);
  await writeAnnouncements(ledger, ENVIRONMENT, ANNOUNCEMENTS, { plannedAt: START, after });
  const others = ledger.documents.get('announcements.json');
  expect(await writeAnnouncements(ledger, ENVIRONMENT, ANNOUNCEMENTS, { plannedAt: START + 1, after })).toBe(false);
  expect(ledger.documents.get('announcements.json')).toEqual(others);
});
