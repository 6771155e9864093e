import * as fc from 'fast-check';
import { ClientWorld, FATES, type Fate, MINUTE, type Subject } from './client-world';

/** A job of a schedule: when it comes after the one before, and how long it says that it takes, may take, and takes. */
export interface Job {
  readonly gapMs: number;
  readonly expectedMinutes: number;
  readonly maxMinutes: number;
  readonly takesMs: number;
}

export interface Schedule {
  readonly jobs: readonly Job[];
  readonly fates: readonly Fate[];
  readonly chances: readonly number[];
  /** The process dies after so many events. */
  readonly crashAfter: number | undefined;
}

const job: fc.Arbitrary<Job> = fc
  .record({
    gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 0, max: 5 * MINUTE })),
    expectedMinutes: fc.integer({ min: 1, max: 60 }),
    moreMinutes: fc.integer({ min: 0, max: 60 }),
    takesMs: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 15_000 }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 * MINUTE }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 130 * MINUTE }) },
    ),
  })
  .map(({ moreMinutes, ...rest }) => ({ ...rest, maxMinutes: rest.expectedMinutes + moreMinutes }));

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>('answered') },
  { weight: 2, arbitrary: fc.constantFrom(...FATES) },
);

export const schedule = (crashes: boolean): fc.Arbitrary<Schedule> =>
  fc.record({
    jobs: fc.oneof(
      { weight: 9, arbitrary: fc.array(job, { minLength: 1, maxLength: 8 }) },
      { weight: 1, arbitrary: fc.array(job, { minLength: 20, maxLength: 50 }) },
    ),
    fates: fc.array(fate, { maxLength: 25 }),
    chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 5 }),
    crashAfter: crashes ? fc.integer({ min: 1, max: 60 }) : fc.constant(undefined),
  });

/** Slowest admission; a job that does not say otherwise waits no longer. */
const MOST_WAIT_MS = 10_000;

/** Plays a schedule to its end, and gives every promise that was broken. */
export async function play(
  make: (world: ClientWorld) => Subject,
  { jobs, fates, chances, crashAfter }: Schedule,
  scheduler?: fc.Scheduler,
): Promise<string[]> {
  const world = new ClientWorld(scheduler);
  world.fates = [...fates];
  world.chances = [...chances];
  const subject = make(world);
  world.subject = subject;
  let running = jobs.length;
  let latestEnd = world.now;
  let at = 0;
  for (const { gapMs, takesMs, ...options } of jobs) {
    at += gapMs;
    world.after(at, () => {
      const began = world.now;
      let settled = false;
      latestEnd = Math.max(latestEnd, began + options.maxMinutes * MINUTE);
      world.holders += 1;
      world.after(MOST_WAIT_MS + 1, () => {
        if (!settled) world.breaches.push(`at ${world.now}: a hold of ${began} hangs`);
      });
      void subject.hold(options).then((hold) => {
        settled = true;
        world.after(takesMs, () => {
          world.holders -= 1;
          running -= 1;
          hold.release();
        });
      });
    });
  }
  let events = 0;
  const isOver = () => running === 0 || events === crashAfter || events > 20_000;
  for (; !isOver(); events += 1) {
    // Answers and time come in whichever order the scheduler likes.
    if (scheduler && scheduler.count() > 0 && events % 2 === 0) await scheduler.waitOne().then(() => world.settle());
    else if (!world.isIdle) await world.next();
    else break;
  }
  if (crashAfter !== undefined && events === crashAfter) {
    world.crash();
    // A look for a grant after a refusal lasts two minutes; a late effect comes within one.
    const bound = Math.max(latestEnd, world.now + 2 * MINUTE) + MINUTE;
    await deliver(world, scheduler);
    if (world.now + world.protectedMs > bound)
      world.breaches.push(`protected ${world.protectedMs} ms after a crash at ${world.now}`);
    return world.breaches;
  }
  if (running > 0) world.breaches.push(`at ${world.now}: ${running} jobs never ended`);
  // The weather clears, and nothing is at work any more.
  world.fates = [];
  const clear = world.now + 3 * MINUTE;
  for (let turns = 0; world.now < clear && turns < 2000 && !(world.isIdle && (scheduler?.count() ?? 0) === 0); turns += 1) {
    await deliver(world, scheduler);
    if (!world.isIdle) await world.next();
  }
  await deliver(world, scheduler);
  await world.settle();
  if (world.protectedMs > 0)
    world.breaches.push(`at ${world.now}: nothing is held, and ECS protects for ${world.protectedMs} ms`);
  return world.breaches;
}

/** Lets every answer that is there arrive, before time goes on. */
async function deliver(world: ClientWorld, scheduler: fc.Scheduler | undefined): Promise<void> {
  await world.settle();
  while (scheduler && scheduler.count() > 0) {
    await scheduler.waitOne();
    await world.settle();
  }
}

export function ours(world: ClientWorld): Subject {
  const client = world.client();
  return {
    get protected() {
      return client.protected;
    },
    hold: async (options) => {
      const hold = await client.hold(options);
      return { release: () => void hold.release() };
    },
  };
}
