import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Condition, type Ledger, LedgerError, type Stored } from './ledger';

/** A ledger in a folder, for a laptop. Its conditions hold between the runs of one machine. */
export class FolderLedger implements Ledger {
  constructor(private readonly folder: string) {}

  public async read(key: string): Promise<Stored | undefined> {
    const text = await attempt(key, () => readFile(this.file(key), 'utf8'), 'ENOENT');
    return text === undefined ? undefined : { text, etag: createHash('sha256').update(text).digest('hex') };
  }

  public async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
    const file = this.file(key);
    await attempt(key, () => mkdir(path.dirname(file), { recursive: true }));
    if (condition && 'absent' in condition) {
      const written = await attempt(key, () => writeFile(file, body, { flag: 'wx' }).then(() => true), 'EEXIST');
      return written === true;
    }
    if (condition && (await this.read(key))?.etag !== condition.etag) return false;
    // Written beside and moved, so that a reader never meets half a document, nor two writers each other's.
    const half = `${file}.${randomUUID()}.half`;
    try {
      // On the disk before it is moved: a crash of the machine must leave the old document or the new one.
      await attempt(key, () => writeFile(half, body, { flush: true }).then(() => rename(half, file)));
    } catch (error) {
      await rm(half, { force: true }).catch(() => undefined);
      throw error;
    }
    return true;
  }

  public async remove(key: string): Promise<void> {
    await attempt(key, () => rm(this.file(key), { force: true }));
  }

  private file(key: string): string {
    return path.join(this.folder, ...key.split('/'));
  }
}

async function attempt<T>(key: string, work: () => Promise<T>, expected?: string): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (expected !== undefined && code === expected) return undefined;
    throw new LedgerError(key, code === undefined ? message : `${code}${REMEDIES[code] ?? ''}`);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: ': no space is left on the disk; make room for it',
  EDQUOT: ': the quota of the disk is used up; make room for it',
  EACCES: ': this user may not read and write the folder of the ledger; allow it',
  EROFS: ': the folder of the ledger cannot be written; choose another',
};
