import { deepEqual, ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { FAULT_KINDS } from '../../simulator';
import { faultedWorld, playAndJudge, Tally } from './promises';
import { LONG_RUN, PARAMETERS, WORLDS } from './random-world';

/** Each half in a file, or a process, of its own, so that two cores have a half each. */
export const HALVES = 2;

/**
 * Holds every promise against worlds in which deployments, tasks, task sets, rollbacks, tags and registrations go on, and
 * calls fail. Deployments choose what is kept.
 */
export async function holdInFaultedWorlds(half: number): Promise<void> {
  const tally = new Tally();
  const numRuns = Math.ceil(WORLDS / HALVES);
  // A seed to play again is the one that was printed.
  const seed = process.env.SAFETY_PATH === undefined ? PARAMETERS.seed + half : PARAMETERS.seed;
  await fc.assert(
    fc.asyncProperty(faultedWorld, async (given) => {
      const [broken, scene] = await playAndJudge(given);
      tally.add(scene);
      deepEqual(broken, {});
    }),
    { ...PARAMETERS, seed, numRuns },
  );
  if (process.env.SAFETY_PATH !== undefined) return;
  if (process.env.SAFETY_WORLDS !== undefined) process.stdout.write(`seed ${seed}: ${tally}`);
  // A property that meets no decision, or no fault, proves nothing.
  ok(tally.due + tally.judged > 3 * numRuns);
  // A hundred thousand of them come to two million.
  ok(!LONG_RUN || tally.due > 20 * numRuns);
  // Rare kinds are met often enough to be counted in ten thousand worlds, as .ci/run plays them; in fewer, once.
  const least = WORLDS >= 10_000 ? numRuns / 100 : 1;
  deepEqual(
    FAULT_KINDS.filter((kind) => (tally.hits.get(kind) ?? 0) < least),
    [],
  );
}
