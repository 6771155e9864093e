import { REFERRER_SHAPES } from '../../engine/aws/referrer-services';
import type { ActionShape } from '../../engine/aws/service-reads';
import { ALL_REFERRERS, REFERRERS, type Referrer } from '../../lib/contract/referrers';
import type { FaultKind } from '../../simulator';
import type { Outcome, When } from './fault-outcomes';

/** One action of a service beside ECS that a run reads. */
export interface ReferrerRead {
  readonly kind: Referrer;
  readonly action: string;
  /** The member of the answer that the call is for. */
  readonly result: string;
  readonly token: string;
}

/** What the answers of single things are for. */
const RESULTS: Readonly<Record<string, string>> = {
  GetSchedule: 'Target',
  DescribePipe: 'Target',
  DescribeStateMachine: 'definition',
  BatchGetApplications: 'applicationsInfo',
  BatchGetDeploymentGroups: 'deploymentGroupsInfo',
  BatchGetDeployments: 'deploymentsInfo',
  DescribeStackResources: 'StackResources',
  DescribeStacks: 'Stacks',
};

const shapesOf = (kind: Referrer): Readonly<Record<string, ActionShape>> =>
  kind === 'CLOUD_FORMATION' ? {} : REFERRER_SHAPES[kind].actions;

export const REFERRER_READS: readonly ReferrerRead[] = ALL_REFERRERS.flatMap((kind) =>
  Object.keys(REFERRERS[kind].actions).map((right) => {
    const action = right.slice(right.indexOf(':') + 1);
    const tokens = Object.values(shapesOf(kind)).map(({ token }) => token);
    const result = shapesOf(kind)[action]?.items ?? RESULTS[action];
    if (!result) throw new Error(`nothing is known of what an answer of ${action} is for`);
    return { kind, action, result, token: tokens.find((token) => token !== undefined) ?? 'nextToken' };
  }),
);

const HOLLOW: readonly FaultKind[] = ['empty object', 'null', 'text', 'missing list', 'null list', 'wrong type'];
const REFUSED: readonly FaultKind[] = ['access denied', 'expired credentials', 'lost answer', 'lost call'];
const REFUSED_BY_SERVICE: readonly FaultKind[] = ['server error', 'service unavailable', 'throttle'];
/** Lists of names: a field beside them is not looked at. */
const NAMES_ALONE = /^List(Applications|DeploymentGroups|Deployments)$/;

/** What a run makes of one fault of a read beside ECS that nobody repeats a call for, where it struck. */
export function outcomeOfReferrer(fault: FaultKind, { kind, action }: ReferrerRead, when: When): Outcome {
  const always = when === 'always';
  const isList = action.startsWith('List');
  const givesList = !/^(GetSchedule|DescribePipe|DescribeStateMachine)$/.test(action);
  if (REFUSED.includes(fault) || REFUSED_BY_SERVICE.includes(fault) || HOLLOW.includes(fault)) return 'refused';
  switch (fault) {
    case 'item of wrong type':
      return givesList ? 'refused' : 'unharmed';
    case 'item missing':
      // What a batch left out is asked for again. A stack of which not all is shown has what it was asked for.
      if (action === 'DescribeStacks') return 'refused';
      return always && kind === 'CODE_DEPLOY' ? 'refused' : 'unharmed';
    case 'failures':
      return isList ? 'refused' : 'unharmed';
    case 'duplicate items':
      return action === 'DescribeStacks' ? 'refused' : 'unharmed';
    case 'empty page':
    case 'repeated token':
    case 'token cycle':
      return always ? 'refused' : 'unharmed';
    case 'foreign token':
    case 'token of wrong type':
      return 'refused';
    case 'unknown status':
      // A stack in a state of tomorrow is not at rest.
      return action === 'DescribeStacks' ? 'keeps more' : 'unharmed';
    case 'unknown field':
      return kind === 'CLOUD_FORMATION' || NAMES_ALONE.test(action) ? 'unharmed' : 'keeps more';
    case 'slow':
    case 'frozen':
      return always ? 'late' : 'unharmed';
    default:
      return 'unharmed';
  }
}
