import type { Condition, Ledger, Stored } from '../../engine/ledger/ledger';

/** A ledger in memory that keeps every write, in order, for tests to read. */
export class MemoryLedger implements Ledger {
  readonly documents = new Map<string, Stored>();
  readonly history: { readonly key: string; readonly text: string }[] = [];
  private version = 0;

  async read(key: string): Promise<Stored | undefined> {
    return this.documents.get(key);
  }

  async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
    const text = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.length).toString();
    const known = this.documents.get(key);
    if (condition && ('absent' in condition ? known !== undefined : known?.etag !== condition.etag)) return false;
    this.version += 1;
    this.documents.set(key, { text, etag: `v${this.version}` });
    this.history.push({ key, text });
    return true;
  }

  async remove(key: string): Promise<void> {
    this.documents.delete(key);
  }
}
