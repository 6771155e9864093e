import { randomUUID } from 'node:crypto';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { CLOCKS_DIFFER, DAY, iso } from '../clock';
import type { Ledger } from './ledger';

/** No run is longer. */
export const LONGEST_RUN = DAY;

/**
 * The turn of the one run at work. It saves work, nothing more: two runs at once are as safe as one.
 */
export class Turn {
  private constructor(
    private readonly ledger: Ledger,
    private readonly mark: string,
  ) {}

  /**
   * @param expires when the turn lapses if nobody gives it back
   * @returns `undefined` when another run has it
   */
  public static async take(ledger: Ledger, now: number, expires: number): Promise<Turn | undefined> {
    const mark = JSON.stringify({ version: 1, run: randomUUID(), startedAt: iso(now), expiresAt: iso(expires) });
    const turn = new Turn(ledger, mark);
    if (await ledger.write(LEDGER.running, mark, { absent: true })) return turn;
    const held = await ledger.read(LEDGER.running);
    // Its answer was lost, and the write tried again.
    if (held?.text === mark) return turn;
    if (held && !lapsed(held.text, now)) return undefined;
    const taken = await ledger.write(LEDGER.running, mark, held ? { etag: held.etag } : { absent: true });
    return taken ? turn : undefined;
  }

  /** Whether another run has taken it over: this one went on beyond its time, as on a machine that slept. */
  public async isTakenOver(): Promise<boolean> {
    const held = await this.ledger.read(LEDGER.running);
    return held !== undefined && held.text !== this.mark;
  }

  /** Leaves the turn of whoever has taken it over to that one. */
  public async giveBack(): Promise<void> {
    if (!(await this.isTakenOver())) await this.ledger.remove(LEDGER.running);
  }
}

/** A mark that cannot be read, or believed, is as good as lapsed: it guards nothing that safety rests on. */
function lapsed(text: string, now: number): boolean {
  try {
    const { startedAt, expiresAt } = JSON.parse(text) as Record<string, string>;
    const began = Date.parse(startedAt as string);
    const until = Math.min(Date.parse(expiresAt as string), began + LONGEST_RUN);
    return !(until > now) || began > now + CLOCKS_DIFFER;
  } catch {
    return true;
  }
}
