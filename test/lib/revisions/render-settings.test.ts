import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { PruneMode, type PruneRule, RevisionPruner, type RevisionPrunerProps } from 'cdk-ecs-caretaker';
import * as fc from 'fast-check';
import { LARGEST_SETTINGS_BYTES } from '../../../lib/contract/limits';
import { parsePruneSettings } from '../../../lib/contract/prune-settings';
import { prunerIn, settingsOf } from '../template-of';

const text = (stack: Stack, id: string) => new CfnParameter(stack, id).valueAsString;
const number = (stack: Stack, id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;

function refusal(props: RevisionPrunerProps | ((stack: Stack) => RevisionPrunerProps)): string {
  try {
    prunerIn(props);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('the settings document', () => {
  test('is what the props say, flat', () => {
    const { stack } = prunerIn({
      allFamilies: true,
      exceptFamilies: ['legacy-*'],
      keepLatest: 3,
      minAge: Duration.days(2),
      keepSuccessfulDeployments: 5,
      mode: PruneMode.DEREGISTER,
      noticePeriod: Duration.hours(48),
      actionsPerSecond: 0.25,
      maxActionsPerRun: 100,
      keepTag: 'keep',
    });
    expect(parsePruneSettings(settingsOf(stack))).toEqual({
      version: 1,
      mode: 'DEREGISTER',
      rules: [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 2880 }],
      exceptFamilies: ['legacy-*'],
      keepSuccessfulDeployments: 5,
      noticePeriodMinutes: 2880,
      actionsPerSecond: 0.25,
      maxActionsPerRun: 100,
      keepTag: 'keep',
    });
  });

  test('gives a rule the pruner’s keepLatest and minAge where it has none of its own', () => {
    const { stack } = prunerIn({
      rules: [{ families: ['a'], keepLatest: 1 }, { families: ['b'], minAge: Duration.hours(1) }, { allFamilies: true }],
      keepLatest: 7,
      minAge: Duration.days(1),
    });
    expect(parsePruneSettings(settingsOf(stack)).rules).toEqual([
      { families: ['a'], keepLatest: 1, minAgeMinutes: 1440 },
      { families: ['b'], keepLatest: 7, minAgeMinutes: 60 },
      { allFamilies: true, keepLatest: 7, minAgeMinutes: 1440 },
    ]);
  });

  const family = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}\*?$/);
  const retention = {
    keepLatest: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: -1, max: 1_000_001 })),
    minAge: fc.integer({ min: 59, max: 10_000 }).map((minutes) => Duration.minutes(minutes)),
  };
  const families = fc.array(family, { minLength: 0, maxLength: 4 });
  const scope: fc.Arbitrary<Pick<RevisionPrunerProps, 'families' | 'allFamilies' | 'rules'>> = fc.oneof(
    fc.record({ families }),
    fc.constant({ allFamilies: true }),
    fc.record({
      rules: fc.array<PruneRule>(
        fc.oneof(
          fc.record({ families, ...retention }, { requiredKeys: ['families'] }),
          fc.record({ allFamilies: fc.constant(true), ...retention }, { requiredKeys: ['allFamilies'] }),
        ),
        { maxLength: 3 },
      ),
    }),
  );
  const props: fc.Arbitrary<RevisionPrunerProps> = fc
    .tuple(
      scope,
      fc.record(
        {
          ...retention,
          exceptFamilies: families,
          keepSuccessfulDeployments: fc.integer({ min: 0, max: 101 }),
          mode: fc.constantFrom(PruneMode.PLAN, PruneMode.DEREGISTER),
          noticePeriod: fc.integer({ min: 9, max: 90 * 24 * 60 + 1 }).map((minutes) => Duration.minutes(minutes)),
          actionsPerSecond: fc.double({ min: 0, max: 1, noNaN: true }),
          maxActionsPerRun: fc.integer({ min: 0, max: 10_000 }),
          keepTag: fc.oneof(fc.stringMatching(/^[a-z:-]{1,20}$/), fc.string({ maxLength: 130 })),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([where, what]) => ({ ...what, ...where }));

  test('whatever props are given: they are refused in one message, or the function accepts what they render', () => {
    let accepted = 0;
    fc.assert(
      fc.property(props, (given) => {
        let stack: Stack;
        try {
          stack = prunerIn(given).stack;
        } catch (error) {
          return /^\[Stack\/Pruner\] '/.test((error as Error).message);
        }
        const settings = parsePruneSettings(settingsOf(stack));
        accepted += 1;
        return settings.rules.length === (given.rules?.length ?? 1) && settings.mode === (given.mode ?? 'PLAN');
      }),
      { seed: 20261125, numRuns: 60 },
    );
    expect(accepted).toBeGreaterThan(30);
  });
});

