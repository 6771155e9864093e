import * as fc from 'fast-check';

const AT_ONCE = 25;

/**
 * Worlds in which somebody careless must be caught, by a seed, in turn: made when a search gets that far, and kept for the
 * next. How many it takes is up to the seed; that it takes no more than `most` is up to the worlds.
 */
export class WorldsUntil<World> implements Iterable<World> {
  private readonly made: World[][] = [];

  constructor(
    private readonly worlds: fc.Arbitrary<World>,
    readonly seed: number,
    readonly most: number,
    /** Of each part the worst first. */
    private readonly harm: (world: World) => number = () => 0,
  ) {}

  *[Symbol.iterator](): Generator<World> {
    for (let part = 0; part < this.most / AT_ONCE; part += 1) {
      this.made[part] ??= fc
        .sample(this.worlds, { seed: this.seed + part, numRuns: AT_ONCE })
        .sort((one, other) => this.harm(other) - this.harm(one));
      yield* this.made[part] as World[];
    }
  }
}
