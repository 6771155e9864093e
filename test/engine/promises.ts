import * as fc from 'fast-check';
import { ECS_ACTIONS, ECS_BUCKETS, type EcsBucket } from '../../lib/contract/limits';
import { CANARY_MARK, type DestructiveCall, FAULT_KINDS, type PlannedFault } from '../../simulator';
import { faults } from './faults';
import { MINUTE, type WorldSpec, world } from './random-world';
import { type Deed, deeds, nameOf, Scene, type SceneOptions } from './scene';

// Promises that are held against every faulted world. Each says in words what broke it; the oracle is the log of the
// simulator, and what the engine wrote, never what it says of itself.

/** `test/lambda` holds to the time that the SDK gives a deregistration. */
function hasSlowAct({ face }: Scene): boolean {
  return face.struck.some(({ kind, action }) => kind === 'slow' && action === 'DeregisterTaskDefinition');
}

export const PROMISES = {
  /** Nothing that must be kept goes. */
  safety: (scene: Scene) => scene.breaches().map(({ act, promises }) => `${nameOf(act)}: ${promises.join(', ')}`),

  /** After a read of references that was not whole, nothing goes in that run. */
  'fail closed': (scene: Scene) =>
    scene.runs.flatMap(({ began, ended }) => {
      const told = scene.toldIncompleteAt.find((at) => began <= at && at <= ended);
      if (told === undefined) return [];
      return scene.sent.filter(({ at }) => told < at && at <= ended).map(({ name }) => `${name} after a read that failed`);
    }),

  /** What is sent was due in the plan of its own run, and is let go once. */
  'plan fidelity': (scene: Scene) => {
    const plans = scene.sent.length > 0 ? scene.plans : [];
    const unplanned = scene.sent.filter(({ name, at }) => {
      const { began } = scene.runs.findLast((run) => run.began <= at) ?? { began: at };
      // A plan tells its time in whole milliseconds.
      const plan = plans.findLast((one) => Date.parse(one.at) <= at && Date.parse(one.at) >= Math.floor(began));
      const revision = Number(name.slice(name.lastIndexOf(':') + 1));
      const verdicts = plan?.families.find(({ family }) => family === name.slice(0, name.lastIndexOf(':')))?.verdicts;
      const verdict = verdicts?.find(({ from, to }) => from <= revision && revision <= to);
      return verdict?.reason !== 'superseded' || plan?.refusals.length !== 0;
    });
    const effects = scene.acts.filter(({ statusBefore }) => statusBefore === 'ACTIVE').map(nameOf);
    const told = scene.reports.reduce((sum, { deregistered }) => sum + deregistered, 0);
    return [
      ...unplanned.map(({ name }) => `${name} was not due in the plan of its run`),
      ...effects.filter((name, place) => effects.indexOf(name) !== place).map((name) => `${name} went twice`),
      ...(told > scene.sent.length ? [`${told} told, ${scene.sent.length} sent`] : []),
    ];
  },

  /** An account whose clusters have all gone from one plan to the next is not believed. */
  plausible: (scene: Scene) => {
    const second = scene.runs[1];
    if (!scene.collapses || !scene.reports[0]?.plan || !second) return [];
    return scene.sent
      .filter(({ at }) => second.began < at && at <= second.ended)
      .map(({ name }) => `${name} while all clusters had gone`);
  },

  /** The looks before an act come right before it. */
  'last look': (scene: Scene) =>
    scene.sent
      .filter(({ at, tagsLookedAt, newestLookedAt }) => at - Math.min(tagsLookedAt, newestLookedAt) > LOOKS_HOLD)
      .map(({ name, at, tagsLookedAt }) => `${name} ${at - tagsLookedAt} ms after the look at it`),

  /** No act without a scan of references that began less than a minute before it, or twice the time that it took. */
  'fresh scan': (scene: Scene) =>
    scene.sent
      .filter(
        ({ at }) => !scene.scans.some(({ began, last }) => began < at && at - began <= Math.max(60_000, 2 * (last - began))),
      )
      .map(({ name }) => `${name} without a fresh scan`),

  /** Whatever deployments choose: what the last scan could see in use does not go. */
  'seen in use': (scene: Scene) =>
    scene
      .breaches()
      .filter(({ act, promises }) => promises.includes('referenced') && usedFor(scene, act) > scene.longestBlindness())
      .map(({ act }) => `${nameOf(act)}, in use for ${usedFor(scene, act)} ms`),

  /** Each act is in the ledger before it is sent. */
  'noted first': (scene: Scene) => scene.sent.filter(({ noted }) => !noted).map(({ name }) => `${name} before it was noted`),

  /** Of what ECS allows, deployments are left their share: over any stretch of a run, of each of ECS's token buckets. */
  pace: (scene: Scene) =>
    // A process that stood still sends late what had its turn before, and then what has its turn now.
    scene.struckBy('frozen') ? [] : scene.runs.flatMap((run) => hasty(scene, run)),

  /** A run is over when its function is, whatever calls do; in the last half minute nothing more is let go. */
  'in time': (scene: Scene) =>
    scene.runs.flatMap(({ began, ended }) => {
      const deadline = began + 15 * MINUTE;
      const late = scene.sent.filter(({ at }) => deadline - 30_000 < at && at <= ended);
      return [
        // A process that stands still ends nothing, and in process nobody gives up a call that takes minutes, as the SDK does.
        ...(ended > deadline && !scene.struckBy('frozen') && !hasSlowAct(scene) ? [`a run of ${ended - began} ms`] : []),
        ...late.map(({ name, at }) => `${name} ${deadline - at} ms before the end of its run`),
      ];
    }),

  /** No free text comes out: not in the ledger, a line, a metric, an event, or an error. */
  'no leak': (scene: Scene) => {
    const { lines, metrics, events } = scene.pruner.reporter;
    const refusals = scene.reports.flatMap((report) => report.refusals);
    const documents = scene.ledger.history.filter(({ text }) => text.includes(CANARY_MARK)).map(({ key }) => key);
    return JSON.stringify([lines, metrics, events, refusals]).includes(CANARY_MARK) ? [...documents, 'telling'] : documents;
  },
} satisfies Record<string, (scene: Scene) => string[]>;

