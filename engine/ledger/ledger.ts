import { visibleText } from '../../lib/contract/visible-text';

/** A document as the ledger holds it, with the mark of this very version. */
export interface Stored {
  readonly text: string;
  readonly etag: string;
}

/** When a write counts: only if nothing is there, or only if what is there is still this version. */
export type Condition = { readonly absent: true } | { readonly etag: string };

/** Where plans, results and the state between runs are kept. A failure is an error that names the key. */
export interface Ledger {
  /** `undefined` when there is no such document; what cannot be read is an error, never "nothing". */
  read(key: string): Promise<Stored | undefined>;
  /** `false` when the condition did not hold. @param body a text, or its bytes in UTF-8 */
  write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean>;
  remove(key: string): Promise<void>;
}

const LONGEST_WHY = 1_000;

/** The ledger could not be read or written, or holds what this version cannot use. */
export class LedgerError extends Error {
  constructor(key: string, why: string) {
    super(`ledger, ${key}: ${visibleText(why, LONGEST_WHY)}`);
    this.name = 'LedgerError';
  }
}
