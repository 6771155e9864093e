import * as fc from 'fast-check';
import { ALL_REFERRERS, isOffered, REFERRERS, type Referrer } from '../../lib/contract/referrers';
import { ENVIRONMENT } from './random-world';
import { type ReferrerSpec, ReferrerWorld, type ReferrerWorldOptions, referrerSpec, slowSpec } from './referrer-world';

jest.setTimeout(900_000);

// A failure prints seed and path: `REFERRER_SEED=… REFERRER_PATH=… npx jest test/engine/referrers -t '…'` plays it again.
const WORLDS = Number(process.env.REFERRER_WORLDS ?? 15);
const PARAMETERS = {
  seed: Number(process.env.REFERRER_SEED ?? 20260302),
  ...(process.env.REFERRER_PATH === undefined ? {} : { path: process.env.REFERRER_PATH }),
};

const anySpec = fc.oneof({ weight: 5, arbitrary: referrerSpec }, { weight: 1, arbitrary: slowSpec });
const played = (spec: ReferrerSpec, options?: ReferrerWorldOptions) => new ReferrerWorld(spec, options).play();

describe('while rules, schedules, pipes, state machines, deployments of CodeDeploy and stacks come, change and go', () => {
  test('P-19: no revision is deregistered that any of them has referred to for longer than the tool may look away', async () => {
    let acts = 0;
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        const world = await played(spec);
        expect(world.misses).toEqual([]);
        expect(world.ecs.log.destructive.filter(({ referencedBy, newestActive }) => newestActive || referencedBy[0])).toEqual(
          [],
        );
        expect(world.reports.flatMap(({ refusals }) => refusals)).toEqual([]);
        acts += world.acts;
      }),
      { ...PARAMETERS, numRuns: WORLDS },
    );
    if (process.env.REFERRER_WORLDS !== undefined) process.stdout.write(`${WORLDS} worlds: ${acts} let go\n`);
    // A property that meets no act proves nothing.
    if (process.env.REFERRER_PATH === undefined) expect(acts).toBeGreaterThan(5 * WORLDS);
  });

  /** So few worlds show what is missing. */
  const ENOUGH = 100;
  const isMissed = async (options: ReferrerWorldOptions, specs = referrerSpec) => {
    const property = fc.asyncProperty(specs, async (spec) => (await played(spec, options)).misses.length === 0);
    const { failed } = await fc.check(property, { ...PARAMETERS, path: '', numRuns: ENOUGH, endOnFailure: true });
    return failed;
  };

  test.each(ALL_REFERRERS)('control: without the scan of %s something that it would have found is missed', async (kind) => {
    expect(await isMissed({ settings: { withoutReferrers: [kind] } })).toBe(true);
  });

  test('control: where others than ECS are read once a run, what comes while it acts is missed', async () => {
    expect(await isMissed({ readsOnce: true }, slowSpec)).toBe(true);
  });
});

/** Where there are no Pipes. */
const ELSEWHERE = 'ap-southeast-5';
const some = fc.subarray(ALL_REFERRERS, { maxLength: 3 });

test('P-04 P-19: what is left out, denied and tolerated, or not offered stands in every plan; what is denied and not tolerated refuses the run', async () => {
  await fc.assert(
    fc.asyncProperty(
      referrerSpec,
      fc.record({ without: some, denied: some, tolerated: some, region: fc.constantFrom(ENVIRONMENT.region, ELSEWHERE) }),
      async (spec, { without, denied, tolerated, region }) => {
        const settings = { withoutReferrers: without, tolerateDenied: tolerated };
        const world = await played(spec, { settings, denied, region });
        const asked = (kind: Referrer) => !without.includes(kind) && isOffered(kind, { ...ENVIRONMENT, region });
        const refused = denied.filter((kind) => asked(kind) && !tolerated.includes(kind));
        for (const { notExamined, examined } of world.plans) {
          const told = notExamined.map(({ kind }) => kind);
          const open = ALL_REFERRERS.filter((kind) => !asked(kind) || (denied.includes(kind) && tolerated.includes(kind)));
          // CloudFormation is asked about the next revisions to go: where there is none, it has denied nothing.
          const silent = examined.some(({ kind, found }) => kind.startsWith(REFERRERS.CLOUD_FORMATION.name) && found === 0);
          const missing = open.filter((kind) => !told.includes(REFERRERS[kind].name));
          expect(missing.filter((kind) => kind !== 'CLOUD_FORMATION' || !silent)).toEqual([]);
          expect(told.at(-1)).toContain('any program that keeps an ARN to itself');
          if (spec.specInBucket && asked('CODE_DEPLOY') && !denied.includes('CODE_DEPLOY')) {
            expect(told.join()).toContain(
              'application in-bucket, deployment group main: an AppSpec that CodeDeploy does not keep',
            );
          }
        }
        if (refused.length > 0) expect(world.acts).toBe(0);
        const listed = refused.filter((kind) => kind !== 'CLOUD_FORMATION');
        if (listed.length === 0) return;
        expect(world.reports.map(({ outcome }) => outcome)).toEqual(world.reports.map(() => 'refused'));
        for (const { refusals } of world.reports) {
          expect(refusals).toHaveLength(1);
          expect(listed.some((kind) => refusals[0]?.includes(`name ${kind} in 'tolerateDenied'`))).toBe(true);
        }
      },
    ),
    { ...PARAMETERS, numRuns: WORLDS },
  );
});
