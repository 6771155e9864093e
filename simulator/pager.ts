import { type Input, optionalNumber, optionalText } from './input';
import type { Random } from './random';
import { invalidParameter } from './simulated-error';

/** Whether a token remembers how many items came before it, or the last item. AWS documents neither. */
export type TokenKind = 'offset' | 'key';

/** Where a page begins: after so many items, or after the item with this key. */
export interface Start {
  readonly skip: number;
  readonly after?: string;
}

export interface PagerOptions {
  readonly tokens: TokenKind;
  /** How likely a page is empty and yet has a token, 0 to below 1. */
  readonly emptyPages: number;
  /** Whether pages hold fewer items than asked for, as AWS reserves the right to do. */
  readonly varyPageSizes: boolean;
}

export interface Listing<T> {
  readonly defaultSize: number;
  /** The items from `start` on, in the order of the list. */
  readonly from: (start: Start) => Iterable<T>;
  readonly keyOf: (item: T) => string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

const LARGEST_PAGE = 100;

/** Cuts lists into pages behind opaque tokens, which may be used again. */
export class Pager {
  private made = 0;

  constructor(
    private readonly options: PagerOptions,
    private readonly random: Random,
  ) {}

  page<T>(input: Input, listing: Listing<T>): Page<T> {
    const start = readToken(optionalText(input, 'nextToken'));
    const size = this.size(input, listing.defaultSize);
    const items: T[] = [];
    let more = false;
    for (const item of listing.from(start)) {
      more = items.length === size;
      if (more) break;
      items.push(item);
    }
    const last = items.at(-1);
    if (last === undefined) return { items };
    if (this.random.chance(this.options.emptyPages)) return { items: [], nextToken: this.token(start) };
    // Even the last page may carry a token, which then leads to an empty page.
    if (!more && !this.random.chance(this.options.emptyPages)) return { items };
    const end = { skip: start.skip + items.length, ...(this.options.tokens === 'key' ? { after: listing.keyOf(last) } : {}) };
    return { items, nextToken: this.token(end) };
  }

  private size(input: Input, defaultSize: number): number {
    const asked = optionalNumber(input, 'maxResults') ?? defaultSize;
    if (!Number.isInteger(asked) || asked < 1 || asked > LARGEST_PAGE) {
      throw invalidParameter(`maxResults must be between 1 and ${LARGEST_PAGE}.`);
    }
    return this.options.varyPageSizes ? 1 + this.random.below(asked) : asked;
  }

  // Numbered, so that no two tokens are alike: a reader takes a repeated token for a cycle.
  private token(start: Start): string {
    this.made += 1;
    return Buffer.from(JSON.stringify([this.made, start.skip, start.after])).toString('base64url');
  }
}

function readToken(token: string | undefined): Start {
  if (token === undefined) return { skip: 0 };
  try {
    const [, skip, after] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [number, number, string | null];
    if (Number.isInteger(skip)) return after === null ? { skip } : { skip, after };
  } catch {
    // Falls through to the refusal.
  }
  throw invalidParameter('Invalid token.');
}

/** A short list whose keys rise: services, tasks, clusters. */
export function listed<T>(items: readonly T[], keyOf: (item: T) => string, defaultSize: number): Listing<T> {
  return {
    defaultSize,
    keyOf,
    from: ({ skip, after }) => (after === undefined ? items.slice(skip) : items.filter((item) => keyOf(item) > after)),
  };
}
