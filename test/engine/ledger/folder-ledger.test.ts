import fs, { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FolderLedger } from '../../../engine/ledger/folder-ledger';
import { LedgerError } from '../../../engine/ledger/ledger';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ledger-'));
});
afterEach(() => rm(folder, { recursive: true }));
const ledger = () => new FolderLedger(path.join(folder, 'new'));

test('keeps documents in folders, gives them back, and forgets them', async () => {
  expect(await ledger().read('plans/a.json')).toBeUndefined();
  expect(await ledger().write('plans/a.json', 'one')).toBe(true);
  expect(await ledger().write('plans/a.json', 'zwölf')).toBe(true);
  expect((await ledger().read('plans/a.json'))?.text).toBe('zwölf');
  expect(await readdir(path.join(folder, 'new', 'plans'))).toEqual(['a.json']);
  await ledger().remove('plans/a.json');
  await ledger().remove('plans/a.json');
  expect(await ledger().read('plans/a.json')).toBeUndefined();
});

test('writes on a condition only while it holds', async () => {
  expect(await ledger().write('a', 'one', { absent: true })).toBe(true);
  expect(await ledger().write('a', 'two', { absent: true })).toBe(false);
  const { etag } = (await ledger().read('a')) as { etag: string };
  expect(await ledger().write('a', 'three', { etag })).toBe(true);
  expect(await ledger().write('a', 'four', { etag })).toBe(false);
  expect(await ledger().write('gone', 'four', { etag })).toBe(false);
  expect((await ledger().read('a'))?.text).toBe('three');
});

test('of many runs that want to be the first, one is', async () => {
  const firsts = await Promise.all([1, 2, 3, 4].map((run) => ledger().write('running.json', `${run}`, { absent: true })));
  expect(firsts.filter(Boolean)).toHaveLength(1);
});

test('P-12: of many runs that replace the same version at the same time, one does', async () => {
  await ledger().write('unverified.json', 'before');
  const { etag } = (await ledger().read('unverified.json')) as { etag: string };
  const texts = Array.from({ length: 20 }, (_, place) => `after ${place}`);
  const written = await Promise.all(texts.map((text) => ledger().write('unverified.json', text, { etag })));
  expect(written.filter(Boolean)).toHaveLength(1);
  expect((await ledger().read('unverified.json'))?.text).toBe(texts[written.indexOf(true)]);
  expect(await readdir(path.join(folder, 'new'))).toEqual(['unverified.json']);
});

test('P-14: a run that was killed while it replaced a document keeps no later one from it', async () => {
  await ledger().write('unverified.json', 'before');
  const { etag } = (await ledger().read('unverified.json')) as { etag: string };
  const claim = path.join(folder, 'new', `unverified.json.${etag}.claim`);
  await writeFile(claim, '');
  expect(await ledger().write('unverified.json', 'after', { etag })).toBe(false);
  const before = Date.now() / 1000 - 120;
  await utimes(claim, before, before);
  expect(await ledger().write('unverified.json', 'after', { etag })).toBe(true);
  expect(await readdir(path.join(folder, 'new'))).toEqual(['unverified.json']);
});

test('P-14: a document is not there or whole, whenever its first writer is killed', async () => {
  const whole = 'x'.repeat(30_000_000);
  let isWritten = false;
  const writing = ledger()
    .write('announcements.json', whole, { absent: true })
    .finally(() => {
      isWritten = true;
    });
  const sizes = new Set<number>();
  while (!isWritten) sizes.add((await ledger().read('announcements.json'))?.text.length ?? whole.length);
  await writing;
  expect([...sizes]).toEqual([whole.length]);
});

test('two writes of one document at the same time leave one of them, whole, and no half behind', async () => {
  const texts = Array.from({ length: 20 }, (_, place) => String(place).repeat(10_000));
  await Promise.all(texts.map((text) => ledger().write('unverified.json', text)));
  expect(texts).toContain((await ledger().read('unverified.json'))?.text);
  expect(await readdir(path.join(folder, 'new'))).toEqual(['unverified.json']);
});

test('P-14: on a full disk the document of before stays whole, no half is left, and the message says what to do', async () => {
  await ledger().write('state.json', 'before');
  const { rename } = fs;
  fs.rename = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  await expect(ledger().write('state.json', 'after')).rejects.toThrow(
    'ledger, state.json: ENOSPC: no space is left on the disk; make room for it',
  );
  fs.rename = rename;
  expect((await ledger().read('state.json'))?.text).toBe('before');
  expect(await readdir(path.join(folder, 'new'))).toEqual(['state.json']);
});

test('what cannot be read or written is an error that names the document, never "nothing there"', async () => {
  await mkdir(path.join(folder, 'new', 'state.json'), { recursive: true });
  await expect(ledger().read('state.json')).rejects.toThrow('ledger, state.json: EISDIR');
  await writeFile(path.join(folder, 'new', 'plans'), '');
  await expect(ledger().write('plans/a.json', '')).rejects.toThrow(LedgerError);
});
