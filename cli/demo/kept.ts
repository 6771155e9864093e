import { parseRevision } from '../../lib/contract/arn';
import type { PrunePlan, Verdict } from '../../lib/contract/prune-plan';
import { ALL_REFERRERS, REFERRERS, type Referrer } from '../../lib/contract/referrers';
import type { NotableRevision } from '../../simulator/account';
import type { Ink } from './ink';
import { wrap } from './words';

export interface Needed extends NotableRevision {
  /** Who needs it, if it is not ECS itself. */
  readonly kind?: Referrer;
}

/** A revision that had to stay: what it is needed for, and what the plan says of it. */
export interface Kept extends Needed {
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly isActive: boolean;
}

/** The account's own notes beside what the last plan says, and the first, if that was to let it go. */
export function keptOf(notable: readonly Needed[], plans: readonly PrunePlan[], active: ReadonlySet<string>): readonly Kept[] {
  return notable.map(({ revision, why, kind }) => {
    const first = verdictOn(revision, plans[0]);
    const { reason = 'no verdict', evidence = [] } = verdictOn(revision, plans.at(-1)) ?? {};
    const before =
      first?.reason === 'announced' ? [`announced at first: ${first.evidence?.join(', ') ?? 'nothing kept it then'}`] : [];
    const found = { verdict: reason, evidence: [...evidence, ...before], isActive: active.has(revision) };
    return { revision, why, ...found, ...(kind ? { kind } : {}) };
  });
}

function verdictOn(name: string, plan: PrunePlan | undefined): Verdict | undefined {
  const revision = parseRevision(name);
  const family = plan?.families.find((candidate) => candidate.family === revision?.family);
  return family?.verdicts.find(({ from, to }) => revision && from <= revision.revision && revision.revision <= to);
}

/** One block a revision: name and verdict, what the account knows, what the plan found. */
export function keptLines(kept: readonly Kept[], ink: Ink, width: number): string[] {
  return kept.flatMap(({ revision, why, verdict, evidence, isActive }) => [
    `  ${isActive ? ink.good('✓') : ink.bad('✗ GONE')} ${ink.strong(revision)}  ${isActive ? ink.good(verdict) : verdict}`,
    ...wrap(why, width - 6).map((line) => `    ${line}`),
    ...groupedEvidence(evidence).flatMap((line) => wrap(line, width - 6).map((part) => ink.faint(`    ${part}`))),
  ]);
}

/** The same, kind by kind. */
export function elsewhereLines(kept: readonly Kept[], ink: Ink, width: number): string[] {
  return ALL_REFERRERS.flatMap((kind) => {
    const ofKind = kept.filter((one) => one.kind === kind);
    return ofKind.length === 0 ? [] : [`  ${ink.strong(REFERRERS[kind].name)}`, ...keptLines(ofKind, ink, width), ''];
  });
}

/** `a: x`, `a: y`, `and 2 more` become `a: x, y, and 2 more`; where there is no colon, the last comma is one. */
export function groupedEvidence(evidence: readonly string[]): string[] {
  const groups: { readonly subject: string; readonly details: string[] }[] = [];
  for (const piece of evidence) {
    const end = Math.max(piece.lastIndexOf(': '), piece.includes(': ') ? -1 : piece.lastIndexOf(', '));
    const subject = end < 0 ? '' : piece.slice(0, end);
    const isRest = /^and \d+ more$/.test(piece);
    const group = isRest ? groups.at(-1) : groups.find((known) => known.subject === subject);
    const detail = end < 0 ? piece : piece.slice(end + 2);
    if (group) group.details.push(detail);
    else groups.push({ subject, details: [detail] });
  }
  return groups.map(({ subject, details }) => (subject === '' ? details.join(', ') : `${subject}: ${details.join(', ')}`));
}
