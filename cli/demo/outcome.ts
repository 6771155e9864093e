import { type Revision, revisionName } from '../../lib/contract/arn';
import type { NamedFamily } from '../../simulator/account-referrers';
import { canariesIn } from '../../simulator/canaries';
import { failures } from './findings';
import { type Kept, keptOf } from './kept';
import type { Numbers } from './numbers';
import { type Finding, judgeActs, judgePins, judgeVerdicts } from './oracle';
import type { OutputCapture } from './output-capture';
import type { SimulatedAws } from './simulated-aws';
import type { Story } from './story';
import type { SynthesizedPruner } from './synthesized-app';

/** What came of it, judged. */
export interface Outcome {
  readonly story: Story;
  readonly numbers: Numbers;
  readonly kept: readonly Kept[];
  /** Families that somebody runs without naming a revision, and how many of each went. */
  readonly named: readonly NamedAndGone[];
  readonly findings: {
    /** On deregistrations. */
    readonly acts: readonly Finding[];
    /** On deregistrations of what is needed from outside ECS. */
    readonly pins: readonly Finding[];
    /** On revisions. */
    readonly revisions: readonly Finding[];
    /** On what the function said and wrote. */
    readonly secrets: readonly Finding[];
  };
  /** How many of the findings should not be there. */
  readonly failures: number;
  readonly logLines: number;
  readonly virtualMs: number;
}

export interface NamedAndGone extends NamedFamily {
  readonly gone: number;
}

export function outcomeOf(story: Story, aws: SimulatedAws, pruner: SynthesizedPruner, output: OutputCapture): Outcome {
  const { ticks, plans, interludes, activeBefore, activeAfter } = story;
  const [first] = plans;
  if (!first) throw new Error('the ledger holds no plan');
  const { destructive } = aws.ecs.log;
  const active = new Set(activeAfter.map(revisionName));
  const { notable } = aws.account;
  const { pinned, named } = aws.referrers;
  const kept = keptOf([...notable, ...interludes, ...pinned], plans, active);
  const findings = {
    acts: judgeActs(destructive, plans, pruner.settings),
    pins: judgePins(destructive, aws.pins),
    revisions: [
      judgeVerdicts(activeBefore, first),
      {
        what: 'of those the account is known to need gone',
        found: kept.filter(({ isActive }) => !isActive).length,
        examples: kept.filter(({ isActive }) => !isActive).map(({ revision }) => revision),
      },
      unaccounted(activeBefore, active, new Set(destructive.map(revisionName))),
    ],
    secrets: [
      secretsIn('in its log', output.text),
      secretsIn('in its ledger', ledgerText(aws, pruner.ledgerBucket)),
      secretsIn('in its events', JSON.stringify(aws.events.entries)),
    ],
  };
  const end = ticks.at(-1);
  return {
    story,
    kept,
    named: named.map((each) => ({ ...each, gone: destructive.filter(({ family }) => family === each.family).length })),
    findings,
    failures: failures(Object.values(findings).flat()),
    numbers: {
      activeBefore: activeBefore.length,
      activeAfter: activeAfter.length,
      deregistered: destructive.length,
      throttles: aws.throttles,
      idleTicks: ticks.filter(({ answer }) => answer.outcome === 'idle').length,
      actingTicks: ticks.filter(({ answer }) => answer.deregistered > 0).length,
      calls: aws.calls,
    },
    logLines: output.lines.length,
    virtualMs: end && ticks[0] ? end.at + end.took - ticks[0].at : 0,
  };
}

function unaccounted(before: readonly Revision[], active: ReadonlySet<string>, gone: ReadonlySet<string>): Finding {
  const lost = before.map(revisionName).filter((name) => active.has(name) === gone.has(name));
  return { what: 'neither ACTIVE nor deregistered in the log', found: lost.length, examples: lost.slice(0, 3) };
}

function ledgerText({ objects }: SimulatedAws, bucket: string): string {
  return objects
    .keys(bucket)
    .map((key) => objects.text(bucket, key))
    .join('\n');
}

function secretsIn(where: string, text: string): Finding {
  const found = canariesIn(text);
  return { what: where, found: found.length, examples: found };
}
