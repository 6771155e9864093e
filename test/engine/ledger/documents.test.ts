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
import type { PrunePlan } from '../../../lib/contract/prune-plan';
import { MemoryLedger } from '../memory-ledger';
import { START } from '../random-world';

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
  await writeState(ledger, STATE);
  expect(await readState(ledger)).toEqual(STATE);
  const { dueAt: _, verifyAt: __, ...bare } = STATE;
  await writeState(ledger, bare);
  expect(await readState(ledger)).toEqual(bare);
  await writeAnnouncements(ledger, ANNOUNCEMENTS);
  expect(await readAnnouncements(ledger)).toEqual(ANNOUNCEMENTS);
  const acts = [{ family: 'web', revision: 3, at: START }];
  await writeUnverified(ledger, acts);
  expect(await readUnverified(ledger)).toEqual(acts);
});

test('an empty ledger is a beginning', async () => {
  const ledger = new MemoryLedger();
  expect(await readState(ledger)).toBeUndefined();
  expect(await readAnnouncements(ledger)).toEqual({ spans: new Map(), ages: new Map() });
  expect(await readUnverified(ledger)).toEqual([]);
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
    ['unverified.json', { version: 1 }],
    ['unverified.json', { version: 1, acts: [{ family: 'web', revision: 1 }] }],
    ['unverified.json', { version: 1, acts: [{ family: 7, revision: 1, at: '2026-03-01' }] }],
  ])('%s, with %j', async (key, document) => {
    const ledger = new MemoryLedger();
    await ledger.write(key, typeof document === 'string' ? document : JSON.stringify(document));
    const error = await READ[key](ledger).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(LedgerError);
    expect((error as Error).message).toMatch(new RegExp(`^ledger, ${key}: .*; remove the document to begin anew`));
  });
});
