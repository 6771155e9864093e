import type { Revision } from '../../lib/contract/arn';
import { revisionName } from '../../lib/contract/arn';
import { DEREGISTRATION_LAG_MINUTES } from '../../lib/contract/limits';
import type { LateReference } from '../../lib/contract/prune-events';
import { iso, MINUTE } from '../clock';
import type { ReferenceScan } from './references/scan';

/** A deregistration, and when the call was sent (milliseconds since 1970). */
export interface Act extends Revision {
  readonly at: number;
  /** About to be sent when it was written: a run that was killed leaves open whether it was. */
  readonly begun?: boolean;
  /** Which run is about to send it; unknown of earlier releases. */
  readonly by?: string;
}

export interface Verification {
  readonly pending: readonly Act[];
  readonly late: readonly LateReference[];
}

export const VERIFIED_AFTER = DEREGISTRATION_LAG_MINUTES * MINUTE;

/**
 * Holds what was done against a complete scan. A revision that is referred to after all is told at once; one that is
 * not is settled once the scan began after ECS has stopped accepting it.
 */
export function verify(acts: readonly Act[], scan: ReferenceScan): Verification {
  const pending: Act[] = [];
  const late: LateReference[] = [];
  for (const act of acts) {
    if (act.at < scan.began && scan.references.has(act)) late.push(lateReference(act, scan.references.of(act)));
    else if (scan.began < act.at + VERIFIED_AFTER) pending.push(act);
  }
  return { pending, late };
}

function lateReference(act: Act, evidence: readonly string[]): LateReference {
  const name = revisionName(act);
  const file = `${act.family}-${act.revision}.json`;
  const readOnly =
    'taskDefinitionArn,revision,status,requiresAttributes,compatibilities,registeredAt,registeredBy,deregisteredAt';
  const fields = readOnly.split(',').map((field) => `.${field}`);
  return {
    revision: name,
    deregisteredAt: iso(act.at),
    referencedBy: evidence.join('; '),
    // There is no way back to ACTIVE: the same content gets a new number.
    remedy:
      `aws ecs describe-task-definition --task-definition ${name} --query taskDefinition --output json` +
      ` | jq 'del(${fields.join(',')})' > ${file} && aws ecs register-task-definition --cli-input-json file://${file}`,
  };
}
