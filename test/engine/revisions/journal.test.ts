import { IncompleteScan } from '../../../engine/incomplete-scan';
import { Journal } from '../../../engine/revisions/journal';
import { References } from '../../../engine/revisions/references/references';
import type { ReferenceScan } from '../../../engine/revisions/references/scan';
import type { Act } from '../../../engine/revisions/verify';
import { MemoryLedger } from '../memory-ledger';
import { ENVIRONMENT, MINUTE, START } from '../random-world';

const act = (revision: number, at = START) => ({ family: 'web', revision, at });
const open = (ledger: MemoryLedger) => Journal.open(ledger, ENVIRONMENT, START + 10 * 24 * 60 * MINUTE);
function scan(began: number, ...used: number[]): ReferenceScan {
  const references = new References();
  for (const revision of used) references.add({ family: 'web', revision }, 'task');
  return { began, ended: began, references, clusters: 1, services: 1, examined: [], notExamined: [] };
}

test('acts wait in the ledger until a scan settles them, in this run or a later one', async () => {
  const ledger = new MemoryLedger();
  const journal = await open(ledger);
  expect(journal.verifyAt()).toBeUndefined();
  journal.sent(act(1));
  journal.sent(act(2, START + MINUTE));
  await journal.save();

  const later = await open(ledger);
  expect(later.verifyAt()).toBe(START + 10 * MINUTE);
  await later.verify(scan(START + 10 * MINUTE));
  expect(later.verifyAt()).toBe(START + 11 * MINUTE);
  await later.verify(scan(START + 11 * MINUTE));
  expect([later.verifyAt(), later.late]).toEqual([undefined, []]);
});

describe('P-14: a late reference', () => {
  test('is told once by a run that ends', async () => {
    const ledger = new MemoryLedger();
    const journal = await open(ledger);
    journal.sent(act(1));
    await journal.verify(scan(START + 1, 1));
    await journal.verify(scan(START + 2, 1));
    expect(journal.late.map(({ revision }) => revision)).toEqual(['web:1']);
    await journal.close();
    await journal.told(journal.late);
    expect((await open(ledger)).verifyAt()).toBeUndefined();
    const writes = ledger.history.length;
    await journal.told(journal.late);
    expect(ledger.history).toHaveLength(writes);
  });

  test('is told again by the next run when the one that found it was killed before it could tell', async () => {
    const ledger = new MemoryLedger();
    const killed = await open(ledger);
    killed.sent(act(1));
    await killed.verify(scan(START + 1, 1));
    await killed.close();
    await killed.told([]);

    const next = await open(ledger);
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
  });

  test('is told again by the next run when the one that found it was killed', async () => {
    const ledger = new MemoryLedger();
    const killed = await open(ledger);
    killed.sent(act(1));
    await killed.verify(scan(START + 1, 1));

    const next = await open(ledger);
    expect(next.verifyAt()).toBe(START + 10 * MINUTE);
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
  });
});

