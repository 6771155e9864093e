import type { SimulatedError } from '../simulated-error';

export interface PageOptions {
  /** The most items of a page, whatever a caller asks for. @default as many as the caller asks for */
  readonly pageSize?: number;
  /** Puts an empty page with a token before every other one. @default false */
  readonly emptyPages?: boolean;
}

export interface TokenPage<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** Cuts lists into pages behind opaque tokens, no two of which are alike. */
export class TokenPages {
  /** Where the page of each token begins, and whether it is the empty one before it. */
  private readonly tokens = new Map<string, { readonly from: number; readonly empty: boolean }>();

  constructor(
    private readonly options: PageOptions,
    private readonly invalidToken: () => SimulatedError,
  ) {}

  page<T>(items: readonly T[], token: unknown, asked: number): TokenPage<T> {
    const { emptyPages = false, pageSize = asked } = this.options;
    const start = token === undefined || token === null ? { from: 0, empty: emptyPages } : this.tokens.get(String(token));
    if (!start) throw this.invalidToken();
    const { from, empty } = start;
    if (empty) return { items: [], nextToken: this.token(from, false) };
    const end = from + Math.min(asked, pageSize);
    return { items: items.slice(from, end), ...(end < items.length ? { nextToken: this.token(end, emptyPages) } : {}) };
  }

  private token(from: number, empty: boolean): string {
    const token = Buffer.from(`page ${this.tokens.size + 1}`).toString('base64url');
    this.tokens.set(token, { from, empty });
    return token;
  }
}
