import { Journal } from '../../../engine/revisions/journal';
import { References } from '../../../engine/revisions/references/references';
import type { ReferenceScan } from '../../../engine/revisions/references/scan';
import { MemoryLedger } from '../memory-ledger';
import { MINUTE, START } from '../random-world';

const act = (revision: number, at = START) => ({ family: 'web', revision, at });
function scan(began: number, ...used: number[]): ReferenceScan {
  const references = new References();
  for (const revision of used) references.add({ family: 'web', revision }, 'task');
  return { began, ended: began, references, clusters: 1, services: 1, examined: [] };
}

test('acts wait in the ledger until a scan settles them, in this run or a later one', async () => {
  const ledger = new MemoryLedger();
  const journal = await Journal.open(ledger);
  expect(journal.verifyAt()).toBeUndefined();
  journal.add(act(1));
  journal.add(act(2, START + MINUTE));
  await journal.save();

  const later = await Journal.open(ledger);
  expect(later.verifyAt()).toBe(START + 10 * MINUTE);
  await later.verify(scan(START + 10 * MINUTE));
  expect(later.verifyAt()).toBe(START + 11 * MINUTE);
  await later.verify(scan(START + 11 * MINUTE));
  expect([later.verifyAt(), later.late]).toEqual([undefined, []]);
});

describe('P-14: a late reference', () => {
  test('is told once by a run that ends', async () => {
    const ledger = new MemoryLedger();
    const journal = await Journal.open(ledger);
    journal.add(act(1));
    await journal.verify(scan(START + 1, 1));
    await journal.verify(scan(START + 2, 1));
    expect(journal.late.map(({ revision }) => revision)).toEqual(['web:1']);
    await journal.close();
    expect((await Journal.open(ledger)).verifyAt()).toBeUndefined();
  });

  test('is told again by the next run when the one that found it was killed', async () => {
    const ledger = new MemoryLedger();
    const killed = await Journal.open(ledger);
    killed.add(act(1));
    await killed.verify(scan(START + 1, 1));

    const next = await Journal.open(ledger);
    expect(next.verifyAt()).toBe(START + 10 * MINUTE);
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
  });
});
