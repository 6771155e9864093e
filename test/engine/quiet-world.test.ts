import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import { Pruner } from './pruner';
import { gone, quiet, settle } from './quiet';
import { MINUTE, PARAMETERS, WORLDS, ways, world } from './random-world';
import { nameOf, Scene } from './scene';

jest.setTimeout(600_000);

describe('in a quiet world', () => {
  test('P-13 P-14 P-16: the ticks go on until nothing is left to do, and then only what a promise keeps is ACTIVE', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), async (spec) => {
        const scene = new Scene(spec);
        await settle(scene);
        expect((await scene.tick()).outcome).toBe('idle');
        expect(scene.leftOver()).toEqual([]);
        expect(scene.breaches()).toEqual([]);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });

  test('P-12: two pruners that know nothing of each other are as safe as one, and end where one ends', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), async (spec) => {
        const alone = await gone(new Scene(spec));
        const scene = new Scene(spec);
        const { ecs, clock } = scene;
        const other = new Pruner({ ecs, clock, settings: spec.settings, latency: spec.ways.latency + 1 });
        for (let run = 0; run < 2; run += 1) {
          await clock.run(Promise.all([scene.pruner.start(), other.start()]));
          clock.advance(spec.settings.noticePeriodMinutes * MINUTE);
        }
        expect(scene.breaches()).toEqual([]);
        await settle(scene);
        expect(new Set(scene.acts.map(nameOf))).toEqual(alone);
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 150) },
    );
  });

  test('P-21: page sizes, kinds of token, empty pages and the order of answers change no byte of a plan', async () => {
    await fc.assert(
      fc.asyncProperty(quiet(world), ways, async (spec, otherWays) => {
        const [one, again, other] = [new Scene(spec), new Scene(spec), new Scene(spec, { around: reversed, how: otherWays })];
        for (const scene of [one, again, other]) await scene.tick();
        expect(planText(again)).toBe(planText(one));
        expect(planText(other)).toBe(planText(one));
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 120) },
    );
  });
});

function planText(scene: Scene): string | undefined {
  return scene.ledger.documents.get('plan.json')?.text;
}

/** Every list of every answer the other way round, page by page. */
const reversed =
  (call: EcsCall): EcsCall =>
  async (action, input) =>
    backwards(await call(action, input));

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards).reverse();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, backwards(inner)]));
}
