import { revisionName } from '../../lib/contract/arn';
import { shown } from '../../lib/contract/fault';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import { iso } from '../clock';
import type { ActResult } from '../revisions/act';
import type { AnnouncedSpan, Announcements, KnownAge } from '../revisions/announcements';
import type { Sighting } from '../revisions/guards';
import type { Act } from '../revisions/verify';
import { type Ledger, LedgerError } from './ledger';

/** The small state that a tick reads first, to see whether there is anything to do. */
export interface PrunerState {
  /** Digest of the settings that the last plan was made with. */
  readonly settings: string;
  readonly plannedAt: number;
  /** When the first announced revision may go. */
  readonly dueAt?: number;
  /** When the first deregistration can be verified. */
  readonly verifyAt?: number;
  readonly sightings: readonly Sighting[];
}

const VERSION = 1;

export async function readState(ledger: Ledger): Promise<PrunerState | undefined> {
  const found = await read(ledger, LEDGER.state);
  if (!found) return undefined;
  const { dueAt, verifyAt } = found.body;
  return {
    settings: found.text(found.body.settings),
    plannedAt: found.time(found.body.plannedAt),
    ...(dueAt === undefined ? {} : { dueAt: found.time(dueAt) }),
    ...(verifyAt === undefined ? {} : { verifyAt: found.time(verifyAt) }),
    sightings: found.list(found.body.sightings).map((sighting) => ({
      at: found.time(sighting.at),
      clusters: found.count(sighting.clusters),
      services: found.count(sighting.services),
    })),
  };
}

export async function writeState(ledger: Ledger, { dueAt, verifyAt, sightings, ...state }: PrunerState): Promise<void> {
  await write(ledger, LEDGER.state, {
    settings: state.settings,
    plannedAt: iso(state.plannedAt),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    ...(verifyAt === undefined ? {} : { verifyAt: iso(verifyAt) }),
    sightings: sightings.map((sighting) => ({ ...sighting, at: iso(sighting.at) })),
  });
}

export async function readAnnouncements(ledger: Ledger): Promise<Announcements> {
  const found = await read(ledger, LEDGER.announcements);
  const spans = new Map<string, AnnouncedSpan[]>();
  const ages = new Map<string, KnownAge>();
  if (!found) return { spans, ages };
  for (const [family, given] of Object.entries(found.record(found.body.families))) {
    spans.set(
      family,
      found.list(given).map((span) => ({
        from: found.count(span.from),
        to: found.count(span.to),
        since: found.time(span.since),
      })),
    );
  }
  for (const [family, given] of Object.entries(found.record(found.body.ages))) {
    const age = found.record(given);
    ages.set(family, { revision: found.count(age.revision), registeredAt: found.time(age.registeredAt) });
  }
  return { spans, ages };
}

export async function writeAnnouncements(ledger: Ledger, { spans, ages }: Announcements): Promise<void> {
  const bytes = bytesOf(() => announcementParts({ spans, ages }));
  await ledger.write(LEDGER.announcements, bytes);
}

function* announcementParts({ spans, ages }: Announcements): Generator<string> {
  yield `{"version":${VERSION},"families":{`;
  yield* members(spans, (given) => given.map((span) => ({ ...span, since: iso(span.since) })));
  yield '},"ages":{';
  yield* members(ages, (age) => ({ ...age, registeredAt: iso(age.registeredAt) }));
  yield '}}';
}

export async function readUnverified(ledger: Ledger): Promise<Act[]> {
  const found = await read(ledger, LEDGER.unverified);
  if (!found) return [];
  return found.list(found.body.acts).map((act) => ({
    family: found.text(act.family),
    revision: found.count(act.revision),
    at: found.time(act.at),
    ...(act.begun === true ? { begun: true } : {}),
  }));
}

export async function writeUnverified(ledger: Ledger, acts: readonly Act[]): Promise<void> {
  await write(ledger, LEDGER.unverified, { acts: acts.map((act) => ({ ...act, at: iso(act.at) })) });
}

/** Writes a plan under its time and as the newest, and gives its key. */
export async function writePlan(ledger: Ledger, plan: PrunePlan): Promise<string> {
  const key = keyOf(LEDGER.plans, plan.at);
  const bytes = bytesOf(() => planParts(plan));
  await ledger.write(key, bytes);
  await ledger.write(LEDGER.latestPlan, bytes);
  return key;
}

/** Writes what became of the plan made at that time. */
export async function writeResult(ledger: Ledger, at: string, { deregistered, ...result }: ActResult): Promise<void> {
  const acts = deregistered.map((done) => ({ revision: revisionName(done), at: iso(done.at) }));
  await write(ledger, keyOf(LEDGER.results, at), { ...result, deregistered: acts });
}

/** The time without colons, which not every file system takes in a name. */
function keyOf(folder: string, at: string): string {
  return `${folder}${at.replaceAll(':', '-')}.json`;
}

async function write(ledger: Ledger, key: string, body: object): Promise<void> {
  await ledger.write(key, JSON.stringify({ version: VERSION, ...body }));
}

/** What `JSON.stringify(plan)` says. */
function* planParts({ families, ...rest }: PrunePlan): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"families":[`;
  let comma = '';
  for (const family of families) {
    yield comma + JSON.stringify(family);
    comma = ',';
  }
  yield ']}';
}

function* members<T>(map: ReadonlyMap<string, T>, written: (value: T) => object): Generator<string> {
  let comma = '';
  for (const [name, value] of map) {
    yield `${comma}${JSON.stringify(name)}:${JSON.stringify(written(value))}`;
    comma = ',';
  }
}

/**
 * A document as bytes, made part by part: a hundred thousand families take 34 MB, and a function of 256 MB has no room for
 * their text, or for another form of them, beside what it plans with.
 */
function bytesOf(parts: () => Iterable<string>): Uint8Array {
  let size = 0;
  for (const part of parts()) size += Buffer.byteLength(part);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts()) at += bytes.write(part, at);
  return bytes;
}

type Fields = Readonly<Record<string, unknown>>;

/** A document read field by field; the first that does not fit is named. */
interface Reading {
  readonly body: Fields;
  text(value: unknown): string;
  time(value: unknown): number;
  count(value: unknown): number;
  record(value: unknown): Fields;
  list(value: unknown): Fields[];
}

async function read(ledger: Ledger, key: string): Promise<Reading | undefined> {
  const stored = await ledger.read(key);
  if (!stored) return undefined;
  const unusable = (why: string): never => {
    throw new LedgerError(key, `${why}; remove the document to begin anew: nothing is lost but the notice already given`);
  };
  const record = (value: unknown): Fields =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : unusable('is not as written');
  let parsed: unknown;
  try {
    parsed = JSON.parse(stored.text);
  } catch {
    unusable('is no JSON');
  }
  const body = record(parsed);
  if (body.version !== VERSION) unusable(`has version ${shown(body.version)}, and this release knows ${VERSION}`);
  return {
    body,
    record,
    text: (value) => (typeof value === 'string' ? value : unusable('is not as written')),
    time: (value) => {
      const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      return Number.isFinite(time) ? time : unusable('is not as written');
    },
    count: (value) =>
      Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : unusable('is not as written'),
    list: (value) => (Array.isArray(value) ? value.map(record) : unusable('is not as written')),
  };
}
