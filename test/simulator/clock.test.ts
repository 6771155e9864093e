import { VirtualClock } from '../../simulator/clock';

describe('VirtualClock', () => {
  test('fires what is due in order of time, then of asking, and stands at the instant asked for', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    for (const [at, name] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b'],
      [10, 'a2'],
      [99, 'z'],
    ] as const) {
      clock.at(at, () => fired.push(`${name}@${clock.now()}`));
    }
    clock.advanceTo(50);
    expect(fired).toEqual(['a@10', 'a2@10', 'b@20', 'c@30']);
    expect(clock.now()).toBe(50);
    clock.advance(49);
    expect(fired.at(-1)).toBe('z@99');
  });

  test('drives work through days without waiting', async () => {
    const clock = new VirtualClock(0);
    const work = async () => {
      for (let day = 0; day < 30; day += 1) await clock.sleep(86_400_000);
      return 'done';
    };
    expect(await clock.run(work)).toBe('done');
    expect(clock.now()).toBe(30 * 86_400_000);
  });

  test('two sleepers interleave by their instants', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const ticking = async (name: string, ms: number) => {
      for (let tick = 0; tick < 3; tick += 1) {
        await clock.sleep(ms);
        seen.push(`${name}${clock.now()}`);
      }
    };
    await clock.run(Promise.all([ticking('a', 20), ticking('b', 25)]));
    expect(seen).toEqual(['a20', 'b25', 'a40', 'b50', 'a60', 'b75']);
  });

  test('says so when the work waits for something that will never come', async () => {
    const clock = new VirtualClock(Date.parse('2026-03-01T12:00:00Z'));
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow('at 2026-03-01T12:00:00.000Z nothing is due');
  });

  test('passes on what the work throws', async () => {
    const clock = new VirtualClock(0);
    const work = async () => {
      await clock.sleep(5);
      throw new Error('broken');
    };
    await expect(clock.run(work)).rejects.toThrow('broken');
  });
});
