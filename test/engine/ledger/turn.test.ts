import { Turn } from '../../../engine/ledger/turn';
import { MemoryLedger } from '../memory-ledger';
import { MINUTE, START } from '../random-world';

const HOUR = 60 * MINUTE;
const take = (ledger: MemoryLedger, now = START) => Turn.take(ledger, now, now + MINUTE);

test('P-12: of runs at once one has the turn, and gives it back', async () => {
  const ledger = new MemoryLedger();
  const turns = await Promise.all([1, 2, 3].map(() => take(ledger)));
  const [turn, ...more] = turns.filter((one) => one !== undefined);
  expect(more).toEqual([]);
  await turn?.giveBack();
  expect(await take(ledger)).toBeDefined();
});

test('P-14: the turn of a run that was killed lapses at its deadline, and one of the next takes it', async () => {
  const ledger = new MemoryLedger();
  await take(ledger);
  expect(await take(ledger, START + MINUTE - 1)).toBeUndefined();
  const turns = await Promise.all([1, 2].map(() => take(ledger, START + MINUTE)));
  expect(turns.filter(Boolean)).toHaveLength(1);
});

test('P-12: a run that went on beyond its time does not give back what another has taken over', async () => {
  const ledger = new MemoryLedger();
  const slept = await take(ledger);
  expect(await slept?.isTakenOver()).toBe(false);
  const next = await take(ledger, START + HOUR);
  expect([await slept?.isTakenOver(), await next?.isTakenOver()]).toEqual([true, false]);
  await slept?.giveBack();
  expect(await take(ledger, START + HOUR + 1)).toBeUndefined();
});

test('P-12: the turn is had by the run whose write took effect, though its answer was lost and it was tried again', async () => {
  const ledger = new MemoryLedger();
  const write = ledger.write.bind(ledger);
  ledger.write = async (...given) => {
    await write(...given);
    return write(...given);
  };
  expect(await take(ledger)).toBeDefined();
});

test.each([
  '',
  'no json',
  'null',
  '{}',
  '{"expiresAt":"soon"}',
  '{"expiresAt":5}',
  '{"expiresAt":"2199-01-01T00:00:00Z"}',
  '{"startedAt":"2199-01-01T00:00:00Z","expiresAt":"2199-01-01T00:15:00Z"}',
])('a mark that reads %j keeps nobody away', async (mark) => {
  const ledger = new MemoryLedger();
  await ledger.write('running.json', mark);
  expect(await take(ledger)).toBeDefined();
});

test('a mark that lapses in a far future keeps others away for a day at most', async () => {
  const ledger = new MemoryLedger();
  await Turn.take(ledger, START, START + 1000 * 24 * HOUR);
  expect(await take(ledger, START + 24 * HOUR - 1)).toBeUndefined();
  expect(await take(ledger, START + 24 * HOUR)).toBeDefined();
});
