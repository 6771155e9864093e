import type * as fc from 'fast-check';
import { HOUR, MINUTE, type WorldSpec } from './random-world';
import { nameOf, type Scene } from './scene';

// Worlds in which nothing happens but the pruner's own ticks, so that what goes in one can be held against another.

/** With as many successful deployments kept as the simulator's own walk knows. */
export function quiet(worlds: fc.Arbitrary<WorldSpec>): fc.Arbitrary<WorldSpec> {
  return worlds.map((spec) => ({ ...spec, settings: { ...spec.settings, keepSuccessfulDeployments: 3 } }));
}

/** Ticks until the last that was young is old, announced, and gone. */
export async function settle(scene: Scene): Promise<void> {
  await scene.play([]);
  scene.clock.advance(49 * HOUR);
  await scene.tick();
  scene.clock.advance(scene.spec.settings.noticePeriodMinutes * MINUTE);
  await scene.tick();
  scene.clock.advance(20 * MINUTE);
  await scene.tick();
}

export async function gone(scene: Scene): Promise<Set<string>> {
  await settle(scene);
  return new Set(scene.acts.map(nameOf));
}
