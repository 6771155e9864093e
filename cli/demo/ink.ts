import { styleText } from 'node:util';

/** Colours, or none. */
export class Ink {
  constructor(private readonly on: boolean) {}

  title(text: string): string {
    return this.style(['bold', 'cyan'], text);
  }

  strong(text: string): string {
    return this.style(['bold'], text);
  }

  faint(text: string): string {
    return this.style(['dim'], text);
  }

  good(text: string): string {
    return this.style(['green'], text);
  }

  goes(text: string): string {
    return this.style(['yellow'], text);
  }

  bad(text: string): string {
    return this.style(['bold', 'red'], text);
  }

  private style(styles: Parameters<typeof styleText>[0], text: string): string {
    return this.on && text !== '' ? styleText(styles, text) : text;
  }
}

/** Whether a stream is to be written to in colour. @see https://no-color.org and https://force-color.org */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
