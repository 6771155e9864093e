import type { PruneReport } from '../../engine/revisions/report';
import type { EcsSimulator, VirtualClock } from '../../simulator';
import type { Outcome, When } from './fault-outcomes';
import type { Pruner } from './pruner';
import { HOUR, MINUTE } from './random-world';

const DAYS = 24 * HOUR;

/** One read, struck by one fault. */
export interface Strike {
  readonly fault: string;
  /** The call that a refusal has to name. */
  readonly read: string;
  readonly when: When;
}

interface Account {
  readonly clock: VirtualClock;
  readonly ecs: EcsSimulator;
  readonly pruner: Pruner;
}

/** `family:revision` of every deregistration that took effect, by the simulator's own log. */
export function goneFrom({ ecs }: Pick<Account, 'ecs'>): string[] {
  return ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`).sort();
}

/** Gathers what is wrong with a run one of whose reads was struck; the same is asked of every kind of read. */
export class StruckRun {
  readonly wrong: string[] = [];
  readonly gone: readonly string[];

  constructor(
    private readonly strike: Strike,
    private readonly account: Account,
    readonly report: PruneReport,
    private readonly due: readonly string[],
  ) {
    this.gone = goneFrom(account);
    this.expectThat(
      this.gone.every((name) => due.includes(name)) && new Set(this.gone).size === this.gone.length,
      'what is needed was let go',
    );
  }

  expectThat(isSo: boolean, what: string): void {
    const { fault, read, when } = this.strike;
    const { outcome, refusals } = this.report;
    if (!isSo) this.wrong.push(`${fault}, ${read}, ${when}: ${what} (${outcome}, ${refusals.join()}, ${this.gone})`);
  }

  expectOutcome(outcome: Outcome): void {
    const { report, gone } = this;
    if (outcome === 'refused') {
      const { fault, read } = this.strike;
      this.expectThat(report.outcome === 'refused' && report.deregistered === 0, 'is refused');
      this.expectThat(gone.length === 0, 'lets nothing go');
      this.expectThat(report.refusals.length === 1, 'one refusal');
      this.expectThat(report.refusals.join().includes(fault === 'empty page' ? 'reading' : read), 'the refusal names the call');
      this.expectThat(this.account.pruner.reporter.events.at(-1)?.type === 'Prune Refused', 'the event says so');
    } else if (outcome === 'unharmed') {
      this.expectThat(report.outcome === 'done' && gone.join() === this.due.join(), 'is as without the fault');
    } else if (outcome === 'keeps more') {
      this.expectThat(report.outcome === 'done', 'is done');
    } else {
      this.expectThat(report.outcome === 'done' || gone.length === 0, 'a run that is refused lets nothing go');
    }
  }

  /** At once; or a day later, where a candidate was kept; or after the notice anew, where the whole family was. */
  async expectLaterTicksToFinish(): Promise<void> {
    const { clock, pruner } = this.account;
    for (const wait of [15 * MINUTE, DAYS, DAYS]) {
      if (goneFrom(this.account).length === this.due.length) break;
      clock.advance(wait);
      await pruner.tick();
    }
    this.expectThat(goneFrom(this.account).join() === this.due.join(), 'the ticks after it let go what is due');
  }
}