describe('P-14: a run that is killed after it noted what comes next', () => {
  const describing = (status: string | undefined, deregisteredAt?: number) => ({
    describe: async () => {
      if (status === undefined) return undefined;
      return { family: 'web', revision: 1, status, tagKeys: [], ...(deregisteredAt === undefined ? {} : { deregisteredAt }) };
    },
  });
  const killed = async (ledger: MemoryLedger) => (await open(ledger)).begin([act(1)], START);

  test.each(['INACTIVE', 'DELETE_IN_PROGRESS', undefined])(
    'and the revision is %s: it is held against later scans',
    async (status) => {
      const ledger = new MemoryLedger();
      await killed(ledger);
      const next = await open(ledger);
      await next.settle(describing(status));
      await next.verify(scan(START + 20 * MINUTE, 1));
      expect(next.late.map(({ revision }) => revision)).toEqual(['web:1']);
    },
  );

  test('and the revision is ACTIVE: the call never came, nobody is alarmed, and the mark is gone when no run can be at work yet', async () => {
    const ledger = new MemoryLedger();
    await killed(ledger);
    const settled = async (at: number) => {
      const next = await Journal.open(ledger, ENVIRONMENT, at);
      await next.settle(describing('ACTIVE'));
      await next.verify(scan(START + 20 * MINUTE, 1));
      expect([next.late, next.verifyAt()]).toEqual([[], undefined]);
      return (await open(ledger)).verifyAt();
    };
    expect(await settled(START + 24 * 60 * MINUTE)).toBeDefined();
    expect(await settled(START + 24 * 60 * MINUTE + 1)).toBeUndefined();
  });

  test('and that was sent before with an unknown end: it is told once', async () => {
    const ledger = new MemoryLedger();
    const killed = await open(ledger);
    killed.sent(act(1));
    await killed.begin([act(1)], START + MINUTE);
    const next = await open(ledger);
    await next.settle(describing('INACTIVE'));
    expect(next.verifyAt()).toBe(START + 11 * MINUTE);
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late).toHaveLength(1);
  });

  test('the wait for a scan counts from the instant at which ECS deregistered it', async () => {
    const ledger = new MemoryLedger();
    await killed(ledger);
    const next = await open(ledger);
    await next.settle(describing('INACTIVE', START + 5 * MINUTE));
    await next.verify(scan(START + 14 * MINUTE));
    expect(next.verifyAt()).toBe(START + 15 * MINUTE);
  });

  test('what was settled as sent is not asked for again', async () => {
    const ledger = new MemoryLedger();
    await killed(ledger);
    const next = await open(ledger);
    await next.settle(describing('INACTIVE', START));
    await next.save();
    const describe = jest.fn();
    await (await open(ledger)).settle({ describe });
    expect(describe).not.toHaveBeenCalled();
  });

  test('what makes no sense is held against scans as if it had been sent', async () => {
    const ledger = new MemoryLedger();
    await killed(ledger);
    const next = await open(ledger);
    await next.settle({ describe: () => Promise.reject(new IncompleteScan('DescribeTaskDefinition', 'no sense')) });
    await next.verify(scan(START + 20 * MINUTE, 1));
    expect(next.late).toHaveLength(1);
  });

  test('what made no sense is asked for again by the next run, and alarms nobody once it shows that the call never came', async () => {
    const ledger = new MemoryLedger();
    await killed(ledger);
    const next = await open(ledger);
    await next.settle({ describe: () => Promise.reject(new IncompleteScan('DescribeTaskDefinition', 'no sense')) });
    await next.close();
    const later = await open(ledger);
    await later.settle(describing('ACTIVE'));
    await later.verify(scan(START + 20 * MINUTE, 1));
    expect(later.late).toEqual([]);
  });
});

