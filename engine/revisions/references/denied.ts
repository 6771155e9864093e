import type { Environment } from '../../../lib/contract/arn';
import { REFERRERS, type Referrer, type ReferrerFacts } from '../../../lib/contract/referrers';
import { IncompleteScan } from '../../incomplete-scan';

export const LEFT_OUT = 'left out by the settings';

/** As AWS services name it. */
const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|UnauthorizedOperation|NotAuthorized|Forbidden)$/;

/** Whether a read failed because somebody may not ask. */
export function isDenied({ code = '' }: { readonly code?: string }): boolean {
  return DENIED.test(code);
}

export function tolerated(error: IncompleteScan): string {
  return `denied, which the settings tolerate: ${error.message}`;
}

/** The same refusal, with what a policy has to say so that it is none, and what the settings could say instead. */
export function withRemedy(error: IncompleteScan, kind: Referrer, environment: Environment): IncompleteScan {
  const { name, actions }: ReferrerFacts = REFERRERS[kind];
  const rights = Object.entries(actions).map(([action, resource]) => `${action} on ${arnOf(action, resource, environment)}`);
  const remedy = `allow the function's role ${rights.join(', ')}, or name ${kind} in 'tolerateDenied' or 'withoutReferrers'`;
  return new IncompleteScan(`${name}, ${error.call}`, `${without(error)}; ${remedy}`, error.code);
}

function without({ message, call }: IncompleteScan): string {
  return message.startsWith(`${call}: `) ? message.slice(call.length + 2) : message;
}

function arnOf(action: string, resource: string, { partition, region, account }: Environment): string {
  const [service] = action.split(':');
  return resource === '*' ? resource : `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