/** How long it had been in use when it went. */
function usedFor({ usedSince }: Scene, act: DestructiveCall): number {
  return act.at - (usedSince.get(nameOf(act)) ?? 0);
}

/** What the documentation leaves to a run: its own pace of deregistrations, without bursts, and shares of ECS's reads. */
function allowed(bucket: EcsBucket, { settings }: WorldSpec): { readonly burst: number; readonly perSecond: number } {
  if (bucket === 'definitionModify') return { burst: 1, perSecond: settings.actionsPerSecond };
  const { burst, perSecond } = ECS_BUCKETS[bucket];
  const share = bucket === 'definitionRead' ? 0.75 : 0.5;
  return { burst: burst * share, perSecond: perSecond * share };
}

/** The calls of a run that its share of a bucket had no token for. */
function hasty({ heard, spec }: Scene, { began, ended }: { readonly began: number; readonly ended: number }): string[] {
  const levels = new Map<EcsBucket, { tokens: number; at: number }>();
  const found: string[] = [];
  for (const { action, at } of heard) {
    if (at < began || at > ended) continue;
    const bucket = ECS_ACTIONS[action];
    const { burst, perSecond } = allowed(bucket, spec);
    const level = levels.get(bucket) ?? { tokens: burst, at };
    const tokens = Math.min(burst, level.tokens + ((at - level.at) / 1000) * perSecond) - 1;
    // Instants are no whole milliseconds, and a run has many of them: one millisecond too early is on time.
    if (tokens < -perSecond / 1000) found.push(`${action} ${at - began} ms into its run, before its turn`);
    levels.set(bucket, { tokens, at });
  }
  return found;
}

/** Within it a look counts as right before the act. */
const LOOKS_HOLD = 20_000;

export type PromiseName = keyof typeof PROMISES;

/** What broke, by promise. */
export type Broken = Partial<Record<PromiseName, string[]>>;

export interface FaultedWorld {
  readonly spec: WorldSpec;
  readonly schedule: readonly Deed[];
  readonly faults: readonly PlannedFault[];
  readonly collapses: boolean;
  readonly ticks: number;
}

export const faultedWorld: fc.Arbitrary<FaultedWorld> = fc.record({
  spec: world,
  schedule: deeds,
  faults,
  collapses: fc.integer({ min: 0, max: 19 }).map((one) => one === 19),
  ticks: fc.constantFrom(2, 2, 3),
});

/** Plays a world, and holds every promise against it. */
export async function playAndJudge(
  { spec, schedule, ticks, ...given }: FaultedWorld,
  options: SceneOptions = {},
): Promise<[Broken, Scene]> {
  const scene = new Scene(spec, { ...options, ...given });
  await scene.play(schedule, ticks);
  return [brokenIn(scene), scene];
}

export function brokenIn(scene: Scene): Broken {
  const broken: Broken = {};
  for (const [name, holds] of Object.entries(PROMISES) as [PromiseName, (scene: Scene) => string[]][]) {
    const found = holds(scene);
    if (found.length > 0) broken[name] = found;
  }
  return broken;
}

/** What many worlds amounted to: a property that meets no decision proves nothing. */
export class Tally {
  worlds = 0;
  /** Revisions that a plan found due. */
  due = 0;
  /** Due revisions looked at again right before their act: kept, let go, or given up. */
  judged = 0;
  acts = 0;
  refusedRuns = 0;
  readonly hits = new Map<string, number>(FAULT_KINDS.map((kind) => [kind, 0]));

  add(scene: Scene): void {
    this.worlds += 1;
    this.acts += scene.acts.length;
    const kept = scene.pruner.reporter.lines.filter(({ message }) => message.startsWith('Kept a due')).length;
    this.judged += kept + scene.sent.length;
    for (const { outcome, plan } of scene.reports) {
      if (outcome === 'refused') this.refusedRuns += 1;
      this.due += plan?.backlog.due ?? 0;
    }
    for (const [kind, count] of scene.face.hits) this.hits.set(kind, (this.hits.get(kind) ?? 0) + count);
  }

  toString(): string {
    const { worlds, due, judged, acts, refusedRuns } = this;
    const hits = [...this.hits].map(([kind, count]) => `${kind} ${count}`).join(', ');
    const decisions = `${due} found due by a plan, ${judged} judged again right before the act, ${acts} let go`;
    return `${worlds} worlds; ${decisions}; ${refusedRuns} runs refused; faults: ${hits}\n`;
  }
}