describe('tokens', () => {
  test('are accepted in every string and number, and the function reads what the deployment makes of them', () => {
    const { stack } = prunerIn((scope) => ({
      rules: [{ families: ['exact', `${text(scope, 'Team')}-*`], keepLatest: number(scope, 'Rule') }, { allFamilies: true }],
      exceptFamilies: [text(scope, 'Except')],
      keepLatest: number(scope, 'Latest'),
      keepSuccessfulDeployments: number(scope, 'Deployments'),
      actionsPerSecond: number(scope, 'Pace'),
      maxActionsPerRun: number(scope, 'Most'),
      keepTag: text(scope, 'Tag'),
      memorySize: number(scope, 'Memory'),
    }));
    const values = {
      Team: 'web',
      Rule: '4',
      Except: 'old',
      Latest: '5',
      Deployments: '2',
      Pace: '0.3',
      Most: '9',
      Tag: 'keep',
    };
    expect(parsePruneSettings(settingsOf(stack, values))).toMatchObject({
      rules: [
        { families: ['exact', 'web-*'], keepLatest: 4 },
        { allFamilies: true, keepLatest: 5 },
      ],
      exceptFamilies: ['old'],
      keepSuccessfulDeployments: 2,
      actionsPerSecond: 0.3,
      maxActionsPerRun: 9,
      keepTag: 'keep',
    });
    expect(() => parsePruneSettings(settingsOf(stack, { ...values, Latest: '0' }))).toThrow(/keepLatest/);
  });

  test('do not hide a wrong neighbour in the same list', () => {
    expect(refusal((stack) => ({ families: [text(stack, 'Family'), 'not a family'] }))).toContain("'families' must hold names");
  });

  test.each<[string, (stack: Stack) => RevisionPrunerProps]>([
    ['minAge', (stack) => ({ families: ['a'], minAge: Duration.days(number(stack, 'N')) })],
    ['noticePeriod', (stack) => ({ families: ['a'], noticePeriod: Duration.hours(number(stack, 'N')) })],
    ['staleAfter', (stack) => ({ families: ['a'], staleAfter: Duration.hours(number(stack, 'N')) })],
    [
      'rules[1].minAge',
      (stack) => ({ rules: [{ families: ['a'] }, { allFamilies: true, minAge: Duration.days(number(stack, 'N')) }] }),
    ],
    ['families', () => ({ families: Lazy.list({ produce: () => ['a'] }) })],
    ['exceptFamilies', () => ({ allFamilies: true, exceptFamilies: Lazy.list({ produce: () => ['a'] }) })],
    ['rules[0].families', () => ({ rules: [{ families: Lazy.list({ produce: () => ['a'] }) }] })],
  ])('fails when %s is one, by that name and nothing else', (path, props) => {
    const message = refusal(props);
    expect(message).toMatch(/^\[Stack\/Pruner\] '[^']+' must be [^']*known when the app is synthesized[^']*, got: a token$/);
    expect(message).toContain(`'${path}'`);
  });
});

