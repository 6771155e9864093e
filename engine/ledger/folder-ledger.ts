import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MINUTE } from '../clock';
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
    // Written beside and moved, so that a reader never meets half a document, nor two writers each other's.
    const half = `${file}.${randomUUID()}.half`;
    try {
      // On the disk before it is moved: a crash of the machine must leave the old document or the new one.
      await attempt(key, () => writeFile(half, body, { flush: true }));
      if (condition && 'absent' in condition) return await linked(key, half, file);
      if (condition) return await this.replace(key, half, condition.etag);
      await attempt(key, () => rename(half, file));
      return true;
    } finally {
      await rm(half, { force: true }).catch(() => undefined);
    }
  }

  public async remove(key: string): Promise<void> {
    await attempt(key, () => rm(this.file(key), { force: true }));
  }

  /** Of those that would replace the same version, the one that holds its claim may, and looks again before it does. */
  private async replace(key: string, half: string, etag: string): Promise<boolean> {
    const file = this.file(key);
    const claim = `${file}.${etag}.claim`;
    if (!(await linked(key, half, claim))) {
      // Its holder was killed: to hold one takes milliseconds.
      const held = await attempt(key, () => stat(claim), 'ENOENT');
      const isLeft = held !== undefined && (await stat(half)).mtimeMs - held.mtimeMs > MINUTE;
      if (isLeft) await attempt(key, () => rm(claim, { force: true }));
      if (!isLeft || !(await linked(key, half, claim))) return false;
    }
    try {
      if ((await this.read(key))?.etag !== etag) return false;
      await attempt(key, () => rename(half, file));
      return true;
    } finally {
      await rm(claim, { force: true }).catch(() => undefined);
    }
  }

  private file(key: string): string {
    return path.join(this.folder, ...key.split('/'));
  }
}

/** Gives a file that is whole a second name, if that is free. */
async function linked(key: string, half: string, name: string): Promise<boolean> {
  return (await attempt(key, () => link(half, name).then(() => true), 'EEXIST')) === true;
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
  EPERM: ': the folder of the ledger does not allow it, or its file system has no hard links; choose another',
  EROFS: ': the folder of the ledger cannot be written; choose another',
};
