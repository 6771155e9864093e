import * as fc from 'fast-check';
import { holdInFaultedWorlds } from './faulted-worlds';
import { PARAMETERS, WORLDS, world } from './random-world';
import { deeds, nameOf, Scene } from './scene';

jest.setTimeout(900_000);

describe('while deployments, tasks, task sets, rollbacks, tags and registrations go on, and calls fail', () => {
  test(
    'P-01 P-02 P-03 P-04 P-05 P-09 P-10 P-24 X-01: nothing is deregistered that is referenced, newest, among the latest, young, ' +
      'opted out, out of scope, somebody else’s, not announced in time, looked at too long ago, or after a read that was not ' +
      'whole, as long as deployments choose what is kept; and no free text comes out',
    () => holdInFaultedWorlds(0),
  );
});

describe('while deployments go on', () => {
  test(
    'P-01: where deployments choose anything, a reference is missed only if it began after the last look, ' +
      'and the next ticks report it with the command that mends it',
    async () => {
      await fc.assert(
        fc.asyncProperty(world, deeds, async (spec, schedule) => {
          const scene = new Scene(spec, { choice: 'any' });
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
        { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 25) },
      );
    },
  );
});
