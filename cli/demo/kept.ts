import { parseRevision } from '../../lib/contract/arn';
import type { PrunePlan, Verdict } from '../../lib/contract/prune-plan';
import type { NotableRevision } from '../../simulator/account';
import type { Ink } from './ink';
import { wrap } from './words';

/** A revision that had to stay: what it is needed for, and what the plan says of it. */
export interface Kept extends NotableRevision {
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly isActive: boolean;
}

/** The account's own notes beside what the last plan says, and the first, if that was to let it go. */
export function keptOf(
  notable: readonly NotableRevision[],
  plans: readonly PrunePlan[],
  active: ReadonlySet<string>,
): readonly Kept[] {
  return notable.map(({ revision, why }) => {
    const first = verdictOn(revision, plans[0]);
    const { reason = 'no verdict', evidence = [] } = verdictOn(revision, plans.at(-1)) ?? {};
    const before =
      first?.reason === 'announced' ? [`announced at first: ${first.evidence?.join(', ') ?? 'nothing kept it then'}`] : [];
    return { revision, why, verdict: reason, evidence: [...evidence, ...before], isActive: active.has(revision) };
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

/** `a: x`, `a: y`, `and 2 more` become `a: x, y, and 2 more`. */
export function groupedEvidence(evidence: readonly string[]): string[] {
  const groups: { readonly subject: string; readonly details: string[] }[] = [];
  for (const piece of evidence) {
    const colon = piece.lastIndexOf(': ');
    const subject = colon < 0 ? '' : piece.slice(0, colon);
    const isRest = /^and \d+ more$/.test(piece);
    const group = isRest ? groups.at(-1) : groups.find((known) => known.subject === subject);
    const detail = colon < 0 ? piece : piece.slice(colon + 2);
    if (group) group.details.push(detail);
    else groups.push({ subject, details: [detail] });
  }
  return groups.map(({ subject, details }) => (subject === '' ? details.join(', ') : `${subject}: ${details.join(', ')}`));
}
