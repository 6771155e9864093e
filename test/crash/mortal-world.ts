import type { EcsCall } from '../../engine/aws/ecs-call';
import type { Ledger } from '../../engine/ledger/ledger';
import { VERIFIED_AFTER } from '../../engine/revisions/verify';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { DestructiveCall, EcsSimulator, VirtualClock } from '../../simulator';
import { broken } from '../engine/must-keep';
import { Pruner } from '../engine/pruner';
import { build, HOUR, MINUTE, START, type WorldSpec } from '../engine/random-world';
import { FaultyLedger } from './faulty-ledger';
import { Mortal } from './mortal';

/** When somebody takes into use what went first: nobody could have seen it, so it has to be told. */
export type Late = 'never' | 'at once' | 'after the run';

interface Noted {
  readonly family: string;
  readonly revision: number;
}

const nameOf = ({ family, revision }: Noted): string => `${family}:${revision}`;

/** An account and a ledger on which runs live and die. */
export class MortalWorld {
  readonly clock: VirtualClock;
  readonly ecs: EcsSimulator;
  /** What went without being written down before. */
  readonly unwritten: string[] = [];
  /** The calls of all runs, alive or dead. */
  calls = 0;
  private readonly told = new Set<string>();
  /** When the plan was made by which a run acted: of two at once, neither knows what the other plans after that. */
  private readonly planOf = new Map<DestructiveCall, string>();
  private lateUse: string | undefined;

  constructor(
    readonly spec: WorldSpec,
    readonly ledger: FaultyLedger = new FaultyLedger([]),
    private readonly late: Late = 'never',
  ) {
    const { clock, ecs } = build(spec);
    this.clock = clock;
    this.ecs = ecs;
  }

  /** A run, until it ends or dies. */
  async run(mortal = new Mortal()): Promise<void> {
    await this.clock.run(this.start(mortal));
    this.calls += mortal.calls;
    if (this.late === 'after the run') this.use();
  }

  /** The same, for a test that drives the clock itself. */
  async start(mortal: Mortal): Promise<void> {
    const { ecs, clock, ledger, spec } = this;
    const { settings, ways } = spec;
    const own = { plan: '' };
    const around = (call: EcsCall) => mortal.around(this.watched(call, own));
    const { latency, pageSize } = ways;
    const pruner = new Pruner({
      ecs,
      clock,
      settings,
      latency,
      pageSize,
      around,
      ledger: mortal.ledger(noticing(ledger, own)),
    });
    const { reporter } = pruner;
    const tell = reporter.event.bind(reporter);
    reporter.event = (type, detail) => mortal.through(() => tell(type, detail));
    await Promise.race([pruner.start(), mortal.dead]);
    for (const { message, fields } of reporter.lines) {
      if (message === 'LATE_REFERENCE') this.told.add((fields as { revision: string }).revision);
    }
  }

  /** Runs of days to come, which nobody kills. */
  async goOn(): Promise<void> {
    const notice = this.spec.settings.noticePeriodMinutes;
    // A dead run's turn lapses, what is due goes, a plan is made anew each day, and all is verified.
    for (const minutes of [16, notice + 1, 16, 16, 24 * 60, notice + 1, 16, 16]) {
      this.clock.advance(minutes * MINUTE);
      await this.run();
    }
  }

  get gone(): string[] {
    return this.ecs.log.destructive.filter(({ statusBefore }) => statusBefore === 'ACTIVE').map(nameOf);
  }

  get noted(): string[] {
    const { acts } = JSON.parse(this.ledger.documents.get(LEDGER.unverified)?.text ?? '{"acts":[]}');
    return acts.map(nameOf);
  }

  /** Whatever the runs owed at their end and did not keep, in words. */
  owed({ gone, twice = false }: { readonly gone: readonly string[]; readonly twice?: boolean }): string[] {
    const plans = this.plans();
    const acts = this.ecs.log.destructive;
    const here = [...this.gone].sort();
    return [
      ...acts.flatMap((act) => broken(act, this.spec, this.plansOf(act, plans)).map((promise) => `${nameOf(act)}: ${promise}`)),
      ...(twice ? [] : acts.filter(({ statusBefore }) => statusBefore !== 'ACTIVE').map((act) => `${nameOf(act)}: twice`)),
      ...this.unwritten.map((name) => `${name}: went before it was written down`),
      ...here.filter((name) => !gone.includes(name)).map((name) => `${name}: went, and would not have`),
      ...gone.filter((name) => !here.includes(name)).map((name) => `${name}: did not go`),
      ...this.noted.map((name) => `${name}: not verified`),
      ...(this.lateUse && !this.told.has(this.lateUse) ? [`${this.lateUse}: its late use was not told`] : []),
      ...[...this.told].filter((name) => name !== this.lateUse).map((name) => `${name}: told late without being used`),
    ];
  }

  /** A plan counts as made once its announcements are kept. */
  private plans(): PrunePlan[] {
    return this.ledger.history
      .filter(({ key }) => key.startsWith(LEDGER.plans))
      .map(({ text }) => JSON.parse(text) as PrunePlan)
      .filter(({ at }) => this.ledger.keptPlans.has(at));
  }

  private plansOf(act: DestructiveCall, plans: readonly PrunePlan[]): readonly PrunePlan[] {
    return plans.filter(({ at }) => at <= (this.planOf.get(act) ?? ''));
  }

  private watched(call: EcsCall, own: { readonly plan: string }): EcsCall {
    return async (action, input) => {
      const before = this.ecs.log.destructive.length;
      const answer = await call(action, input);
      const act = action === 'DeregisterTaskDefinition' ? this.ecs.log.destructive[before] : undefined;
      if (act) this.planOf.set(act, own.plan);
      if (act && !this.noted.includes(nameOf(act))) this.unwritten.push(nameOf(act));
      if (act && this.late === 'at once') this.use();
      return answer;
    };
  }

  private use(): void {
    const [first] = this.gone;
    // Later than a scan can vouch for the act, it is nobody's business any more.
    if (this.lateUse || !first || this.clock.now() - (this.ecs.log.destructive[0]?.at ?? 0) > VERIFIED_AFTER) return;
    this.lateUse = first;
    this.ecs.seedTask({ cluster: 'green', taskDefinition: first, createdAt: START - HOUR });
  }
}

/** Keeps in mind when the plan was made that a run writes. */
function noticing(ledger: Ledger, own: { plan: string }): Ledger {
  return {
    read: (key) => ledger.read(key),
    remove: (key) => ledger.remove(key),
    write: (key, body, condition) => {
      if (key === LEDGER.latestPlan) own.plan = JSON.parse(Buffer.from(body).toString()).at;
      return ledger.write(key, body, condition);
    },
  };
}
