import type { Finding } from './examine';
import { grouped } from './grouped';

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly { readonly Effect: 'Allow'; readonly Action: string[]; readonly Resource: string[] }[];
}

/** A right that is not there, or of which it could not be told. A closed door is none: a policy would not open it. */
export function isMissing({ status }: Finding): boolean {
  return status === 'DENIED' || status === 'UNCLEAR' || status === 'NOT_ASKED';
}

/** The statements that give these rights, one for each set of resources. */
export function policyFor(findings: readonly Finding[]): PolicyDocument {
  const byResources = grouped(findings, ({ resources }) => resources.join(' '));
  const Statement = [...byResources.values()].map((alike) => ({
    Effect: 'Allow' as const,
    Action: alike.map(({ action }) => action),
    Resource: [...(alike[0]?.resources ?? [])],
  }));
  return { Version: '2012-10-17', Statement };
}
