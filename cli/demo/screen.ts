import { Ink, wantsColour } from './ink';

const NARROWEST = 40;
const WIDEST = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** The terminal: lines that stay, and one live line that is painted over. */
export class Screen {
  readonly width: number;
  readonly ink: Ink;
  /** Whether there is a live line. */
  readonly isLive: boolean;
  private painted = false;
  // Bound now: what writes to standard output later may be captured.
  private readonly write: (text: string) => void;

  /** @param narrowest what is told may need more than a narrow terminal has: its lines then break where the terminal ends */
  constructor(
    narrowest = NARROWEST,
    stream: NodeJS.WriteStream = process.stdout,
    env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    const write = stream.write.bind(stream);
    this.write = (text) => {
      write(text);
    };
    this.isLive = stream.isTTY === true && env.TERM !== 'dumb';
    this.width = Math.min(Math.max(stream.columns ?? 80, narrowest), WIDEST);
    this.ink = new Ink(wantsColour(stream.isTTY === true, env));
  }

  lines(...lines: readonly string[]): void {
    this.wipe();
    for (const line of lines) this.write(`${line}\n`);
  }

  /** Paints the live line; nothing without a terminal. */
  live(line: string): void {
    if (!this.isLive) return;
    this.write(`${CLEAR_LINE}${line}`);
    this.painted = true;
  }

  private wipe(): void {
    if (this.painted) this.write(CLEAR_LINE);
    this.painted = false;
  }
}
