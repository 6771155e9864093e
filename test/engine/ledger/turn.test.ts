import { giveTurnBack, takeTurn } from '../../../engine/ledger/turn';
import { MemoryLedger } from '../memory-ledger';
import { MINUTE, START } from '../random-world';

test('P-12: of two runs at once one has the turn, and gives it back', async () => {
  const ledger = new MemoryLedger();
  const turns = await Promise.all([1, 2, 3].map(() => takeTurn(ledger, START, START + MINUTE)));
  expect(turns.filter(Boolean)).toHaveLength(1);
  await giveTurnBack(ledger);
  expect(await takeTurn(ledger, START, START + MINUTE)).toBe(true);
});

test('P-14: the turn of a run that was killed lapses, and one of the next takes it', async () => {
  const ledger = new MemoryLedger();
  await takeTurn(ledger, START, START + MINUTE);
  expect(await takeTurn(ledger, START + MINUTE - 1, START + 2 * MINUTE)).toBe(false);
  const turns = await Promise.all([1, 2].map(() => takeTurn(ledger, START + MINUTE, START + 2 * MINUTE)));
  expect(turns.filter(Boolean)).toHaveLength(1);
});

test.each(['', 'no json', 'null', '{}', '{"expiresAt":"soon"}', '{"expiresAt":5}'])(
  'a mark that reads %j keeps nobody away',
  async (mark) => {
    const ledger = new MemoryLedger();
    await ledger.write('running.json', mark);
    expect(await takeTurn(ledger, START, START + MINUTE)).toBe(true);
  },
);
