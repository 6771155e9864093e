import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TaskScaleInProtection, type TaskScaleInProtectionProps } from 'cdk-ecs-caretaker';
import { errorOf, fargateService, idsIn, protectedService } from './service-in';

function refusal(props: (stack: Stack) => Partial<TaskScaleInProtectionProps>): string {
  const stack = new Stack(new App(), 'Stack');
  try {
    new TaskScaleInProtection(stack, 'Protection', { service: fargateService(stack), ...props(stack) });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

const RULE = 'must be a whole number of minutes from 1 to 2880';

test.each<[string, Partial<TaskScaleInProtectionProps>]>([
  [`'maxProtection' ${RULE}, got: 0`, { maxProtection: Duration.minutes(0) }],
  [`'maxProtection' ${RULE}, got: 2881`, { maxProtection: Duration.minutes(2881) }],
  [`'maxProtection' ${RULE}, got: 1.5`, { maxProtection: Duration.seconds(90) }],
  [`'defaultProtection' ${RULE}, got: 2881`, { defaultProtection: Duration.minutes(2881) }],
  [`'rolloutTime' ${RULE}, got: 0.5`, { rolloutTime: Duration.seconds(30) }],
  ["'handBackTime' must be a whole number of seconds, 1 or more, got: 0.5", { handBackTime: Duration.millis(500) }],
  [
    "'defaultProtection' must be at most 'maxProtection', here 60 minutes: lower it, or leave it out, got: 61",
    { maxProtection: Duration.hours(1), defaultProtection: Duration.minutes(61) },
  ],
])('fails with %s', (message, props) => {
  expect(refusal(() => props)).toBe(`[Stack/Protection] ${message}`);
});

test('fails when a Duration is a token, naming the prop', () => {
  const token = (stack: Stack) => Duration.minutes(new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber);
  expect(refusal((stack) => ({ maxProtection: token(stack) }))).toBe(
    "[Stack/Protection] 'maxProtection' must be known when the app is synthesized: give a Duration of a plain number, got: a token",
  );
});

test('fails with all faults together', () => {
  const error = refusal(() => ({
    maxProtection: Duration.days(3),
    defaultProtection: Duration.seconds(30),
    rolloutTime: Duration.minutes(0),
    handBackTime: Duration.seconds(0),
  }));
  for (const prop of ['maxProtection', 'defaultProtection', 'rolloutTime', 'handBackTime'])
    expect(error).toContain(`'${prop}' must be`);
});

test('fails on an imported service', () => {
  const service = (stack: Stack) =>
    ecs.BaseService.fromServiceArnWithCluster(stack, 'Imported', 'arn:aws:ecs:eu-west-1:111122223333:service/cluster/service');
  expect(refusal((stack) => ({ service: service(stack) as ecs.BaseService }))).toBe(
    "[Stack/Protection] 'service' must be a service that this app makes, because its task role and its containers are changed: " +
      'add the protection where the service is made, got: an imported service, Stack/Imported',
  );
});

test('fails on an imported task definition', () => {
  const arn = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/worker:1';
  const service = (stack: Stack) => {
    const own = fargateService(stack, 'Other');
    Object.defineProperty(own, 'taskDefinition', { value: ecs.TaskDefinition.fromTaskDefinitionArn(stack, 'Imported', arn) });
    return own;
  };
  expect(refusal((stack) => ({ service: service(stack) }))).toContain(
    "'service' must have a task definition that this app makes, because its task role and its containers are changed",
  );
});

test('fails on a service of another app', () => {
  const elsewhere = new Stack(new App(), 'Elsewhere');
  expect(refusal(() => ({ service: fargateService(elsewhere) }))).toBe(
    "[Stack/Protection] 'service' must be a service of the same app: add the protection to the app of the service, got: a service of another app",
  );
});

test('fails on a second protection of one service, and names the first', () => {
  const { stack, service } = protectedService();
  expect(() => new TaskScaleInProtection(stack, 'Second', { service })).toThrow(
    "[Stack/Second] 'service' must have one TaskScaleInProtection: keep one of them, got: a second one, beside Stack/Protection",
  );
});

describe('services that share a task definition', () => {
  const twoOf = (
    first: Partial<TaskScaleInProtectionProps>,
    second: Partial<TaskScaleInProtectionProps>,
    bakeTime?: Duration,
  ) => {
    const { stack, service } = protectedService({ protection: first, service: { bakeTime } });
    const { cluster, taskDefinition } = service;
    const other = new ecs.FargateService(stack, 'Other', { cluster, taskDefinition });
    new TaskScaleInProtection(stack, 'Second', { service: other, ...second });
    return stack;
  };

  test('must say the same durations', () => {
    expect(() => twoOf({ maxProtection: Duration.hours(1) }, { maxProtection: Duration.hours(2) })).toThrow(
      "[Stack/Second] 'maxProtection' must be that of Stack/Protection, 60 minutes, because both services have the same task definition: " +
        'say the same in both, or give one service a task definition of its own, got: 120 minutes',
    );
    expect(() => twoOf({ defaultProtection: Duration.minutes(5) }, {})).toThrow(
      "'defaultProtection' must be that of Stack/Protection",
    );
  });

  test('may say the same, or nothing', () => {
    expect(errorOf(twoOf({ maxProtection: Duration.hours(1) }, { maxProtection: Duration.minutes(60) }))).toBe('');
    expect(errorOf(twoOf({}, {}))).toBe('');
  });

  test('must say the durations when their deployments leave different times', () => {
    const rolloutTime = Duration.hours(2);
    expect(idsIn([errorOf(twoOf({ rolloutTime }, { rolloutTime }, Duration.minutes(10)))])).toEqual(['sharedTaskDefinition']);
  });
});

test.each([
  [1, 1, 200],
  [2, 1, 150],
  [3, 1, 134],
  [10, 10, 200],
  [7, 1, 115],
])('%i tasks and %i replacements need %i %%', (desiredCount, replacements, percent) => {
  expect(TaskScaleInProtection.maximumPercentFor(desiredCount, replacements)).toBe(percent);
});

test('fails to compute a percentage of no tasks', () => {
  expect(() => TaskScaleInProtection.maximumPercentFor(0)).toThrow("'desiredCount' must be a whole number, 1 or more, got: 0");
});
