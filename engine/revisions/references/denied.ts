import type { Environment } from '../../../lib/contract/arn';
import { REFERRERS, type Referrer, type ReferrerFacts, resourceArn } from '../../../lib/contract/referrers';
import { IncompleteScan } from '../../incomplete-scan';

export const LEFT_OUT = 'left out by the settings';

export function tolerated(error: IncompleteScan): string {
  return `denied, which the settings tolerate: ${error.message}`;
}

/** The same refusal, with what a policy has to say so that it is none, and what the settings could say instead. */
export function withRemedy(error: IncompleteScan, kind: Referrer, environment: Environment): IncompleteScan {
  const { name, actions }: ReferrerFacts = REFERRERS[kind];
  const rights = Object.entries(actions).map(
    ([action, resource]) => `${action} on ${resourceArn(action, resource, environment)}`,
  );
  const remedy = `allow the function's role ${rights.join(', ')}, or name ${kind} in 'tolerateDenied' or 'withoutReferrers'`;
  return new IncompleteScan(`${name}, ${error.call}`, `${error.why}; ${remedy}`, error.code);
}