describe('fails when', () => {
  const rule = { families: ['a'] };

  test.each<[string, RevisionPrunerProps, string]>([
    [
      'nothing names a family',
      {},
      "'families' must be the only one of 'families', 'allFamilies' and 'rules', and one of them must be given, got: none",
    ],
    ['two props name families', { families: ['a'], allFamilies: true }, 'got: families and allFamilies'],
    ['rules stand beside families', { families: ['a'], rules: [rule] }, 'got: families and rules'],
    ['rules stand beside allFamilies', { allFamilies: true, rules: [rule] }, "'rules' must be the only one"],
    ['the list is empty', { families: [] }, "'families' must be a list of at least one family name or pattern, got: []"],
    ['there is no rule', { rules: [] }, "'rules' must be a list of at least one rule, got: []"],
    [
      'a rule names no family',
      { rules: [rule, {}] },
      "'rules[1].families' must be given, or 'allFamilies: true', and not both, got: neither",
    ],
    ['a pattern is everything', { families: ['*'] }, "'allFamilies: true' says it"],
    ['a name cannot be a family', { families: ['a/b'] }, "'families' must hold names of 1 to 255 letters"],
    [
      'nothing would be kept',
      { families: ['a'], keepLatest: 0 },
      "'keepLatest' must be a whole number from 1 to 1000000, got: 0",
    ],
    ['a rule keeps nothing', { rules: [{ ...rule, keepLatest: 0 }] }, "'rules[0].keepLatest' must be"],
    [
      'rules inherit a wrong number',
      { rules: [rule, rule], keepLatest: 1.5 },
      "[Stack/Pruner] 'keepLatest' must be a whole number from 1 to 1000000, got: 1.5",
    ],
    [
      'a revision may be too young',
      { families: ['a'], minAge: Duration.minutes(5) },
      "'minAge' must be a whole number from 60 to 5256000 minutes, got: 5",
    ],
    ['an age is no whole minute', { families: ['a'], minAge: Duration.seconds(3601) }, "'minAge' must be a whole number"],
    [
      'the notice is no second look',
      { families: ['a'], noticePeriod: Duration.minutes(9) },
      "'noticePeriod' must be a whole number from 10 to 129600 minutes, got: 9",
    ],
    [
      'the pace takes what deployments need',
      { families: ['a'], actionsPerSecond: 1 },
      "'actionsPerSecond' must be above 0 and at most 0.9",
    ],
    ['a run may do nothing', { families: ['a'], maxActionsPerRun: 0 }, "'maxActionsPerRun' must be a whole number"],
    [
      'nothing could be rolled back to',
      { families: ['a'], keepSuccessfulDeployments: 0 },
      "'keepSuccessfulDeployments' must be",
    ],
    ['the tag belongs to AWS', { families: ['a'], keepTag: 'aws:keep' }, "'keepTag' must be a tag key"],
    [
      'the alarm would wait longer than CloudWatch allows',
      { families: ['a'], staleAfter: Duration.hours(169) },
      "'staleAfter' must be a whole number of hours from 1 to 168, got: 169",
    ],
    [
      'the alarm would not wait whole hours',
      { families: ['a'], staleAfter: Duration.minutes(90) },
      "'staleAfter' must be a whole number of hours from 1 to 168, got: 1.5",
    ],
    [
      'Lambda has no such memory',
      { families: ['a'], memorySize: 64 },
      "'memorySize' must be a whole number from 128 to 10240, got: 64",
    ],
    ['subnets stand without a VPC', { families: ['a'], vpcSubnets: {} }, "'vpcSubnets' needs 'vpc', got: no vpc"],
    [
      'security groups stand without a VPC',
      { families: ['a'], securityGroups: [] },
      "'securityGroups' needs 'vpc', got: no vpc",
    ],
  ])('%s', (_, props, message) => {
    expect(refusal(props)).toContain(message);
  });

  test('a retention stands beside a log group of the user', () => {
    expect(
      refusal((stack) => ({
        families: ['a'],
        logGroup: new logs.LogGroup(stack, 'L'),
        logsKeptFor: logs.RetentionDays.ONE_DAY,
      })),
    ).toContain("'logsKeptFor' must not stand beside 'logGroup'");
  });

  test('several props are wrong: one message tells them all, each once', () => {
    const message = refusal({
      rules: [{ families: ['a'], keepLatest: 0 }, { allFamilies: true }],
      minAge: Duration.minutes(1),
      actionsPerSecond: 2,
      memorySize: 1,
      staleAfter: Duration.days(8),
    });
    expect(message.match(/got: /g)).toHaveLength(5);
    for (const prop of ['rules[0].keepLatest', 'minAge', 'actionsPerSecond', 'memorySize', 'staleAfter']) {
      expect(message.split(`'${prop}'`)).toHaveLength(2);
    }
  });

  test('the settings do not fit into the function’s environment, with the way out', () => {
    const many = Array.from({ length: 200 }, (_, index) => `some-service-${index}`);
    const message = refusal({ families: many });
    expect(message).toMatch(/^\[Stack\/Pruner\] 'families' and the other settings must fit into 3072 bytes/);
    expect(message).toContain("use patterns with '*', or 'allFamilies' with 'exceptFamilies'");
    expect(refusal({ rules: many.map((name) => ({ families: [name] })) })).toContain("'rules' and the other settings");
  });

  test('and not when they just fit', () => {
    const { stack } = prunerIn({ families: Array.from({ length: 110 }, (_, index) => `some-service-${1000 + index}`) });
    expect(JSON.stringify(settingsOf(stack)).length).toBeLessThanOrEqual(LARGEST_SETTINGS_BYTES);
  });

  test('anything is refused, nothing is left in the stack but the construct itself', () => {
    const stack = new Stack(new App(), 'Stack');
    new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
    expect(() => new RevisionPruner(stack, 'Pruner', {})).toThrow(Error);
    expect(stack.node.findChild('Pruner').node.children).toEqual([]);
  });
});
