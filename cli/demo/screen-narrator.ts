import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { Interlude } from './interludes';
import { examinedTable, familiesTable, notExaminedLines, reasonsTable } from './plan-tables';
import { progressLine, tickLine, verifiedLines } from './progress';
import type { Screen } from './screen';
import type { SimulatedAws } from './simulated-aws';
import type { Narrator, Tick } from './story';
import { clockTime, count, counted, hanging, NARROW, span, wrap } from './words';

// Taken at load: the live line is painted in real time.
const { setInterval: realSetInterval, clearInterval: realClearInterval } = globalThis;
const REPAINT_MS = 80;

/** Tells the story on the terminal. */
export class ScreenNarrator implements Narrator {
  private of = 0;
  private current = { number: 0, at: 0, total: 0 };
  private readonly painter: NodeJS.Timeout;

  constructor(
    private readonly screen: Screen,
    private readonly aws: SimulatedAws,
    private readonly now: () => number,
    private readonly everyMs: number,
  ) {
    this.painter = realSetInterval(() => this.paint(), REPAINT_MS);
  }

  close(): void {
    realClearInterval(this.painter);
    this.screen.lines('');
  }

  beganTick(number: number, at: number): void {
    this.current = { number, at, total: this.aws.ecs.log.destructive.length };
  }

  announced(tick: Tick, plan: PrunePlan): void {
    const { screen } = this;
    const { ink, width } = screen;
    this.of = plan.backlog.announced;
    this.heading(1, tick.at, 'the first tick plans and announces; it changes nothing');
    this.paragraph(`${count(plan.totals.revisions)} ACTIVE revisions, and who may need one, read in ${span(tick.took)}:`);
    screen.lines(
      '',
      ...examinedTable(plan, ink, width),
      '',
      ...familiesTable(plan, ink, width),
      '',
      ...reasonsTable(plan, ink, width),
      '',
      ...notExaminedLines(plan, width).map((line) => ink.faint(line)),
      '',
    );
    if (plan.backlog.doneBy) {
      const by = clockTime(Date.parse(plan.backlog.doneBy));
      this.paragraph(`${count(this.of)} revisions announced. By the plan, they will be gone by ${by}.`);
    }
  }

  waits(at: number): void {
    this.heading(2, at, 'a day for people to read the plan, and to object');
  }

  waited(ticks: readonly Tick[]): void {
    const longest = Math.max(1000, ...ticks.map(({ took }) => took));
    this.paragraph(
      `${counted(ticks.length, 'tick')}, one every ${span(this.everyMs)}: each reads one small object, finds nothing due, and ends within ${span(longest)}.`,
    );
  }

  acts(at: number): void {
    this.heading(3, at, 'the notice has passed: it deregisters');
  }

  meanwhile({ at, what }: Interlude): void {
    const { ink, width } = this.screen;
    this.screen.lines(...hanging(`  ${ink.strong(clockTime(at))}  `, what, width, (line) => ink.strong(line)));
  }

  acted(tick: Tick): void {
    this.screen.lines(tickLine(tick, this.of, this.screen.ink, this.screen.width));
  }

  verified(tick: Tick): void {
    this.screen.lines(...verifiedLines(tick, this.screen.ink, this.screen.width));
  }

  private heading(number: number, at: number, text: string): void {
    const { ink, width } = this.screen;
    const [when, style] = [`  ${ink.title(`${number}  ${clockTime(at)}`)}`, (line: string) => ink.strong(line)];
    const told = width < NARROW ? [when, ...hanging('     ', text, width, style)] : hanging(`${when}  `, text, width, style);
    this.screen.lines('', ...told, '');
  }

  private paragraph(text: string): void {
    this.screen.lines(...wrap(text, this.screen.width - 4).map(indent));
  }

  private paint(): void {
    const { number, at, total } = this.current;
    const done = this.aws.ecs.log.destructive.length;
    const now = this.now();
    if (done === 0) {
      const what =
        this.screen.width < NARROW ? `tick ${number} · reading` : `${clockTime(now)} · tick ${number} · reading the account`;
      this.screen.live(`  ${this.screen.ink.faint(what)}`);
      return;
    }
    const seconds = (now - at) / 1000;
    const perSecond = seconds > 0 ? (done - total) / seconds : 0;
    this.screen.live(progressLine({ tick: number, now, done, of: this.of, perSecond }, this.screen.ink, this.screen.width));
  }
}

function indent(line: string): string {
  return `  ${line}`;
}
