import * as fc from 'fast-check';
import { deploymentLimit } from '../../../lib/contract/protection';
import type { Finding, ProtectionSettings, ServiceFacts } from '../../../lib/protection/findings';
import { leastMaximumPercent, roomFor } from '../../../lib/protection/replacement-room';
import { checkService } from '../../../lib/protection/service-checks';

/** A Fargate service on CDK defaults. */
const service = (overrides: Partial<ServiceFacts> = {}): ServiceFacts => ({
  deployment: 'ROLLING',
  bakeMinutes: 0,
  shiftMinutes: 0,
  terminationWaitMinutes: 0,
  deferred: false,
  maximumPercent: 200,
  minimumHealthyPercent: 50,
  desiredCount: undefined,
  fargate: true,
  external: false,
  stopSeconds: 30,
  spot: [],
  hosts: [],
  granted: true,
  ...overrides,
});

const settings = (overrides: Partial<ProtectionSettings> = {}): ProtectionSettings => ({
  maxMinutes: 120,
  defaultMinutes: 30,
  rolloutMinutes: 45,
  handBackSeconds: 10,
  drain: false,
  ...overrides,
});

const ids = (findings: readonly Finding[]) => findings.map(({ level, id }) => `${level} ${id}`);
const host = { name: 'Stack/Capacity', terminationProtection: true, draining: true, agent: 'recent' } as const;

test('a service on defaults has no finding', () => {
  expect(checkService(service(), settings())).toEqual([]);
});

