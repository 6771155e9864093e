import { READS } from '../engine/fault-outcomes';
import { LambdaHost } from './lambda-host';
import { casesOfOther, casesOfRead, expected, mend, OTHERS, type Played, play, Tally, type WireCase } from './wire-pass';

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

const told = ({ kind, action, when }: WireCase, { answer, error, gone }: Played) =>
  `${kind}, ${action}, ${when}: ${JSON.stringify(answer)} ${error?.message ?? ''} ${gone}`;

/** What is wrong with what came of a fault that struck a read. */
function faultsOfRead(one: WireCase, played: Played): string[] {
  const { answer, error, gone, struck, mentioned, events } = played;
  const wrong: string[] = [];
  const expectThat = (isSo: boolean, what: string) => {
    if (!isSo) wrong.push(`${what}: ${told(one, played)}`);
  };
  expectThat(error === undefined, 'nothing is thrown');
  expectThat(gone.every((name) => due.includes(name)) && new Set(gone).size === gone.length, 'nothing goes that is needed');
  const outcome = struck === 0 ? 'unharmed' : expected(one);
  if (outcome === 'refused') {
    expectThat(answer?.outcome === 'refused' && gone.length === 0, 'is refused, and lets nothing go');
    expectThat(answer?.refusals.length === 1 && !!answer.refusals[0]?.includes(one.action), 'one refusal names the call');
    expectThat(events.map(({ DetailType }) => DetailType).join() === 'Prune Refused', 'one event says so');
  } else if (outcome === 'unharmed') {
    expectThat(answer?.outcome === 'done' && gone.join() === due.join(), 'is as without the fault');
  } else if (outcome === 'keeps more') {
    expectThat(answer?.outcome === 'done', 'is done');
    if (one.when === 'always') expectThat(!mentioned.some((name) => gone.includes(name)), 'what a new field names is kept');
  }
  if (answer?.outcome === 'refused' && answer.ended === 'refused') expectThat(gone.length === 0, 'refused, it lets nothing go');
  return wrong;
}

describe('P-05 P-06 P-07 P-08: over the real SDK and sockets', () => {
  test('the world without a fault lets go what is due', () => {
    expect(due).toHaveLength(8);
  });

  test.each(READS)(
    '%s: after a read that is not whole nothing is let go; what is asked again makes no difference',
    async (read) => {
      const wrong: string[] = [];
      for (const one of casesOfRead(read)) {
        const played = await play(host, one);
        tally.add(one, played);
        wrong.push(...faultsOfRead(one, played));
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
});
