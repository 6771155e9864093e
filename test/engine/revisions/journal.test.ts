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
  journal.sent(act(1));
  journal.sent(act(2, START + MINUTE));
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
    journal.sent(act(1));
    await journal.verify(scan(START + 1, 1));
    await journal.verify(scan(START + 2, 1));
    expect(journal.late.map(({ revision }) => revision)).toEqual(['web:1']);
    await journal.close();
    expect((await Journal.open(ledger)).verifyAt()).toBeUndefined();
  });

  test('is told again by the next run when the one that found it was killed', async () => {
    const ledger = new MemoryLedger();
    const killed = await Journal.open(ledger);
    killed.sent(act(1));
    await killed.verify(scan(START + 1, 1));

    const next = await Journal.open(ledger);
    expect(next.verifyAt()).toBe(START + 10 * MINUTE);
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
  });
});

describe('P-14: a run that is killed between the note that it begins a call and the call’s answer', () => {
  const describing = (status: string | undefined) => ({
    describe: async () => (status === undefined ? undefined : { family: 'web', revision: 1, status, tagKeys: [] }),
  });

  test.each(['INACTIVE', 'DELETE_IN_PROGRESS', undefined])(
    'and the revision is %s: it is held against later scans',
    async (status) => {
      const ledger = new MemoryLedger();
      await (await Journal.open(ledger)).begin(act(1));

      const next = await Journal.open(ledger);
      await next.settle(describing(status));
      await next.verify(scan(START + 20 * MINUTE, 1));
      expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
    },
  );

  test('and the revision is ACTIVE: the call never came, and nobody is alarmed', async () => {
    const ledger = new MemoryLedger();
    await (await Journal.open(ledger)).begin(act(1));

    const next = await Journal.open(ledger);
    await next.settle(describing('ACTIVE'));
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late).toEqual([]);
  });

  test('what ECS did not take is not noted any longer', async () => {
    const journal = await Journal.open(new MemoryLedger());
    await journal.begin(act(1));
    journal.withdraw(act(1));
    expect(journal.verifyAt()).toBeUndefined();
  });
});

test('P-14: two saves at once are written one after the other, the newer last', async () => {
  const ledger = new MemoryLedger();
  const writes: (() => void)[] = [];
  const write = ledger.write.bind(ledger);
  ledger.write = async (...given: Parameters<typeof write>) => {
    await new Promise<void>((resolve) => writes.push(resolve));
    return write(...given);
  };
  const journal = await Journal.open(ledger);
  const both = [journal.save(), journal.begin(act(1))];
  for (let passed = 0; passed < 2; passed += 1) {
    while (writes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toHaveLength(1);
    writes.shift()?.();
  }
  await Promise.all(both);
  expect((await Journal.open(ledger)).verifyAt()).toBe(START + 10 * MINUTE);
});
