import * as fc from 'fast-check';
import { paces } from '../../../engine/aws/pace';
import { limiterOf, PacedLimiter } from '../../../engine/aws/paced-limiter';
import { ECS_BUCKETS, type EcsBucket } from '../../../lib/contract/limits';
import { VirtualClock } from '../../../simulator';
import { TokenBucket } from '../../../simulator/buckets';

const THROTTLED = { errorType: 'THROTTLING' };

async function passing(limiter: PacedLimiter, clock: VirtualClock, calls: number): Promise<number[]> {
  const times: number[] = [];
  await clock.run(Promise.all(Array.from({ length: calls }, () => limiter.getSendToken().then(() => times.push(clock.now())))));
  return times;
}

describe('P-23: the pace of deregistrations', () => {
  test('is even from the first call on', async () => {
    const clock = new VirtualClock(0);
    expect(await passing(new PacedLimiter(clock, 0.5, 0), clock, 4)).toEqual([0, 2000, 4000, 6000]);
  });

  test('saves nothing up in a pause', async () => {
    const clock = new VirtualClock(0);
    const limiter = new PacedLimiter(clock, 0.5, 0);
    await passing(limiter, clock, 1);
    clock.advance(60_000);
    expect(await passing(limiter, clock, 3)).toEqual([60_000, 62_000, 64_000]);
  });

  test('never lets two calls through closer than it says, whoever asks and when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 20 }), async (pauses) => {
        const clock = new VirtualClock(0);
        const limiter = new PacedLimiter(clock, 0.9, 0);
        const times: number[] = [];
        const caller = async () => {
          for (const pause of pauses) {
            await clock.sleep(pause);
            await limiter.getSendToken();
            times.push(clock.now());
          }
        };
        await clock.run(Promise.all([caller(), caller()]));
        times.sort((a, b) => a - b);
        for (let index = 1; index < times.length; index += 1) {
          expect((times[index] as number) - (times[index - 1] as number)).toBeGreaterThanOrEqual(1000 / 0.9 - 1e-6);
        }
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('is halved by each throttle, down to an eighth, and recovers by calls that pass', async () => {
    const clock = new VirtualClock(0);
    const limiter = new PacedLimiter(clock, 1, 0);
    const delays = [1, 2, 3, 4].map(() => {
      limiter.updateClientSendingRate(THROTTLED);
      return limiter.delay();
    });
    expect(delays).toEqual([2000, 4000, 8000, 8000]);
    for (let call = 0; call < 18; call += 1) limiter.updateClientSendingRate({});
    clock.advance(8000);
    expect(await passing(limiter, clock, 2)).toEqual([8000, 9000]);
  });

  test('recovers by refusals as well: CloudFormation says by them that nobody owns a revision', async () => {
    const clock = new VirtualClock(0);
    const limiter = new PacedLimiter(clock, 1, 0);
    for (let throttle = 0; throttle < 3; throttle += 1) limiter.updateClientSendingRate(THROTTLED);
    for (const errorType of ['TRANSIENT', 'SERVER_ERROR']) limiter.updateClientSendingRate({ errorType });
    expect(limiter.delay()).toBe(8000);
    for (let call = 0; call < 18; call += 1) limiter.updateClientSendingRate({ errorType: 'CLIENT_ERROR' });
    clock.advance(8000);
    expect(await passing(limiter, clock, 2)).toEqual([8000, 9000]);
  });

  test('counts throttles in a row; a call that passes ends the row, another error does not', () => {
    const limiter = new PacedLimiter(new VirtualClock(0), 1, 0);
    limiter.updateClientSendingRate(THROTTLED);
    limiter.updateClientSendingRate({ errorType: 'CLIENT_ERROR' });
    limiter.updateClientSendingRate(THROTTLED);
    expect([limiter.throttles, limiter.throttlesInARow]).toEqual([2, 2]);
    limiter.updateClientSendingRate({});
    expect([limiter.throttles, limiter.throttlesInARow]).toEqual([2, 0]);
  });
});

test('P-23: every bucket but that of deregistrations is used at three quarters of its rate at most', async () => {
  for (const bucket of Object.keys(ECS_BUCKETS) as EcsBucket[]) {
    const clock = new VirtualClock(0);
    const times = await passing(paces(clock, 0.5)(bucket), clock, 60);
    const share = 59 / ((times.at(-1) as number) / 1000) / ECS_BUCKETS[bucket].perSecond;
    expect(share).toBeLessThanOrEqual(bucket === 'definitionModify' ? 0.51 : 0.95);
  }
});

test('reads may catch up ten calls after a pause, and no more', async () => {
  const clock = new VirtualClock(0);
  const limiter = new PacedLimiter(clock, 10, 10);
  await passing(limiter, clock, 1);
  clock.advance(60_000);
  const times = await passing(limiter, clock, 14);
  expect(times.filter((time) => time === 60_000)).toHaveLength(11);
});

test('no call is throttled by a token bucket that is as large as what the limiter was told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ burst: fc.integer({ min: 1, max: 20 }), perSecond: fc.constantFrom(1, 2, 4, 10, 20) }),
      fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 30 }),
      async (bucket, pauses) => {
        const clock = new VirtualClock(0);
        const [limiter, service] = [limiterOf(clock, bucket), new TokenBucket(bucket, () => clock.now())];
        let throttled = 0;
        const caller = async () => {
          for (const pause of pauses) {
            await clock.sleep(pause);
            await limiter.getSendToken();
            if (!service.take()) throttled += 1;
          }
        };
        await clock.run(Promise.all([caller(), caller(), caller()]));
        expect(throttled).toBe(0);
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

test('one call more at once than a token bucket holds is throttled', async () => {
  const clock = new VirtualClock(0);
  const service = new TokenBucket({ burst: 4, perSecond: 2 }, () => clock.now());
  expect(await passing(new PacedLimiter(clock, 2, 4), clock, 5)).toEqual([0, 0, 0, 0, 0]);
  expect(Array.from({ length: 5 }, () => service.take())).toEqual([true, true, true, true, false]);
});
