import * as fc from 'fast-check';
import { type Condition, LedgerError, type Stored } from '../../engine/ledger/ledger';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { MemoryLedger } from '../engine/memory-ledger';

/** What lies there is spoilt by the time it is read, and stays so. */
const SPOILT: Readonly<Record<string, (text: string) => string | undefined>> = {
  'cut short': (text) => text.slice(0, text.length / 2),
  garbage: () => '\u0000',
  empty: () => '',
  'from a newer release': (text) => text.replace('"version":1', '"version":2'),
  // It wrote neither whose a document is, nor when announcements were made, nor whose a mark is.
  'from an older release': (text) =>
    text
      .replace(/"partition":"[^"]*","account":"[^"]*","region":"[^"]*",/, '')
      .replace(/"plannedAt":"[^"]*",(?="families")/, '')
      .replaceAll(/,"by":"[^"]*"/g, ''),
  'of another account': (text) => text.replace('"account":"111122223333"', '"account":"999999999999"'),
  'from a far future': (text) => text.replaceAll(/"(plannedAt|since|at|startedAt|expiresAt)":"20/g, '"$1":"21'),
  'without dates': (text) => text.replaceAll(/"(plannedAt|since|at|startedAt|expiresAt)":"[^"]*"/g, '"$1":null'),
  'of other settings': (text) => text.replace(/"settings":"[^"]*"/, '"settings":""'),
  vanished: () => undefined,
};

/** What happens to one call, and is over with it. */
const CALLS = ['read denied', 'read stale', 'write denied', 'write full', 'write lost', 'answer lost'] as const;

export const LEDGER_FAULTS = [...CALLS, ...Object.keys(SPOILT)];

export interface LedgerFault {
  readonly kind: string;
  readonly key: string;
  /** The how-manieth call of its kind on that document, from 1. */
  readonly nth: number;
}

export const DOCUMENTS = [
  LEDGER.state,
  LEDGER.announcements,
  LEDGER.unverified,
  LEDGER.running,
  LEDGER.stop,
  LEDGER.latestPlan,
];

export const ledgerFaults: fc.Arbitrary<LedgerFault[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...LEDGER_FAULTS),
    key: fc.constantFrom(...DOCUMENTS),
    nth: fc.integer({ min: 1, max: 6 }),
  }),
  { minLength: 1, maxLength: 5, size: 'max' },
);

/** A ledger in trouble, until it is mended. */
export class FaultyLedger extends MemoryLedger {
  readonly hits = new Map<string, number>();
  /** When the plans were made whose announcements have been kept. */
  readonly keptPlans = new Set<string>();
  private readonly counts = new Map<string, number>();
  private readonly earlier = new Map<string, Stored>();
  private mended = false;

  constructor(private readonly faults: readonly LedgerFault[]) {
    super();
  }

  mend(): void {
    this.mended = true;
  }

  override async read(key: string): Promise<Stored | undefined> {
    const kind = this.strike(key, 'read');
    if (kind === 'read denied') throw new LedgerError(key, 'AccessDenied: Access Denied');
    if (kind === 'read stale') return this.earlier.get(key);
    const known = this.documents.get(key);
    const spoil = kind === undefined ? undefined : SPOILT[kind];
    if (spoil && known) {
      const text = spoil(known.text);
      if (text === undefined) this.documents.delete(key);
      else this.documents.set(key, { text, etag: `${known.etag}, spoilt` });
    }
    return super.read(key);
  }

  override async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
    const kind = this.strike(key, 'write');
    if (kind === 'write denied') throw new LedgerError(key, 'AccessDenied: Access Denied');
    if (kind === 'write full') throw new LedgerError(key, 'ENOSPC');
    const known = this.documents.get(key);
    const written = await super.write(key, body, condition);
    if (!written) return false;
    if (known) this.earlier.set(key, known);
    if (kind === 'write lost') {
      if (known) this.documents.set(key, known);
      else this.documents.delete(key);
      return true;
    }
    if (key === LEDGER.announcements) this.keptPlans.add(JSON.parse(Buffer.from(body).toString()).plannedAt);
    if (kind === 'answer lost') throw new LedgerError(key, 'ECONNRESET');
    return true;
  }

  private strike(key: string, call: 'read' | 'write'): string | undefined {
    if (this.mended) return undefined;
    const count = (this.counts.get(`${call} ${key}`) ?? 0) + 1;
    this.counts.set(`${call} ${key}`, count);
    const ofWrites = ({ kind }: LedgerFault) => kind.startsWith('write') || kind === 'answer lost';
    const hit = this.faults.find((one) => one.key === key && one.nth === count && ofWrites(one) === (call === 'write'));
    if (hit) this.hits.set(hit.kind, (this.hits.get(hit.kind) ?? 0) + 1);
    return hit?.kind;
  }
}
