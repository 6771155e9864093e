import { parseRevision } from '../../lib/contract/arn';
import type { PrunePlan, Verdict } from '../../lib/contract/prune-plan';
import type { NotableRevision } from '../../simulator/account';
import type { Ink } from './ink';
import type { LastLook } from './story';
import { wrap } from './words';

/** A revision that had to stay: what it is needed for, and what the plan says of it. */
export interface Kept extends NotableRevision {
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly isActive: boolean;
}

/** The account's own notes beside the verdicts of a plan. */
export function keptOf(
  notable: readonly NotableRevision[],
  plan: PrunePlan,
  lastLooks: readonly LastLook[],
  active: ReadonlySet<string>,
): readonly Kept[] {
  return notable.map(({ revision, why }) => {
    const { reason = 'no verdict', evidence = [] } = verdictOn(revision, plan) ?? {};
    const late = lastLooks.some((look) => look.revision === revision);
    return {
      revision,
      why,
      verdict: reason,
      evidence: late ? [...evidence, 'announced first; kept by the look right before its act'] : evidence,
      isActive: active.has(revision),
    };
  });
}

function verdictOn(name: string, plan: PrunePlan): Verdict | undefined {
  const revision = parseRevision(name);
  const family = plan.families.find((candidate) => candidate.family === revision?.family);
  return family?.verdicts.find(({ from, to }) => revision && from <= revision.revision && revision.revision <= to);
}

/** One block a revision: what the account knows, then what the plan says. */
export function keptLines(kept: readonly Kept[], ink: Ink, width: number): string[] {
  const name = Math.max(...kept.map(({ revision }) => revision.length)) + 2;
  const reason = Math.max(...kept.map(({ verdict }) => verdict.length)) + 2;
  return kept.flatMap(({ revision, why, verdict, evidence, isActive }) => {
    const said = wrap(evidence.join(', ') || why, width - 4 - reason);
    const [first = '', ...rest] = wrap(why, width - 4 - name);
    return [
      `${isActive ? ink.good('✓') : ink.bad('✗')} ${ink.strong(revision.padEnd(name))}${first}`,
      ...rest.map((line) => `  ${' '.repeat(name)}${line}`),
      ...said.map((line, index) => `  ${ink.good((index === 0 ? verdict : '').padEnd(reason))}${ink.faint(line)}`),
    ].map((line) => `  ${line}`.trimEnd());
  });
}
