import { isExactFamily, matchesFamily } from '../../lib/contract/family-pattern';
import type { PruneRequest } from '../../lib/contract/prune-request';
import type { PruneRuleSettings, PruneSettings } from '../../lib/contract/prune-settings';

/** The rule that decides on a family, or why none does. */
export type Scope = { readonly rule: number } | { readonly out: string };

/** More names than this cost more calls one by one than listing the whole account. */
const LISTED_ONE_BY_ONE = 50;

export function scopeOf(family: string, settings: PruneSettings, request: PruneRequest): Scope {
  if (request.families && !request.families.some((pattern) => matchesFamily(pattern, family))) {
    return { out: 'this run was asked for other families' };
  }
  const except = settings.exceptFamilies.find((pattern) => matchesFamily(pattern, family));
  if (except !== undefined) return { out: `exceptFamilies has '${except}'` };
  const rule = settings.rules.findIndex((candidate) => covers(candidate, family));
  return rule >= 0 ? { rule } : { out: 'no rule names it' };
}

/** The families to list, when they are few and named in full; `undefined` means every family of the account. */
export function familiesToList(settings: PruneSettings, request: PruneRequest): string[] | undefined {
  const named = request.families ?? settings.rules.flatMap((rule) => (rule.allFamilies ? ['*'] : (rule.families ?? [])));
  if (named.length > LISTED_ONE_BY_ONE || !named.every(isExactFamily)) return undefined;
  return [...new Set(named)].sort();
}

function covers(rule: PruneRuleSettings, family: string): boolean {
  return rule.allFamilies === true || rule.families?.some((pattern) => matchesFamily(pattern, family)) === true;
}
