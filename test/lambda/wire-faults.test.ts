import { READS } from '../engine/fault-outcomes';
import { LambdaHost } from './lambda-host';
import { casesOfOther, casesOnWire, faultsOfRead, mend, OTHERS, play, Tally, told } from './wire-pass';

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

describe('P-05 P-07 P-14: what becomes of an answer on its way, over the real SDK and sockets', () => {
  test('the world without a fault lets go what is due', () => {
    expect(due).toHaveLength(8);
  });

  test.each(READS)(
    '%s: after a read that is not whole nothing is let go; what is asked again makes no difference',
    async (read) => {
      const wrong: string[] = [];
      for (const one of casesOnWire(read)) {
        const played = await play(host, one);
        tally.add(one, played);
        wrong.push(...faultsOfRead(one, played, due));
      }
      expect(wrong).toEqual([]);
      expect(host.leaks()).toEqual([]);
    },
    120_000,
  );

  test.each(OTHERS)(
    '%s: whatever becomes of it, nothing goes that is needed, and a later run lets go the rest',
    async (action) => {
      for (const one of casesOfOther(action)) {
        const played = await play(host, one);
        tally.add(one, played);
        expect(played.gone.filter((name) => !due.includes(name))).toEqual([]);
        if (action === 'PutEvents') expect(told(one, played)).toContain('"done"');
        // What the ledger or the deregistration fails of is thrown with its name; it never passes for nothing to do.
        if (played.error) expect(played.error.message).toMatch(/^ledger, |^DeregisterTaskDefinition: /);
        expect([told(one, played), await mend(host, played)]).toEqual([told(one, played), due]);
      }
      expect(host.leaks()).toEqual([]);
    },
    120_000,
  );

  test('control: an answer that is spoiled and yet passes for whole is found', async () => {
    const one = { on: 'wire', kind: 'half a document', action: 'ListServices', when: 'first' } as const;
    const played = await play(host, one);
    expect(faultsOfRead(one, played, due)).toEqual([]);
    const whole = await play(host);
    expect(faultsOfRead(one, { ...whole, struck: 1 }, due)).not.toEqual([]);
  });
});
