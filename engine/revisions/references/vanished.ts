import { IncompleteScan } from '../../incomplete-scan';
import type { Json } from './referrer';

/** A list, empty where the service says by one of these errors that what it belongs to has vanished since. */
export async function listUnlessGone(list: Promise<readonly Json[]>, gone: readonly string[]): Promise<readonly Json[]> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof IncompleteScan && gone.includes(error.code ?? '')) return [];
    throw error;
  }
}