test('P-14: many are noted with one write, and what was noted and never sent is gone with the end of the run', async () => {
  const ledger = new MemoryLedger();
  const journal = await open(ledger);
  const next = [act(1), act(2), act(3)];
  await journal.begin(next, START);
  journal.sent(act(1));
  await journal.begin(next.slice(1), START);
  expect(ledger.history).toHaveLength(1);
  const { acts } = JSON.parse(ledger.documents.get('unverified.json')?.text ?? '');
  expect(acts.map(({ revision, begun }: Act) => [revision, begun])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
  await journal.close();
  expect(JSON.parse(ledger.documents.get('unverified.json')?.text ?? '').acts).toMatchObject([{ revision: 1 }]);
});

test('P-14: a call that is sent twice, because nobody knew what became of the first, is told once', async () => {
  const journal = await open(new MemoryLedger());
  journal.sent(act(1));
  journal.sent(act(1, START + MINUTE));
  await journal.verify(scan(START + 20 * MINUTE, 1));
  expect(journal.late).toHaveLength(1);
});

describe('P-12: of two runs at once', () => {
  test('neither takes the other’s notes out of the ledger', async () => {
    const ledger = new MemoryLedger();
    const [one, other] = [await open(ledger), await open(ledger)];
    await one.begin([act(1), act(2)], START);
    await other.begin([act(3)], START);
    one.sent(act(1));
    other.sent(act(3));
    await one.save();
    await other.close();
    const { acts } = JSON.parse(ledger.documents.get('unverified.json')?.text ?? '');
    expect(acts.map(({ revision }: Act) => revision).sort()).toEqual([1, 2, 3]);
  });

  test('neither takes the other’s mark away, be it of the same revision', async () => {
    const ledger = new MemoryLedger();
    const [one, other] = [await open(ledger), await open(ledger)];
    await one.begin([act(1)], START);
    await other.begin([act(1)], START);
    const third = await Journal.open(ledger, ENVIRONMENT, START + 20 * MINUTE);
    await third.settle({ describe: async () => ({ family: 'web', revision: 1, status: 'ACTIVE', tagKeys: [] }) });
    await third.close();
    await other.close();
    const { acts } = JSON.parse(ledger.documents.get('unverified.json')?.text ?? '');
    expect(acts).toMatchObject([{ revision: 1, begun: true }]);
    one.sent(act(1));
    await one.close();
    expect(JSON.parse(ledger.documents.get('unverified.json')?.text ?? '').acts).toEqual([
      { family: 'web', revision: 1, at: '2026-03-01T12:00:00.000Z' },
    ]);
  });

  test('neither takes the other’s mark away while an act of its own of the same revision waits for a scan', async () => {
    const ledger = new MemoryLedger();
    const [one, other] = [await open(ledger), await open(ledger)];
    one.sent(act(1));
    await other.begin([act(1)], START + MINUTE);
    await one.verify(scan(START + 5 * MINUTE));
    const { acts } = JSON.parse(ledger.documents.get('unverified.json')?.text ?? '');
    expect(acts.map(({ at, begun }: Act) => [at, begun])).toEqual([
      ['2026-03-01T12:01:00.000Z', true],
      ['2026-03-01T12:00:00.000Z', undefined],
    ]);
  });

  test('what one finds begun and not done, the other may do yet: its act stays', async () => {
    const ledger = new MemoryLedger();
    const one = await open(ledger);
    await one.begin([act(1)], START);
    const other = await open(ledger);
    await other.settle({ describe: async () => ({ family: 'web', revision: 1, status: 'ACTIVE', tagKeys: [] }) });
    one.sent(act(1));
    await one.save();
    await other.close();
    const { acts } = JSON.parse(ledger.documents.get('unverified.json')?.text ?? '');
    expect(acts.map(({ revision }: Act) => revision)).toEqual([1]);
  });

  test('one that is written in between is read and kept, and one that never gives way is told', async () => {
    const ledger = new MemoryLedger();
    const journal = await open(ledger);
    const write = ledger.write.bind(ledger);
    let times = 1;
    ledger.write = async (key, body, condition) => {
      if (times-- > 0) await write(key, JSON.stringify({ version: 1, acts: [{ ...act(9), at: '2026-03-01T12:00:00Z' }] }));
      return write(key, body, condition);
    };
    await journal.begin([act(1)], START);
    expect(ledger.documents.get('unverified.json')?.text).toContain('"revision":9');
    expect(ledger.documents.get('unverified.json')?.text).toContain('"revision":1');
    times = 5;
    await expect(journal.begin([act(2)], START)).rejects.toThrow('ledger, unverified.json: is written by others all the time');
  });
});

test('an act of a clock that was ahead does not wait for that time to come', async () => {
  const ledger = new MemoryLedger();
  const journal = await open(ledger);
  journal.sent(act(1, START + 1000 * 24 * 60 * MINUTE));
  await journal.save();
  const later = await Journal.open(ledger, ENVIRONMENT, START);
  expect(later.verifyAt()).toBe(START + 10 * MINUTE);
});

test('P-14: two saves at once are written one after the other, the newer last', async () => {
  const ledger = new MemoryLedger();
  const writes: (() => void)[] = [];
  const write = ledger.write.bind(ledger);
  ledger.write = async (...given: Parameters<typeof write>) => {
    await new Promise<void>((resolve) => writes.push(resolve));
    return write(...given);
  };
  const journal = await open(ledger);
  const both = [journal.save(), journal.begin([act(1)], START)];
  for (let passed = 0; passed < 2; passed += 1) {
    while (writes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toHaveLength(1);
    writes.shift()?.();
  }
  await Promise.all(both);
  expect((await open(ledger)).verifyAt()).toBe(START + 10 * MINUTE);
});
