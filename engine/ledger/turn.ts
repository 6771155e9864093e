import { LEDGER } from '../../lib/contract/ledger-keys';
import { iso } from '../clock';
import type { Ledger } from './ledger';

/**
 * Takes the turn of the one run at work; `false` when another run has it.
 * It saves work, nothing more: two runs at once are as safe as one.
 *
 * @param expires when the turn lapses if nobody gives it back
 */
export async function takeTurn(ledger: Ledger, now: number, expires: number): Promise<boolean> {
  const mark = JSON.stringify({ version: 1, startedAt: iso(now), expiresAt: iso(expires) });
  if (await ledger.write(LEDGER.running, mark, { absent: true })) return true;
  const held = await ledger.read(LEDGER.running);
  if (!held) return ledger.write(LEDGER.running, mark, { absent: true });
  return lapsed(held.text, now) ? ledger.write(LEDGER.running, mark, { etag: held.etag }) : false;
}

export async function giveTurnBack(ledger: Ledger): Promise<void> {
  await ledger.remove(LEDGER.running);
}

/** A mark that cannot be read is as good as lapsed: it guards nothing that safety rests on. */
function lapsed(text: string, now: number): boolean {
  try {
    const until = Date.parse((JSON.parse(text) as { expiresAt: string }).expiresAt);
    return !(until > now);
  } catch {
    return true;
  }
}