test.each<[string, Partial<ServiceFacts>, Partial<ProtectionSettings>, string[]]>([
  ['134 minutes fit into 180 with a rollout of 45', {}, { maxMinutes: 134 }, []],
  ['135 do not', {}, { maxMinutes: 135 }, ['error protectionOutlivesDeployment']],
  ['a bake time of zero lengthens nothing', { bakeMinutes: 0 }, { maxMinutes: 600 }, ['error protectionOutlivesDeployment']],
  ['a bake time gives 36 hours, less itself', { bakeMinutes: 15 }, { maxMinutes: 2099 }, []],
  ['and no more', { bakeMinutes: 15 }, { maxMinutes: 2100 }, ['error protectionOutlivesDeployment']],
  ['a stage of blue/green ends after 24 hours', { deployment: 'BLUE_GREEN', bakeMinutes: 15 }, { maxMinutes: 1439 }, []],
  [
    'and not later',
    { deployment: 'BLUE_GREEN', bakeMinutes: 15 },
    { maxMinutes: 1440 },
    ['error protectionOutlivesDeployment'],
  ],
  [
    'the steps of a linear shift count',
    { deployment: 'LINEAR', bakeMinutes: 60, shiftMinutes: 900 },
    { maxMinutes: 1155 },
    ['error protectionOutlivesDeployment'],
  ],
  [
    'a shift beyond 33 hours is rejected by CloudFormation',
    { deployment: 'CANARY', bakeMinutes: 1440, shiftMinutes: 600 },
    { maxMinutes: 5, defaultMinutes: 5 },
    ['error shiftTooLong'],
  ],
  [
    'CodeDeploy has three hours, its termination wait among them',
    { deployment: 'CODE_DEPLOY', terminationWaitMinutes: 60 },
    { maxMinutes: 75, defaultMinutes: 5 },
    ['error protectionOutlivesDeployment', 'warning codeDeployTermination'],
  ],
  ['which may hold the protection', { deployment: 'CODE_DEPLOY', terminationWaitMinutes: 60 }, { maxMinutes: 60 }, []],
  [
    'a termination wait that is not found is told',
    { deployment: 'CODE_DEPLOY', terminationWaitMinutes: undefined },
    { maxMinutes: 60 },
    ['warning codeDeployTermination'],
  ],
  [
    'an external controller has three hours',
    { deployment: 'EXTERNAL' },
    { maxMinutes: 135 },
    ['error protectionOutlivesDeployment'],
  ],
  [
    'a rollout may take all the time',
    {},
    { rolloutMinutes: 179, maxMinutes: 1, defaultMinutes: 1 },
    ['error noTimeForProtection'],
  ],
  [
    'of a type that is not known nothing is claimed',
    { deployment: undefined },
    { maxMinutes: 600 },
    ['warning deploymentTimeUnknown'],
  ],
  ['nor if it is short enough for all', { deployment: undefined, bakeMinutes: undefined }, {}, []],
  [
    'a bake time that is not known may be none',
    { bakeMinutes: undefined },
    { maxMinutes: 600 },
    ['warning deploymentTimeUnknown'],
  ],
  ['a default above the maximum', {}, { defaultMinutes: 121 }, ['error defaultAboveMaximum']],
  ['deferred clean-up lets tasks drain for two days', { deferred: true }, { drain: true, maxMinutes: 2880 }, []],
  ['which blue/green does not offer', { deployment: 'BLUE_GREEN' }, { drain: true }, ['error drainNotOffered']],
  [
    'nor CodeDeploy',
    { deployment: 'CODE_DEPLOY', terminationWaitMinutes: 120 },
    { drain: true, maxMinutes: 10, defaultMinutes: 10 },
    ['error drainNotOffered'],
  ],
  ['nor a type that is not known', { deployment: undefined }, { drain: true }, ['error drainNotOffered']],
  ['criteria that were taken away again', {}, { drain: true }, ['error drainOverridden']],
  ['criteria of the service itself', { deferred: true }, {}, ['warning drainsAnyway']],
  ['no room at 100 %', { maximumPercent: 100, minimumHealthyPercent: 0 }, {}, ['warning noRoomForReplacements']],
  [
    'and no movement if none may stop',
    { maximumPercent: 100, minimumHealthyPercent: 100 },
    {},
    ['warning noRoomForReplacements', 'warning deploymentCannotMove'],
  ],
  [
    'one task at 150 % is one task',
    { maximumPercent: 150, minimumHealthyPercent: 50, desiredCount: 1 },
    {},
    ['warning noRoomForReplacements', 'warning deploymentCannotMove'],
  ],
  ['two at 150 % are three', { maximumPercent: 150, desiredCount: 2 }, {}, []],
  ['ten at 109 % are ten', { maximumPercent: 109, desiredCount: 10 }, {}, ['warning noRoomForReplacements']],
  ['ten at 110 % are eleven', { maximumPercent: 110, desiredCount: 10 }, {}, []],
  ['a count of zero says nothing', { maximumPercent: 150, desiredCount: 0 }, {}, []],
  ['nor does a percentage that is not known', { maximumPercent: undefined }, {}, []],
  ['blue/green starts a set of its own', { deployment: 'BLUE_GREEN', maximumPercent: 100 }, {}, []],
  ['a stop timeout shorter than the hand-back', { stopSeconds: 5 }, {}, ['warning stopTimeoutTooShort']],
  ['a hand-back that Fargate does not allow', { stopSeconds: 120 }, { handBackSeconds: 121 }, ['error handBackTooLong']],
  ['but EC2 does', { fargate: false, stopSeconds: 600 }, { handBackSeconds: 600 }, []],
  ['a role that takes no policy', { granted: false }, {}, ['warning grantNotRendered']],
  ['Spot, each by its name', { spot: ['FARGATE_SPOT', 'Stack/Hosts'] }, {}, ['warning spotCapacity', 'warning spotCapacity']],
  ['ECS Anywhere', { external: true }, {}, ['warning externalInstances']],
  ['a host as it should be', { hosts: [host] }, {}, []],
  ['a host of which nothing is known', { hosts: [{ ...host, terminationProtection: undefined, draining: undefined }] }, {}, []],
  ['a host that scale-in may end', { hosts: [{ ...host, terminationProtection: false }] }, {}, ['warning hostTermination']],
  ['a host that is not drained', { hosts: [{ ...host, draining: false }] }, {}, ['warning hostDraining']],
  ['an old agent', { hosts: [{ ...host, agent: 'old' }] }, {}, ['warning agentTooOld']],
  ['an image that does not tell', { hosts: [{ ...host, agent: 'unknown' }] }, {}, ['info agentUnknown']],
])('%s', (_, facts, given, expected) => {
  const findings = checkService(service(facts), settings(given));
  expect(ids(findings)).toEqual(expected);
  for (const { message } of findings) {
    // What, the value, the page that says so, and what to do.
    expect(message).toMatch(/^('\w+'|the )/);
    expect(message).toMatch(/\bgot: |'protectedTasks' is/);
    expect(message).toMatch(/\(https:\/\/docs\.aws\.amazon\.com\/\S+\)/);
    expect(message).toMatch(/\. (Lower|Set|Raise|Say|Leave|Use|Turn|Add|Try|Bake|Hand|Take)[^.]*\b/);
  }
});

