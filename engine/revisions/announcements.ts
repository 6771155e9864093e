import type { PrunePlan } from '../../lib/contract/prune-plan';

/** Revisions from `from` to `to` of a family, announced at the same time and by every plan since. */
export interface AnnouncedSpan {
  readonly from: number;
  readonly to: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** The newest revision of a family that is known to be so old. What came before it is older. */
export interface KnownAge {
  readonly revision: number;
  readonly registeredAt: number;
}

/** What earlier plans announced, by family. */
export interface Announcements {
  readonly spans: ReadonlyMap<string, readonly AnnouncedSpan[]>;
  readonly ages: ReadonlyMap<string, KnownAge>;
}

const NONE: Announcements = { spans: new Map(), ages: new Map() };

/** When a revision was first announced, if every plan since has agreed. */
export function announcedSince(announcements: Announcements, family: string, revision: number): number | undefined {
  // Few spans a family: a plan changes them at its boundary only.
  return announcements.spans.get(family)?.find(({ from, to }) => from <= revision && revision <= to)?.since;
}

/** What a plan announces: all it would let go, now or later. What it does not name is withdrawn. */
export function announcementsOf(
  plan: PrunePlan,
  ages: ReadonlyMap<string, KnownAge>,
  before: Announcements = NONE,
): Announcements {
  const spans = new Map<string, readonly AnnouncedSpan[]>();
  for (const { family, verdicts } of plan.families) {
    const announced = verdicts.filter(({ since }) => since !== undefined);
    if (announced.length > 0) {
      const now = announced.map(({ from, to, since }) => ({ from, to, since: Date.parse(since as string) }));
      const earlier = before.spans.get(family);
      spans.set(family, earlier && alike(earlier, now) ? earlier : now);
    }
  }
  return { spans, ages };
}

/** From one plan to the next little changes: what is alike is kept once. */
function alike(some: readonly AnnouncedSpan[], others: readonly AnnouncedSpan[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ from, to, since }, index) => {
      const other = others[index];
      return from === other?.from && to === other.to && since === other.since;
    })
  );
}

/** When the first announced revision may go, of those that may go after `from`; `undefined` when there is none. */
export function firstDue(
  announcements: Announcements,
  noticePeriod: number,
  from = Number.NEGATIVE_INFINITY,
): number | undefined {
  let first: number | undefined;
  for (const spans of announcements.spans.values()) {
    for (const { since } of spans) {
      const due = since + noticePeriod;
      if (due > from && (first === undefined || due < first)) first = due;
    }
  }
  return first;
}
