import { type Environment, revisionName } from '../../lib/contract/arn';
import { shown } from '../../lib/contract/fault';
import { LEDGER } from '../../lib/contract/ledger-keys';
import type { PrunePlan } from '../../lib/contract/prune-plan';
import { iso } from '../clock';
import type { ActResult } from '../revisions/act';
import type { AnnouncedSpan, Announcements, KnownAge } from '../revisions/announcements';
import type { Sighting } from '../revisions/guards';
import type { Act } from '../revisions/verify';
import { type Condition, type Ledger, LedgerError } from './ledger';

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

/** What earlier plans announced, as the ledger holds it. */
export interface KeptAnnouncements extends Announcements {
  /** When the last of these plans was made; unknown of the first releases' documents. */
  readonly plannedAt?: number;
  /** Holds while this is still what the ledger holds. */
  readonly unchanged: Condition;
}

/** Acts that wait for verification, as the ledger holds them. */
export interface KeptActs {
  readonly acts: readonly Act[];
  readonly unchanged: Condition;
}

const VERSION = 1;

export async function readState(ledger: Ledger, here: Environment): Promise<PrunerState | undefined> {
  const found = await read(ledger, LEDGER.state, here);
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

export async function writeState(
  ledger: Ledger,
  here: Environment,
  { dueAt, verifyAt, sightings, ...state }: PrunerState,
): Promise<void> {
  await write(ledger, LEDGER.state, {
    ...placed(here),
    settings: state.settings,
    plannedAt: iso(state.plannedAt),
    ...(dueAt === undefined ? {} : { dueAt: iso(dueAt) }),
    ...(verifyAt === undefined ? {} : { verifyAt: iso(verifyAt) }),
    sightings: sightings.map((sighting) => ({ ...sighting, at: iso(sighting.at) })),
  });
}

export async function readAnnouncements(ledger: Ledger, here: Environment): Promise<KeptAnnouncements> {
  const found = await read(ledger, LEDGER.announcements, here);
  const spans = new Map<string, AnnouncedSpan[]>();
  const ages = new Map<string, KnownAge>();
  if (!found) return { spans, ages, unchanged: { absent: true } };
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
  const { plannedAt } = found.body;
  const planned = plannedAt === undefined ? {} : { plannedAt: found.time(plannedAt) };
  return { spans, ages, ...planned, unchanged: { etag: found.etag } };
}

/**
 * Puts the announcements in the place of those that they follow. Each is made from the one before it, or an agreement of
 * every plan since would be claimed that nobody has looked for.
 *
 * @returns `false` when others lie there by now
 */
export function writeAnnouncements(
  ledger: Ledger,
  here: Environment,
  announcements: Announcements,
  { plannedAt, after }: { readonly plannedAt: number; readonly after: Condition },
): Promise<boolean> {
  return ledger.write(
    LEDGER.announcements,
    bytesOf(() => announcementParts(here, announcements, plannedAt)),
    after,
  );
}

function* announcementParts(here: Environment, { spans, ages }: Announcements, plannedAt: number): Generator<string> {
  const head = { version: VERSION, ...placed(here), plannedAt: iso(plannedAt) };
  yield `${JSON.stringify(head).slice(0, -1)},"families":{`;
  yield* members(spans, (given) => given.map((span) => ({ ...span, since: iso(span.since) })));
  yield '},"ages":{';
  yield* members(ages, (age) => ({ ...age, registeredAt: iso(age.registeredAt) }));
  yield '}}';
}

export async function readUnverified(ledger: Ledger, here: Environment): Promise<KeptActs> {
  const found = await read(ledger, LEDGER.unverified, here);
  if (!found) return { acts: [], unchanged: { absent: true } };
  const acts = found.list(found.body.acts).map((act) => ({
    family: found.text(act.family),
    revision: found.count(act.revision),
    at: found.time(act.at),
    ...(act.begun === true ? { begun: true, ...(act.by === undefined ? {} : { by: found.text(act.by) }) } : {}),
  }));
  return { acts, unchanged: { etag: found.etag } };
}

/** @returns `false` when others have written since */
export function writeUnverified(ledger: Ledger, here: Environment, { acts, unchanged }: KeptActs): Promise<boolean> {
  const written = acts.map((act) => ({ ...act, at: iso(act.at) }));
  return write(ledger, LEDGER.unverified, { ...placed(here), acts: written }, unchanged);
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

function write(ledger: Ledger, key: string, body: object, condition?: Condition): Promise<boolean> {
  return ledger.write(key, JSON.stringify({ version: VERSION, ...body }), condition);
}

/** Whose document it is. */
function placed({ partition, account, region }: Environment): Environment {
  return { partition, account, region };
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
  readonly etag: string;
  text(value: unknown): string;
  time(value: unknown): number;
  count(value: unknown): number;
  record(value: unknown): Fields;
  list(value: unknown): Fields[];
}

/** What goes with a document when it is removed. */
const LOST: Readonly<Record<string, string>> = {
  [LEDGER.state]: 'nothing is lost but the notice already given',
  [LEDGER.announcements]: 'nothing is lost but the notice already given',
  [LEDGER.unverified]: 'nothing is lost but the verification of the deregistrations in it',
};

/** A document that no run can use, and what to do about it. */
export function unusableDocument(key: string, why: string): LedgerError {
  return new LedgerError(key, `${why}; remove the document to begin anew: ${LOST[key]}`);
}

async function read(ledger: Ledger, key: string, here: Environment): Promise<Reading | undefined> {
  const stored = await ledger.read(key);
  if (!stored) return undefined;
  const unusable = (why: string): never => {
    throw unusableDocument(key, why);
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
  for (const part of ['partition', 'account', 'region'] as const) {
    // The first releases did not write whose document it is.
    if (body[part] === undefined || body[part] === here[part]) continue;
    unusable(`is of ${part} ${shown(body[part])}, and this run of ${here[part]}: each needs a ledger of its own`);
  }
  return {
    body,
    etag: stored.etag,
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
