import type { EcsAction } from '../../lib/contract/limits';
import { EcsSimulator, FAULT_KINDS, FaultFace, type FaultKind, type PlannedFault, VirtualClock } from '../../simulator';
import { outcomeOf, READS, type Read, TIMES, type When } from './fault-outcomes';
import { MemoryLedger } from './memory-ledger';
import { Pruner } from './pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from './random-world';
import { goneFrom, StruckRun } from './struck-run';

const FOR_EVER = Number.POSITIVE_INFINITY;
const DAYS = 24 * HOUR;

/** A family with revisions to let go, a referrer of every kind, and more than a page of everything. */
class Account {
  readonly clock = new VirtualClock(START);
  readonly ecs = new EcsSimulator({ clock: this.clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
  readonly pruner: Pruner;

  constructor(
    readonly ledger = new MemoryLedger(),
    actionsPerSecond = 0.9,
  ) {
    const { ecs, clock } = this;
    const registered = Array.from({ length: 19 }, (_, index) => ({ registeredAt: START - (60 - index) * DAYS }));
    ecs.seedFamily({ family: 'web', ...DEFINITION }, registered);
    for (const cluster of ['blue', 'green', 'red']) ecs.seedCluster(cluster);
    const cluster = 'blue';
    const shop = { cluster, name: 'shop', taskDefinition: 'web:15', history: ['web:11', 'web:12', 'web:13'] };
    ecs.seedService({ ...shop, rolloutMs: 90 * DAYS });
    ecs.perform('UpdateService', { cluster, service: 'shop', taskDefinition: 'web:16' });
    ecs.seedService({ cluster, name: 'empty', taskDefinition: 'web:2', history: ['web:3', 'web:4', 'web:5'], desiredCount: 0 });
    ecs.seedService({ cluster, name: 'search', taskDefinition: 'web:17' });
    ecs.seedService({ cluster: 'green', name: 'jobs', taskDefinition: 'web:6' });
    for (const number of [1, 7, 8])
      ecs.seedTask({ cluster: 'green', taskDefinition: `web:${number}`, createdAt: START - HOUR });
    const settings = { rules: [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 7 * 24 * 60 }], actionsPerSecond };
    this.pruner = new Pruner({ ecs, clock, ledger, settings, pageSize: 2, latency: 20 });
  }

  /** An account whose first plan is a day old: the next tick lets go, unless something keeps it from that. */
  static async announced(actionsPerSecond?: number): Promise<Account> {
    planned ??= firstPlan();
    const ledger = new MemoryLedger();
    for (const [key, { text }] of await planned) await ledger.write(key, text);
    const account = new Account(ledger, actionsPerSecond);
    account.clock.advance(DAYS + MINUTE);
    return account;
  }

  strike(...plan: PlannedFault[]): FaultFace {
    const face = new FaultFace(plan, { clock: this.clock, seed: 1, mention: MENTIONED });
    this.ecs.intercept = face.intercept;
    return face;
  }

  get gone(): string[] {
    return goneFrom(this);
  }
}

let planned: Promise<MemoryLedger['documents']> | undefined;
async function firstPlan(): Promise<MemoryLedger['documents']> {
  const { pruner, ledger } = new Account();
  expect((await pruner.tick()).outcome).toBe('done');
  return ledger.documents;
}

/** The newest three stay; what else stays has one referrer: a service, a task, or one of the last three deployments. */
const DUE = [3, 9, 10, 11, 14].map((revision) => `web:${revision}`).sort();

/** One of them, for an unknown field to name. */
const MENTIONED = `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/web:9`;

const planOf = (kind: FaultKind, action: EcsAction, when: When): PlannedFault => ({
  kind,
  action,
  from: when === 'later' ? 2 : 1,
  times: when === 'always' ? FOR_EVER : 1,
});

/** Every kind strikes the first call of every read; `READ_FAULTS=all` every other call too, otherwise a part of them. */
const SHARES: Readonly<Record<When, number>> =
  process.env.READ_FAULTS === 'all' ? { first: 1, later: 1, always: 1 } : { first: 1, later: 3, always: 2 };
/** And what the ticks after it make good. */
const MENDED = process.env.READ_FAULTS === 'all' ? 1 : 3;
const isInTurn = (kind: FaultKind, read: Read, share: number) =>
  (FAULT_KINDS.indexOf(kind) + READS.indexOf(read) + 1) % share === 0;
const kindsFor = (read: Read, when: When) => FAULT_KINDS.filter((kind) => isInTurn(kind, read, SHARES[when]));

/** How often each kind struck, in all cases: an exhaustive pass that strikes nothing proves nothing. */
const strikes = new Map<FaultKind, number>();

/** Plays one case, and says what is wrong with what came of it. */
async function faultsIn(kind: FaultKind, read: Read, when: When): Promise<string[]> {
  const account = await Account.announced();
  const face = account.strike(planOf(kind, read, when));
  // Pages without an end are read until the time is up: two minutes of it are as good.
  const report = await account.pruner.tick({}, kind === 'empty page' ? 2 : 15);
  const struck = face.hits.get(kind) ?? 0;
  strikes.set(kind, (strikes.get(kind) ?? 0) + struck);
  const outcome = struck === 0 ? 'unharmed' : outcomeOf(kind, read, when);
  const run = new StruckRun({ fault: kind, read, when }, account, report, DUE);
  run.expectOutcome(outcome);
  if (outcome === 'keeps more' && when === 'always') {
    for (const arn of face.mentioned.keys())
      run.expectThat(!run.gone.includes(arn.slice(arn.lastIndexOf('/') + 1)), 'what an unknown field names was let go');
  }
  account.ecs.intercept = undefined;
  if (when === 'first' && isInTurn(kind, read, MENDED)) await run.expectLaterTicksToFinish();
  return run.wrong;
}

describe('P-05 P-06 P-07 P-08 P-18: every read, struck by every fault', () => {
  test('the account without a fault lets go what is due, and nothing else', async () => {
    const account = await Account.announced();
    await account.pruner.tick();
    expect(account.gone).toEqual(DUE);
  });

  describe.each(TIMES)('on the %s call', (when) => {
    test.each(READS)(
      '%s: after a read that is not whole nothing is let go; what tells the same makes no difference',
      async (read) => {
        const wrong: string[] = [];
        for (const kind of kindsFor(read, when)) wrong.push(...(await faultsIn(kind, read, when)));
        expect(wrong).toEqual([]);
      },
    );
  });

  test('every kind of fault struck', () => {
    expect(FAULT_KINDS.filter((kind) => !strikes.get(kind))).toEqual([]);
  });

  // A notice period hides much: what is told wrongly on both days is told by nothing else.
  test.each(READS)(
    '%s: told in another way, or as a later ECS may tell it, from the first plan on, takes nothing that is needed',
    async (read) => {
      for (const kind of FAULT_KINDS.filter((one) => /items|short page|unknown|stale|skewed|twice|MISSING/.test(one))) {
        if (!isInTurn(kind, read, SHARES.always)) continue;
        const { gone, face } = await life((account) => account.strike(planOf(kind, read, 'always')));
        expect({ kind, needed: gone.filter((name) => !DUE.includes(name)) }).toEqual({ kind, needed: [] });
        for (const arn of face.mentioned.keys()) expect(gone).not.toContain(arn.slice(arn.lastIndexOf('/') + 1));
      }
    },
  );

  test('control: services that an empty list hides are missed', async () => {
    const { gone } = await life((account) => {
      account.ecs.intercept = async ({ action }, answer) => (action === 'ListServices' ? { serviceArns: [] } : answer());
    });
    expect(gone).toEqual(expect.arrayContaining(['web:2', 'web:4', 'web:5', 'web:12', 'web:13']));
  });
});

/** A first plan and the acts that follow a day later, both under the same fault. */
async function life<T>(strike: (account: Account) => T): Promise<{ readonly gone: readonly string[]; readonly face: T }> {
  const account = new Account();
  const face = strike(account);
  await account.pruner.tick();
  account.clock.advance(DAYS + MINUTE);
  await account.pruner.tick();
  return { gone: account.gone, face };
}

describe('P-05: a read that fails while the run acts', () => {
  // A service revision never changes, so it is asked about once; the list of all is made for the plan alone.
  test.each(READS.filter((read) => read !== 'DescribeServiceRevisions'))(
    '%s: no further act is begun, and the next ticks go on',
    async (read) => {
      // One act in twenty seconds: the references are read again before the last.
      const account = await Account.announced(0.05);
      const { clock, ecs, pruner } = account;
      let firstAt = FOR_EVER;
      clock.at(clock.now() + 45_000, () => {
        const face = account.strike(planOf('access denied', read, 'always'));
        const { intercept } = face;
        ecs.intercept = (call, answer) => {
          if (call.action === read) firstAt = Math.min(firstAt, ecs.now());
          return intercept(call, answer);
        };
      });
      const report = await pruner.tick();
      expect(report).toMatchObject({ outcome: 'refused', ended: 'incomplete scan' });
      expect(report.refusals.join()).toContain(read);
      expect(ecs.log.destructive.filter(({ at }) => at > firstAt + 600)).toEqual([]);
      expect(account.gone.length).toBeGreaterThan(0);

      ecs.intercept = undefined;
      clock.advance(15 * MINUTE);
      await pruner.tick();
      expect(account.gone).toEqual(DUE);
    },
  );
});

describe('P-14: a read that hangs', () => {
  /** From then on the read is not answered within an hour. */
  async function hanging(read: Read, from: number) {
    const account = await Account.announced(0.05);
    const { clock, ecs } = account;
    const began = clock.now();
    ecs.intercept = async ({ action }, answer) => {
      if (action === read && clock.now() >= began + from) await clock.sleep(HOUR);
      return answer();
    };
    return { account, began, report: await account.pruner.tick() };
  }

  test.each(READS)('%s, for the plan: the run is refused before its time is up', async (read) => {
    const { account, began, report } = await hanging(read, 0);
    expect(report).toMatchObject({ outcome: 'refused', deregistered: 0 });
    expect(report.refusals.join()).toContain('took too long');
    expect(account.gone).toEqual([]);
    expect(account.clock.now() - began).toBeLessThanOrEqual(14.5 * MINUTE);
  });

  test('DescribeTaskDefinition, before an act: the run ends before its time is up, and tells what it did', async () => {
    const { account, began, report } = await hanging('DescribeTaskDefinition', 30_000);
    expect(report).toMatchObject({ outcome: 'done', ended: 'deadline', deregistered: account.gone.length });
    expect(account.gone.length).toBeGreaterThan(0);
    expect(account.clock.now() - began).toBeLessThanOrEqual(14.5 * MINUTE);
  });
});

describe('P-23: DeregisterTaskDefinition that fails', () => {
  const ACTION = 'DeregisterTaskDefinition';

  test('with five throttles in a row leaves the bucket to deployments, and the next tick goes on', async () => {
    const account = await Account.announced();
    account.strike(planOf('throttle', ACTION, 'always'));
    expect(await account.pruner.tick()).toMatchObject({ outcome: 'done', ended: 'throttled', deregistered: 0, throttles: 5 });
    expect(account.ecs.log.calls[ACTION]).toBe(5);
    account.ecs.intercept = undefined;
    account.clock.advance(15 * MINUTE);
    await account.pruner.tick();
    expect(account.gone).toEqual(DUE);
  });

  test.each(['access denied', 'expired credentials'] as const)('%s: ends the run as failed', async (kind) => {
    const account = await Account.announced();
    account.strike(planOf(kind, ACTION, 'always'));
    const report = await account.pruner.tick();
    expect(report).toMatchObject({ outcome: 'failed', deregistered: 0 });
    expect(report.refusals.join()).toContain(`${ACTION}: `);
    expect(account.ecs.log.calls[ACTION]).toBe(kind === 'access denied' ? 1 : 5);
  });

  test('P-13: whose answer was lost after it took effect is settled by the look before the next try', async () => {
    const account = await Account.announced();
    account.strike({ kind: 'lost answer', action: ACTION, from: 1, times: 2 });
    expect(await account.pruner.tick()).toMatchObject({ outcome: 'done', ended: 'nothing left', deregistered: DUE.length - 2 });
    expect(account.gone).toEqual(DUE);
    expect(account.ecs.log.destructive.every(({ statusBefore }) => statusBefore === 'ACTIVE')).toBe(true);
  });

  test.each(FAULT_KINDS)(
    '%s, on each call: nothing goes that is needed, and the ticks after it let go the rest',
    async (kind) => {
      const account = await Account.announced();
      account.strike(planOf(kind, ACTION, 'always'));
      await account.pruner.tick();
      expect(account.gone.filter((name) => !DUE.includes(name))).toEqual([]);
      account.ecs.intercept = undefined;
      account.clock.advance(15 * MINUTE);
      await account.pruner.tick();
      expect([...new Set(account.gone)]).toEqual(DUE);
    },
  );
});
