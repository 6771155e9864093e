import type { PrunePlan } from '../../lib/contract/prune-plan';
import type { DestructiveCall } from '../../simulator';
import { KEEP_TAG, NAMES, type WorldSpec } from './random-world';

// What must be kept, written from the documentation and with nothing of the engine in it:
// a second opinion that shares no line with the first.

/** The promises that a deregistration broke, in words; empty when it broke none. */
export function broken(act: DestructiveCall, spec: WorldSpec, plans: readonly PrunePlan[]): string[] {
  const rule = retentionOf(act.family, spec);
  const found: string[] = [];
  if (act.action !== 'DeregisterTaskDefinition') found.push('deleted');
  if (act.referencedBy.length > 0) found.push('referenced');
  if (act.newestActive) found.push('newest');
  if (act.tags.includes(KEEP_TAG)) found.push('opted out');
  if (!rule) found.push('out of scope');
  if (rule && act.newerActive < rule.keepLatest) found.push('among the latest');
  if (rule && act.ageMinutes < rule.minAgeMinutes) found.push('too young');
  if (ownedByOthers(spec).has(act.family)) found.push('not managed');
  if (!announced(act, spec.settings.noticePeriodMinutes, plans)) found.push('not announced');
  return found;
}

/** The first rule that names the family, unless it is excepted. */
export function retentionOf(
  family: string,
  { settings }: WorldSpec,
): { keepLatest: number; minAgeMinutes: number } | undefined {
  const names = (pattern: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(family);
  if (settings.exceptFamilies.some(names)) return undefined;
  return settings.rules.find((rule) => rule.allFamilies || rule.families?.some(names));
}

/** Families of AWS Batch, and of services that ECS runs by itself (Express). */
export function ownedByOthers(spec: WorldSpec): ReadonlySet<string> {
  const owned = new Set<string>();
  spec.families.forEach(({ batch }, place) => {
    if (batch) owned.add(NAMES[place] as string);
  });
  for (const { kind, family } of spec.services) {
    if (kind === 'express') owned.add(NAMES[family % spec.families.length] as string);
  }
  return owned;
}

/** A plan of at least the notice period ago announced it, and every plan since has agreed. */
function announced({ family, revision, at }: DestructiveCall, noticeMinutes: number, plans: readonly PrunePlan[]): boolean {
  let first = Number.POSITIVE_INFINITY;
  for (const plan of plans) {
    const planned = Date.parse(plan.at);
    if (planned > at) break;
    const verdicts = plan.families.find((one) => one.family === family)?.verdicts ?? [];
    const verdict = verdicts.find(({ from, to }) => from <= revision && revision <= to);
    const agrees = verdict?.reason === 'announced' || verdict?.reason === 'superseded';
    first = agrees ? Math.min(first, planned) : Number.POSITIVE_INFINITY;
  }
  return first <= at - noticeMinutes * 60_000;
}
