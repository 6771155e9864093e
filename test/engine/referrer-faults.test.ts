import { REFERRERS, type Referrer } from '../../lib/contract/referrers';
import {
  EcsSimulator,
  FAULT_KINDS,
  FaultFace,
  type FaultKind,
  Neighbors,
  type PlannedFault,
  VirtualClock,
} from '../../simulator';
import type { Neighbor } from '../../simulator/neighbors/neighbor';
import { readsOf } from './elsewhere';
import { TIMES, type When } from './fault-outcomes';
import { MemoryLedger } from './memory-ledger';
import { Pruner } from './pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from './random-world';
import { outcomeOfReferrer, REFERRER_READS, type ReferrerRead } from './referrer-fault-outcomes';
import { seedReferrers } from './seed-referrers';
import { StackRecords, stacksOf } from './stack-records';
import { goneFrom, StruckRun } from './struck-run';

const DAYS = 24 * HOUR;
const arn = (revision: number) => `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/job:${revision}`;

/** A family of which everything that is old is kept by somebody beside ECS, but for four revisions. */
class Account {
  readonly clock = new VirtualClock(START);
  readonly ecs = new EcsSimulator({ clock: this.clock, environment: ENVIRONMENT, deregistrationLagMinutes: 0 });
  readonly neighbors = new Neighbors({ clock: this.clock, environment: ENVIRONMENT, pageSize: 1 });
  readonly stacks = new StackRecords();
  readonly pruner: Pruner;

