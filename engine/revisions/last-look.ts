import type { Revision } from '../../lib/contract/arn';
import type { PruneReason } from '../../lib/contract/prune-plan';
import type { PruneRuleSettings, PruneSettings } from '../../lib/contract/prune-settings';
import { type Clock, SECOND } from '../clock';
import { describeOrDoubt } from './descriptions';
import { isBatchOwned } from './owners';
import type { TaskDefinitions } from './ports';
import type { ReferenceWatch } from './reference-watch';
import { isOldEnough } from './standing';

export interface LookOptions {
  readonly settings: PruneSettings;
  readonly ruleOf: (family: string) => PruneRuleSettings | undefined;
  readonly definitions: TaskDefinitions;
  readonly watch: ReferenceWatch;
  readonly clock: Clock;
  /** The families go as a whole: being among the newest keeps none. */
  readonly retiring?: boolean;
  /** A further look at each revision, and the newest of its family, right before its act. @throws IncompleteScan to end the run */
  readonly lastLook?: (revision: Revision, newest: number) => Promise<KeptReason | undefined>;
}

/** Why a due revision stayed after all; `gone` when somebody else was first. */
export type KeptReason = PruneReason | 'gone' | 'unreadable';

/** What the looks at a revision found, and until when it may be acted on. */
export interface Looked {
  readonly reason: KeptReason | undefined;
  readonly until: number;
}

/** A scan must hold for so much longer when the looks begin, so that none of them grows stale in a wait for the next. */
const LOOKS_TAKE = 5 * SECOND;
/** What the looks found is acted on within this time, or looked at again: a call may be slow, and a process may stand still. */
const LOOKS_HOLD = 20 * SECOND;

/** The rules again, on the world as it is now. */
export async function lookAt(revision: Revision, options: LookOptions): Promise<Looked> {
  // Waits, if it has to, before the looks at the revision: so these are not stale at the act.
  await options.watch.fresh(LOOKS_TAKE);
  const until = options.clock.now() + LOOKS_HOLD;
  return { reason: await reasonToKeep(revision, options), until };
}

async function reasonToKeep(revision: Revision, options: LookOptions): Promise<KeptReason | undefined> {
  const { definitions, ruleOf, settings, clock, retiring, lastLook } = options;
  const rule = ruleOf(revision.family);
  if (!rule) return 'out-of-scope';
  const facts = await describeOrDoubt(revision, definitions);
  if (facts === 'unreadable') return facts;
  if (facts?.status !== 'ACTIVE') return 'gone';
  if (facts.tagKeys.includes(settings.keepTag)) return 'opted-out';
  if (isBatchOwned(facts)) return 'not-managed';
  if (!isOldEnough(facts, rule, clock.now())) return 'too-young';
  let newest: readonly number[] = [];
  if (!retiring) {
    // Others may have deregistered newer ones since the plan, and left this one among the newest.
    newest = await definitions.newest(revision.family, rule.keepLatest);
    // A list shorter than what the rule keeps would show this one, or is not believed.
    if (newest.length < rule.keepLatest || newest.includes(revision.revision)) return 'latest';
  }
  return lastLook?.(revision, newest[0] ?? revision.revision);
}

/** By the newest scan, if it is young enough. */
export async function reasonInUse(
  revision: Revision,
  { watch }: Pick<LookOptions, 'watch'>,
): Promise<'referenced' | undefined> {
  const { references } = await watch.fresh();
  return references.has(revision) || references.holdOn(revision.family) ? 'referenced' : undefined;
}
