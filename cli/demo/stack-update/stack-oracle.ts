import { revisionName } from '../../../lib/contract/arn';
import type { StackPruneSettings } from '../../../lib/contract/stack-prune-settings';
import type { DestructiveCall } from '../../../simulator/call-log';
import type { Deregistration, Happening } from '../../../simulator/cloudformation/journal';
import type { Finding } from '../oracle';

const MOST_EXAMPLES = 3;

export interface StackFindings {
  readonly acts: readonly Finding[];
  readonly requests: readonly Finding[];
  readonly rollbacks: readonly Finding[];
  readonly revisions: readonly Finding[];
}

/** Judges a life by the journals of the simulated CloudFormation and ECS, not by what the function says. */
export function judgeLife(
  happenings: readonly Happening[],
  destructive: readonly DestructiveCall[],
  { keepLatest, minAgeMinutes }: StackPruneSettings,
  bodies: ReadonlyMap<string, number>,
  { unneeded }: Staying,
): StackFindings {
  const acts = actsOfFunction(happenings);
  const own = new Set(acts.map((act) => `${act.at} ${revisionName(act)}`));
  const calls = destructive.filter((call) => own.has(`${call.at} ${revisionName(call)}`));
  const those = (what: string, wrong: readonly { family: string; revision: number }[]) =>
    finding(what, wrong.map(revisionName));
  const answers = happenings.filter((one) => one.kind === 'answer');
  const blocked = blockedRollbacks(happenings);
  return {
    acts: [
      those(
        'before the clean-up of an update that is over',
        acts.filter(({ stackStatus }) => stackStatus !== 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'),
      ),
      those(
        'of a revision that anything referred to',
        calls.filter(({ referencedBy }) => referencedBy.length > 0),
      ),
      those(
        `of one of the ${keepLatest} newest of the family`,
        calls.filter(({ newerActive }) => newerActive < keepLatest),
      ),
      those(
        `of a revision younger than ${minAgeMinutes} minutes`,
        calls.filter(({ ageMinutes }) => ageMinutes < minAgeMinutes),
      ),
    ],
    requests: [
      finding(
        'not answered exactly once',
        [...bodies].filter(([, count]) => count !== 1).map(([id]) => id),
      ),
      finding(
        'answered otherwise than SUCCESS, or too late',
        answers.filter(({ answer, counts }) => answer?.Status !== 'SUCCESS' || !counts).map(({ event }) => event.RequestType),
      ),
    ],
    rollbacks: [finding('blocked', blocked)],
    revisions: [finding('left ACTIVE that nothing needs', unneeded.map(String))],
  };
}

/** What ECS says when a service is to run a revision that was deregistered. */
const INACTIVE = 'TaskDefinition is inactive';

/** How often the life of the control was blocked by what it had deregistered itself: that must happen. */
export function blockedByInactive(happenings: readonly Happening[]): number {
  return blockedRollbacks(happenings).filter((reason) => reason.includes(INACTIVE)).length;
}

/** Why revisions are ACTIVE in the end: `ran` are those that the service has run in its few deployments. */
export function staying(active: readonly number[], ran: ReadonlySet<number>, { keepLatest }: StackPruneSettings): Staying {
  const descending = active.toSorted((a, b) => b - a);
  const older = descending.slice(keepLatest).toReversed();
  return {
    newest: descending.slice(0, keepLatest).toReversed(),
    deployed: older.filter((revision) => ran.has(revision)),
    unneeded: older.filter((revision) => !ran.has(revision)),
  };
}

export interface Staying {
  readonly newest: readonly number[];
  readonly deployed: readonly number[];
  /** None, if the pruner has done its work. */
  readonly unneeded: readonly number[];
}

/** Why rollbacks could not be ended. */
export function blockedRollbacks(happenings: readonly Happening[]): readonly string[] {
  return happenings.flatMap((one) =>
    one.kind === 'stack' && one.status === 'UPDATE_ROLLBACK_FAILED' ? [one.reason ?? 'for no reason'] : [],
  );
}

export function actsOfFunction(happenings: readonly Happening[]): readonly Deregistration[] {
  return happenings.filter((one) => one.kind === 'deregistration').filter(({ by }) => by === 'handler');
}

function finding(what: string, wrong: readonly string[]): Finding {
  return { what, found: wrong.length, examples: wrong.slice(0, MOST_EXAMPLES) };
}
