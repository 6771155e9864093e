import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TaskScaleInProtection } from 'cdk-ecs-caretaker';
import * as fc from 'fast-check';
import { environmentsOf, errorOf, fargateService, idsIn, warningsOf } from './service-in';

const { BLUE_GREEN, ROLLING } = ecs.DeploymentStrategy;
const minutes = (most: number) => fc.option(fc.integer({ min: 1, max: most }).map(Duration.minutes), { nil: undefined });
const services = fc.record({
  deploymentStrategy: fc.constantFrom(undefined, ROLLING, BLUE_GREEN),
  bakeTime: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 1440 }).map(Duration.minutes)),
  maxHealthyPercent: fc.constantFrom(undefined, 100, 110, 150, 200),
  desiredCount: fc.integer({ min: 1, max: 12 }),
});
const protections = fc.record({ maxProtection: minutes(300), rolloutTime: minutes(170) });

/** What the template says in the end, and whether a task protected at the end of the rollout lets the deployment end in time. */
function outcome(stack: Stack, rolloutMinutes: number) {
  const [service] = Object.values(Template.fromStack(stack).findResources('AWS::ECS::Service'));
  const { Strategy = 'ROLLING', BakeTimeInMinutes = 0, MaximumPercent } = service?.Properties.DeploymentConfiguration ?? {};
  const most = Number(environmentsOf(stack).worker?.CARETAKER_PROTECTION_MAX_MINUTES);
  const limit = Strategy === 'ROLLING' && BakeTimeInMinutes === 0 ? 180 : 2160;
  const count = service?.Properties.DesiredCount;
  return {
    inTime: rolloutMinutes + most < limit,
    fits: Strategy !== 'ROLLING' || Math.floor((count * MaximumPercent) / 100) > count,
  };
}

test('whatever is synthesized lets deployments end in time, and replacements start where nothing was told', () => {
  let passed = 0;
  fc.assert(
    fc.property(services, protections, (service, protection) => {
      const stack = new Stack(new App(), 'Stack');
      // AZ rebalancing and 100 % exclude each other in CDK.
      const availabilityZoneRebalancing = ecs.AvailabilityZoneRebalancing.DISABLED;
      const made = fargateService(stack, 'Service', { service: { ...service, availabilityZoneRebalancing } });
      new TaskScaleInProtection(stack, 'Protection', { service: made, ...protection });
      if (errorOf(stack) !== '') return true;
      passed += 1;
      const { inTime, fits } = outcome(stack, protection.rolloutTime?.toMinutes() ?? 45);
      return inTime && (fits || idsIn(warningsOf(stack)).includes('noRoomForReplacements'));
    }),
    { seed: 20261126, numRuns: 25 },
  );
  expect(passed).toBeGreaterThan(20);
});
