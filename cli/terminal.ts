import { wantsColour } from './demo/ink';

type Env = Readonly<Record<string, string | undefined>>;
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'write'> & { readonly columns?: number };

const NARROWEST = 40;
const WIDEST = 110;

/** Where a command speaks: results to standard output, everything else to standard error. */
export class Terminal {
  readonly colour: boolean;
  readonly width: number;

  constructor(
    private readonly out: Stream = process.stdout,
    private readonly err: Stream = process.stderr,
    env: Env = process.env,
  ) {
    this.width = Math.min(Math.max(out.columns ?? WIDEST, NARROWEST), WIDEST);
    this.colour = wantsColour(out.isTTY === true, env);
  }

  print(lines: readonly string[]): void {
    for (const line of lines) this.out.write(`${line}\n`);
  }

  say(text: string): void {
    this.err.write(text);
  }

  /** Only where somebody watches. */
  progress(line: string): void {
    if (this.err.isTTY) this.err.write(`${line}\n`);
  }
}