  constructor(
    readonly ledger = new MemoryLedger(),
    actionsPerSecond = 0.9,
  ) {
    const { ecs, clock, neighbors, stacks } = this;
    ecs.seedFamily(
      { family: 'job', ...DEFINITION },
      Array.from({ length: 16 }, (_, index) => ({ registeredAt: START - (60 - index) * DAYS })),
    );
    ecs.seedCluster('main');
    seedReferrers(neighbors, arn, arn(16));
    stacks.stacks.set('root', { status: 'UPDATE_COMPLETE', records: [] });
    stacks.stacks.set('jobs', { status: 'UPDATE_COMPLETE', parent: 'root', records: [arn(11), arn(16)] });
    this.intercept();
    this.pruner = new Pruner({
      ecs,
      clock,
      ledger,
      settings: { rules: [{ allFamilies: true, keepLatest: 1, minAgeMinutes: 7 * 24 * 60 }], actionsPerSecond },
      latency: 20,
      elsewhere: { services: readsOf(neighbors.byKind), stacks: stacksOf(stacks) },
    });
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

  /** Every call to a neighbor takes its time, and one read is struck. */
  intercept(read?: ReferrerRead, plan: readonly PlannedFault[] = []): FaultFace {
    const { clock } = this;
    const face = new FaultFace(plan, { clock, seed: 1, mention: arn(12), token: read?.token, resultOf: () => read?.result });
    const all: Readonly<Record<Referrer, Neighbor>> = { ...this.neighbors.byKind, CLOUD_FORMATION: this.stacks };
    for (const [kind, neighbor] of Object.entries(all)) {
      neighbor.intercept = async (call, answer) => {
        await clock.sleep(50);
        return read?.kind === kind ? face.intercept(call, answer) : answer();
      };
    }
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

const DUE = ['job:12', 'job:13', 'job:14', 'job:15'];

interface Case {
  readonly fault: FaultKind;
  readonly read: ReferrerRead;
  readonly when: When;
}

/** `READ_FAULTS=all` plays every case; otherwise one in so many, spread over all of them. */
const ONE_IN = process.env.READ_FAULTS === 'all' ? 1 : 31;
const CASES: readonly Case[] = REFERRER_READS.flatMap((read) =>
  TIMES.flatMap((when) => FAULT_KINDS.map((fault) => ({ fault, read, when }))),
);
const casesOf = (one: ReferrerRead) => CASES.filter(({ read }, place) => read === one && place % ONE_IN === 0);

const strikes = new Map<FaultKind, number>();
let runs = 0;
let requests = 0;
afterAll(() => {
  if (process.env.READ_FAULTS === undefined) return;
  const struck = [...strikes].map(([fault, count]) => `${fault} ${count}`).join(', ');
  process.stdout.write(`${runs} runs, ${requests} reads beside ECS; struck: ${struck}\n`);
});

/** What a refusal says of its cause. */
const CAUSES: Partial<Record<FaultKind, RegExp>> = {
  'access denied': /AccessDeniedException: The caller is not authorized/,
  'expired credentials': /ExpiredTokenException/,
  'server error': /ServerException/,
  'service unavailable': /ServiceUnavailableException/,
  throttle: /ThrottlingException: Rate exceeded/,
  'lost answer': /socket hang up/,
  'lost call': /ECONNREFUSED/,
  failures: /INTERNAL|ACCESS_DENIED|RESOURCE_NOT_AVAILABLE|no reason given|unnamed/,
  'empty page': /took too long/,
  'repeated token': /the same page token came twice/,
  'token cycle': /the same page token came twice/,
  'token of wrong type': /token' is no text/i,
  'foreign token': /token/i,
};

/** Plays one case, and says what is wrong with what came of it. */
async function faultsIn({ fault, read, when }: Case): Promise<string[]> {
  const account = await Account.announced();
  const plan = {
    kind: fault,
    action: read.action,
    from: when === 'later' ? 2 : 1,
    times: when === 'always' ? Number.POSITIVE_INFINITY : 1,
  };
  const face = account.intercept(read, [plan]);
  // Pages without an end are read until the time is up: two minutes of it are as good.
  const report = await account.pruner.tick({}, fault === 'empty page' ? 2 : 15);
  const struck = face.hits.get(fault) ?? 0;
  strikes.set(fault, (strikes.get(fault) ?? 0) + struck);
  runs += 1;
  for (const neighbor of [...account.neighbors.all, account.stacks])
    for (const { calls } of neighbor.log.counts.values()) requests += calls;
  const outcome = struck === 0 ? 'unharmed' : outcomeOfReferrer(fault, read, when);
  const run = new StruckRun({ fault, read: read.action, when }, account, report, DUE);
  run.expectOutcome(outcome);
  if (outcome === 'refused') expectToTellWhy(run, fault, read);
  if (outcome === 'keeps more' && when === 'always') {
    if (fault === 'unknown field') run.expectThat(!run.gone.includes('job:12'), 'what a new field names was let go');
    if (fault === 'unknown status') run.expectThat(run.gone.length === 0, 'a family of a stack not at rest was let go');
  }
  account.intercept();
  if (when === 'first') await run.expectLaterTicksToFinish();
  return run.wrong;
}

function expectToTellWhy(run: StruckRun, fault: FaultKind, { kind }: ReferrerRead): void {
  const refusal = run.report.refusals.join();
  run.expectThat((CAUSES[fault] ?? /answer|no target/).test(refusal), 'the refusal names the cause');
  if (fault !== 'access denied') return;
  const rights = Object.keys(REFERRERS[kind].actions);
  run.expectThat(
    rights.every((right) => refusal.includes(`${right} on `)),
    'the refusal names the rights',
  );
  run.expectThat(refusal.includes(`name ${kind} in 'tolerateDenied' or 'withoutReferrers'`), 'the refusal names the settings');
}

describe('P-05 P-06 P-07 P-08 P-18: every read beside ECS, struck by every fault', () => {
  test('the account without a fault lets go what is due, and nothing else', async () => {
    const account = await Account.announced();
    await account.pruner.tick();
    expect(account.gone).toEqual(DUE);
  });

  test.each(REFERRER_READS.map((read) => [read.action, read] as const))(
    '%s: after a read that is not whole nothing is let go, and one message says which call and why',
    async (_, read) => {
      const wrong: string[] = [];
      for (const one of casesOf(read)) wrong.push(...(await faultsIn(one)));
      expect(wrong).toEqual([]);
    },
    900_000,
  );

  test('most faults struck', () => {
    const never = FAULT_KINDS.filter((fault) => !strikes.get(fault));
    if (ONE_IN === 1) expect(never).toEqual(['MISSING', 'stale']);
    else expect(never.length).toBeLessThan(FAULT_KINDS.length / 2);
  });

  const lists = REFERRER_READS.filter(({ action }) => action.startsWith('List'));
  test.each(lists.map((read) => [read.action, read] as const))('control: what an empty %s hides is missed', async (_, read) => {
    const account = new Account();
    const empty = async () => ({ [read.result]: [] });
    const all: Readonly<Partial<Record<Referrer, Neighbor>>> = account.neighbors.byKind;
    const { intercept } = all[read.kind] as Neighbor;
    (all[read.kind] as Neighbor).intercept = (call, answer) =>
      (call.action === read.action ? empty() : intercept?.(call, answer)) as Promise<unknown>;
    await account.pruner.tick();
    account.clock.advance(DAYS + MINUTE);
    await account.pruner.tick();
    expect(account.gone.filter((name) => !DUE.includes(name))).not.toEqual([]);
  });
});

describe('P-05: a read beside ECS that fails while the run acts', () => {
  test.each(REFERRER_READS.map((read) => [read.action, read] as const))(
    '%s: no further act is begun, and the next ticks go on',
    async (_, read) => {
      // One act in four minutes: the others are read again before the last.
      const account = await Account.announced(1 / 240);
      const { clock, ecs, pruner } = account;
      let firstAt = Number.POSITIVE_INFINITY;
      clock.at(clock.now() + 9 * MINUTE, () => {
        const face = account.intercept(read, [
          { kind: 'access denied', action: read.action, from: 1, times: Number.POSITIVE_INFINITY },
        ]);
        clock.at(clock.now() + 5 * MINUTE, () => {
          firstAt = face.struck[0]?.at ?? firstAt;
        });
      });
      const report = await pruner.tick();
      expect(report).toMatchObject({ outcome: 'refused', ended: 'incomplete scan' });
      expect(report.refusals.join()).toContain(read.action);
      expect(report.refusals.join()).toContain(`name ${read.kind} in 'tolerateDenied'`);
      expect(ecs.log.destructive.filter(({ at }) => at > firstAt + 600)).toEqual([]);
      expect(account.gone).toHaveLength(3);

      account.intercept();
      clock.advance(15 * MINUTE);
      await pruner.tick();
      expect(account.gone).toEqual(DUE);
    },
  );
});
