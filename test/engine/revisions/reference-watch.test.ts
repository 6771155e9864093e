import { IncompleteScan } from '../../../engine/incomplete-scan';
import { ReferenceWatch } from '../../../engine/revisions/reference-watch';
import { References } from '../../../engine/revisions/references/references';
import type { ReferenceScan } from '../../../engine/revisions/references/scan';
import { VirtualClock } from '../../../simulator';
import { START } from '../random-world';

const SECOND = 1000;

/** A watch whose scans take so many seconds, one after the other. */
function watching(first: number, ...durations: number[]) {
  const clock = new VirtualClock(START);
  const begun: number[] = [];
  const seen: ReferenceScan[] = [];
  const scan = async (): Promise<ReferenceScan> => {
    const began = clock.now();
    begun.push((began - START) / SECOND);
    const takes = durations[begun.length - 1] ?? durations.at(-1) ?? first;
    if (takes < 0) throw new IncompleteScan('ListTasks', 'no');
    await clock.sleep(takes * SECOND);
    return { began, ended: clock.now(), references: new References(), clusters: 1, services: 1, examined: [], notExamined: [] };
  };
  const current = {
    began: START - first * SECOND,
    ended: START,
    references: new References(),
    clusters: 1,
    services: 1,
    examined: [],
    notExamined: [],
  };
  const watch = new ReferenceWatch(current, scan, async (one) => void seen.push(one), clock);
  return { clock, begun, seen, watch };
}

test('P-01: what it gives began at most 60 s ago, or twice as long ago as it took', async () => {
  for (const takes of [1, 20, 30, 100, 400]) {
    const { clock, watch } = watching(takes, takes);
    await clock.run(async () => {
      for (let act = 0; act < 1000; act += 1) {
        const { began, ended } = await watch.fresh();
        expect(clock.now() - began).toBeLessThanOrEqual(Math.max(60 * SECOND, 2 * (ended - began)));
        await clock.sleep(2 * SECOND);
      }
    });
  }
});

test('a scan is begun only when the last one is about to lapse', async () => {
  const { clock, watch, begun } = watching(4, 4);
  await clock.run(async () => {
    for (let act = 0; act < 300; act += 1) {
      await watch.fresh();
      await clock.sleep(SECOND);
    }
  });
  for (let place = 1; place < begun.length; place += 1) {
    expect((begun[place] as number) - (begun[place - 1] as number)).toBeGreaterThanOrEqual(50);
  }
});

test('acts do not wait for a scan that takes as long as the last one', async () => {
  const { clock, watch } = watching(20, 20);
  await clock.run(async () => {
    for (let act = 0; act < 200; act += 1) {
      const before = clock.now();
      await watch.fresh();
      expect(clock.now()).toBe(before);
      await clock.sleep(2 * SECOND);
    }
  });
});

test('nobody scans while nobody asks', async () => {
  const { clock, watch, begun } = watching(1, 1);
  clock.advance(3600 * SECOND);
  expect(begun).toEqual([]);
  await clock.run(watch.fresh());
  expect(begun).toEqual([3600]);
});

test('P-05: after a scan that failed, none will do', async () => {
  const { clock, watch, begun } = watching(1, -1, 1);
  clock.advance(70 * SECOND);
  await expect(clock.run(watch.fresh())).rejects.toThrow('ListTasks: no');
  await expect(clock.run(watch.fresh())).rejects.toThrow('ListTasks: no');
  expect(begun).toHaveLength(1);
});

test('every scan is shown to the verification, but none that ends after the acts', async () => {
  const { clock, watch, seen } = watching(1, 10);
  clock.advance(70 * SECOND);
  await clock.run(watch.fresh());
  expect(seen).toHaveLength(1);
  clock.advance(40 * SECOND);
  await clock.run(watch.fresh());
  watch.close();
  clock.advance(60 * SECOND);
  await clock.run(Promise.resolve());
  expect(seen).toHaveLength(1);
});

test('a scan can be asked to hold for a while longer', async () => {
  const { clock, watch } = watching(1, 1);
  clock.advance(56 * SECOND);
  expect((await clock.run(watch.fresh())).began).toBe(START - SECOND);
  expect((await clock.run(watch.fresh(5 * SECOND))).began).toBe(START + 56 * SECOND);
});
