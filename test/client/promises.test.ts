import * as fc from 'fast-check';
import type { ClientWorld, Subject } from './client-world';
import { asksForMore, naive, oneReleaseForAll, overlapping, refusalIsGrant, waitsForGrant } from './controls';
import { ours, play, schedule } from './promises';

jest.setTimeout(3_600_000);

// `CLIENT_SCHEDULES=50000 npx jest test/client/promises` for the large run.
const SCHEDULES = Number(process.env.CLIENT_SCHEDULES ?? 150);

const kept = (make: (world: ClientWorld) => Subject, crashes: boolean) =>
  fc.asyncProperty(schedule(crashes), fc.scheduler(), async (spec, scheduler) => {
    expect(await play(make, spec, scheduler)).toEqual([]);
  });

describe('whatever jobs, answers and time do, in whichever order', () => {
  test(
    'H-01 H-02 H-03 H-06 H-07 H-13: protection is never reported that ECS does not give for a minute more, no release is sent under a ' +
      'holder, nobody waits longer than ten seconds, one request is made at a time and one change in five seconds, and in the end ' +
      'the task is released',
    () => fc.assert(kept(ours, false), { numRuns: SCHEDULES }),
  );

  test('H-08: a process that dies at any instant leaves no protection beyond the maximum of its jobs', () =>
    fc.assert(kept(ours, true), { numRuns: SCHEDULES }));
});

describe('the same schedules catch', () => {
  const caught = async (make: (world: ClientWorld) => Subject, crashes: boolean, breach: RegExp) => {
    const property = fc.asyncProperty(schedule(crashes), fc.scheduler(), async (spec, scheduler) => {
      return !(await play(make, spec, scheduler)).some((text) => breach.test(text));
    });
    const { failed } = await fc.check(property, { numRuns: 500, endOnFailure: true });
    expect(failed).toBe(true);
  };

  test.each<[string, (world: ClientWorld) => Subject, RegExp]>([
    ['the well-known client: one flag, any 2xx is success, renewed at four fifths', naive, /says protected/],
    ['a refusal with status 200 that counts as a grant', refusalIsGrant, /says protected/],
    ['one release for all jobs', oneReleaseForAll, /under a holder/],
    ['a request during a release', overlapping, /says protected|ECS protects/],
    ['a wait for a grant that never comes', waitsForGrant, /hangs/],
  ])('%s', (_, make, breach) => caught(make, false, breach));

  test('a first request for longer than the job may take', () => caught(asksForMore, true, /after a crash/));
});
