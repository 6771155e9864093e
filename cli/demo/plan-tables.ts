import { type FamilyPlan, type PrunePlan, type PruneReason, REASONS } from '../../lib/contract/prune-plan';
import type { Ink } from './ink';
import { plainTable, ruledTable } from './tables';
import { count, NARROW, wrap } from './words';

/** The columns of the table: reasons that say much the same share one. */
const COLUMNS: readonly { readonly head: string; readonly reasons: readonly PruneReason[] }[] = [
  { head: 'newest', reasons: ['newest', 'latest'] },
  { head: 'in use', reasons: ['referenced'] },
  { head: 'young', reasons: ['too-young'] },
  { head: 'exempt', reasons: ['not-managed', 'out-of-scope', 'opted-out'] },
  { head: 'goes', reasons: ['announced', 'superseded'] },
];

const NARROW_COLUMNS: typeof COLUMNS = [
  { head: 'stays', reasons: COLUMNS.slice(0, -1).flatMap(({ reasons }) => reasons) },
  { head: 'goes', reasons: COLUMNS.slice(-1).flatMap(({ reasons }) => reasons) },
];

type Counts = Readonly<Partial<Record<PruneReason, number>>>;

/** The plan family by family, the families that lose most first. */
export function familiesTable(plan: PrunePlan, ink: Ink, width: number, most = 10): string[] {
  const [head, columns] = width < NARROW ? [[], NARROW_COLUMNS] : [['ACTIVE'], COLUMNS];
  const families = plan.families
    .map((family) => ({ name: family.family, counts: countsOf([family]) }))
    .sort((a, b) => going(b.counts) - going(a.counts) || (a.name < b.name ? -1 : 1));
  const shown = families.slice(0, most);
  const rest = families.slice(most).map(({ counts }) => counts);
  const rows = shown.map(({ name, counts }) => row(name, counts, columns, ink));
  if (rest.length > 0) rows.push(row(`${rest.length} more families`, sum(rest), columns, ink));
  return ruledTable(
    [
      ['family', ...head, ...columns.map((column) => column.head)].map((name) => ink.faint(name)),
      ...rows,
      row(`${plan.families.length} families`, plan.totals.byReason, columns, ink),
    ],
    ['left', ...[...head, ...columns].map(() => 'right' as const)],
    { sumsUp: true },
  );
}

/** Who was asked, and how many there are. */
export function examinedTable({ examined }: PrunePlan, ink: Ink, width: number): string[] {
  const rows = examined.map(({ kind, found }) => [found === 0 ? ink.faint('0') : count(found), kind]);
  return plainTable(rows, [{ alignment: 'right' }, { width: Math.min(72, width - 13) }]);
}

/** Who was not asked, and why. */
export function notExaminedLines({ notExamined }: PrunePlan, width: number): string[] {
  return notExamined.flatMap(({ kind, why }) => wrap(`Not examined (${why}): ${kind}.`, width - 4)).map((line) => `  ${line}`);
}

/** Every reason of the plan with its number and its meaning. */
export function reasonsTable({ totals }: PrunePlan, ink: Ink, width: number): string[] {
  const reasons = (Object.keys(REASONS) as PruneReason[]).filter((reason) => totals.byReason[reason]);
  const rows = reasons.map((reason) => [
    count(totals.byReason[reason] ?? 0),
    isGoing(reason) ? ink.goes(reason) : reason,
    REASONS[reason],
  ]);
  return plainTable(rows, [{ alignment: 'right' }, {}, { width: Math.min(72, width - 25) }]);
}

function row(name: string, counts: Counts, columns: typeof COLUMNS, ink: Ink): string[] {
  const cells = columns.map(({ reasons }) => {
    const cell = number(reasons.reduce((total, reason) => total + (counts[reason] ?? 0), 0));
    return reasons.some(isGoing) ? ink.goes(cell) : cell;
  });
  const all = columns === COLUMNS ? [number(Object.values(counts).reduce((total, value) => total + value, 0))] : [];
  return [name, ...all, ...cells];
}

function number(value: number): string {
  return value === 0 ? '·' : count(value);
}

function isGoing(reason: PruneReason): boolean {
  return reason === 'announced' || reason === 'superseded';
}

function going(counts: Counts): number {
  return (counts.announced ?? 0) + (counts.superseded ?? 0);
}

function countsOf(families: readonly FamilyPlan[]): Counts {
  return sum(families.flatMap(({ verdicts }) => verdicts.map(({ reason, count: revisions }) => ({ [reason]: revisions }))));
}

function sum(counts: readonly Counts[]): Counts {
  const total: Partial<Record<PruneReason, number>> = {};
  for (const each of counts) {
    for (const [reason, value] of Object.entries(each) as [PruneReason, number][]) {
      total[reason] = (total[reason] ?? 0) + value;
    }
  }
  return total;
}
