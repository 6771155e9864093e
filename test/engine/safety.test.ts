import * as fc from 'fast-check';
import { PARAMETERS, WORLDS, world } from './random-world';
import { deeds, nameOf, Scene } from './scene';

jest.setTimeout(600_000);

describe('while deployments, tasks, task sets, rollbacks, tags and registrations go on', () => {
  test(
    'P-01 P-02 P-03 P-04 P-10 P-24: nothing is deregistered that is referenced, newest, among the latest, young, ' +
      'opted out, out of scope, somebody else’s, or not announced in time, as long as deployments choose what is kept',
    async () => {
      let acts = 0;
      await fc.assert(
        fc.asyncProperty(world, deeds, async (spec, schedule) => {
          const scene = new Scene(spec);
          await scene.play(schedule);
          expect(scene.breaches()).toEqual([]);
          acts += scene.acts.length;
        }),
        { ...PARAMETERS, numRuns: WORLDS },
      );
      // A property that meets no act proves nothing.
      if (!process.env.SAFETY_PATH) expect(acts).toBeGreaterThan(WORLDS);
    },
  );

  test(
    'P-01: where deployments choose anything, a reference is missed only if it began after the last look, ' +
      'and the next ticks report it with the command that mends it',
    async () => {
      await fc.assert(
        fc.asyncProperty(world, deeds, async (spec, schedule) => {
          const scene = new Scene(spec, 'any');
          await scene.play(schedule);
          const late = new Map(scene.reports.flatMap((report) => report.late.map((one) => [one.revision, one])));
          for (const { act, promises } of scene.breaches()) {
            const name = nameOf(act);
            expect(promises).toEqual(['referenced']);
            expect(act.at - (scene.usedSince.get(name) ?? 0)).toBeLessThanOrEqual(scene.longestBlindness());
            if (scene.ecs.referencedBy(name).length === 0) continue;
            expect(late.get(name)?.remedy).toContain('aws ecs register-task-definition');
          }
        }),
        { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 8) },
      );
    },
  );
});
