import { READS } from '../engine/fault-outcomes';
import { LambdaHost } from './lambda-host';
import { casesOfAnswers, faultsOfRead, play, Tally } from './wire-pass';

const tally = new Tally();
let host: LambdaHost;
let due: readonly string[];
beforeAll(async () => {
  host = await LambdaHost.start();
  due = (await play(host)).gone;
});
afterAll(async () => {
  if (process.env.WIRE_FAULTS) process.stdout.write(tally.toString());
  await host.stop();
});

describe('P-05 P-06 P-07 P-08 P-18: what a read is answered, over the real SDK and sockets', () => {
  test.each(READS)(
    '%s: after a read that is not whole nothing is let go; what tells the same makes no difference',
    async (read) => {
      const wrong: string[] = [];
      for (const one of casesOfAnswers(read)) {
        const played = await play(host, one);
        tally.add(one, played);
        wrong.push(...faultsOfRead(one, played, due));
      }
      expect(wrong).toEqual([]);
      expect(host.leaks()).toEqual([]);
    },
    120_000,
  );
});
