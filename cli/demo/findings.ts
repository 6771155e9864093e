import type { Ink } from './ink';
import type { Finding } from './oracle';
import { count, hanging } from './words';

/** One line a finding: all must be 0. */
export function findingLines(subject: string, findings: readonly Finding[], ink: Ink, width: number): string[] {
  return findings.flatMap(({ what, found, examples }) => {
    const examined = found === 0 ? '' : `: ${examples.join(', ')}${found > examples.length ? ', …' : ''}`;
    const mark = found === 0 ? ink.good('✓ 0') : ink.bad(`✗ ${count(found)}`);
    return hanging(`  ${mark} `, `${subject} ${what}${examined}`, width, (line) => (found === 0 ? line : ink.bad(line)));
  });
}

export function failures(findings: readonly Finding[]): number {
  return findings.filter(({ found }) => found > 0).length;
}