const deployment = fc.constantFrom('ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY', 'CODE_DEPLOY', 'EXTERNAL' as const);
const anyFacts = fc
  .record({
    deployment,
    bakeMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1440 })),
    shiftMinutes: fc.integer({ min: 0, max: 2000 }),
    terminationWaitMinutes: fc.integer({ min: 0, max: 300 }),
    maximumPercent: fc.integer({ min: 100, max: 250 }),
    minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
    desiredCount: fc.integer({ min: 1, max: 40 }),
  })
  .map((facts) => service(facts as Partial<ServiceFacts>));
const anySettings = fc
  .record({
    maxMinutes: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 2880 })),
    rolloutMinutes: fc.integer({ min: 1, max: 400 }),
  })
  .map((given) => settings({ ...given, defaultMinutes: 1 }));

/** The promise, reckoned anew: a task protected at the last moment of the rollout, for as long as it may be, and not again. */
function promised(
  facts: ServiceFacts,
  { maxMinutes, rolloutMinutes }: ProtectionSettings,
  findings: readonly Finding[],
): boolean {
  const ends = rolloutMinutes + maxMinutes;
  const inTime = ends < deploymentLimit(facts.deployment ?? 'ROLLING', facts.bakeMinutes ?? 0).minutes;
  const told = findings.some(({ id }) => id === 'noRoomForReplacements');
  const mostTasks = Math.floor(((facts.desiredCount ?? 0) * (facts.maximumPercent ?? 0)) / 100);
  const fits = facts.deployment !== 'ROLLING' || (facts.desiredCount ?? 0) + 1 <= mostTasks;
  return inTime && (told || fits);
}

describe('over random services and settings', () => {
  test('what passes ends in time, and a replacement fits where nothing was told', () => {
    let passed = 0;
    fc.assert(
      fc.property(anyFacts, anySettings, (facts, given) => {
        const findings = checkService(facts, given);
        if (findings.some(({ level }) => level === 'error')) return true;
        passed += 1;
        return promised(facts, given, findings);
      }),
      { seed: 20261126, numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  test('without the checks neither holds', () => {
    const holds = (facts: ServiceFacts, given: ProtectionSettings) => promised(facts, given, []);
    const unchecked = fc.check(fc.property(anyFacts, anySettings, holds), { seed: 20261126, numRuns: 3000 });
    expect(unchecked.failed).toBe(true);
    const short = anySettings.map((given) => ({ ...given, maxMinutes: 1, rolloutMinutes: 1 }));
    expect(fc.check(fc.property(anyFacts, short, holds), { seed: 20261126 }).failed).toBe(true);
    const roomy = anyFacts.map((facts) => ({ ...facts, maximumPercent: 200 }));
    expect(fc.check(fc.property(roomy, anySettings, holds), { seed: 20261126 }).failed).toBe(true);
  });

  test('the percentage that is recommended leaves the room, and one less does not', () => {
    const count = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(count, count, (desiredCount, replacements) => {
        const percent = leastMaximumPercent(desiredCount, replacements);
        return roomFor(desiredCount, percent) >= replacements && roomFor(desiredCount, percent - 1) < replacements;
      }),
      { numRuns: 2000 },
    );
  });
});
