import * as fc from 'fast-check';
import { formatTaskDefinitionArn, parseRevision, parseTaskDefinitionArn, revisionName } from '../../../lib/contract/arn';
import { isExactFamily, isFamilyPattern, matchesFamily } from '../../../lib/contract/family-pattern';
import { InputError, shown } from '../../../lib/contract/fault';
import { ECS_ACTIONS, ECS_BUCKETS } from '../../../lib/contract/limits';
import { PRUNE_METRICS } from '../../../lib/contract/metrics';
import { narrows, parsePruneRequest } from '../../../lib/contract/prune-request';
import { parsePruneSettings, pruneSettingsFaults } from '../../../lib/contract/prune-settings';

const ARN = 'arn:aws-cn:ecs:cn-north-1:111122223333:task-definition/web_1-a:42';
const family = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const revision = fc.integer({ min: 1, max: 2_147_483_647 });

const SETTINGS = {
  version: 1,
  mode: 'PLAN',
  rules: [{ families: ['web-*'], keepLatest: 10, minAgeMinutes: 10_080 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 1440,
  actionsPerSecond: 0.5,
  keepTag: 'keep',
};

function faultsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('the ARN of a revision', () => {
  test('P-17: is read in any partition, and written as it was', () => {
    const parsed = parseTaskDefinitionArn(ARN);
    expect(parsed).toEqual({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '111122223333',
      family: 'web_1-a',
      revision: 42,
    });
    expect(parsed && formatTaskDefinitionArn(parsed, parsed)).toBe(ARN);
  });

  test.each([
    '',
    'web',
    `${ARN} `,
    `${ARN}\n`,
    `x${ARN}`,
    ARN.replace(':42', ''),
    ARN.replace(':42', ':0'),
    ARN.replace(':42', ':042'),
    ARN.replace(':42', ':4294967296'),
    ARN.replace('111122223333', '1'),
    ARN.replace('web_1-a', 'web/1'),
    ARN.replace('web_1-a', 'a'.repeat(256)),
    ARN.replace('task-definition', 'service'),
    ARN.replace(':ecs:', ':ec2:'),
  ])('P-15: is not guessed from %j', (text) => {
    expect(parseTaskDefinitionArn(text)).toBeUndefined();
    expect(parseRevision(text)).toBeUndefined();
  });

  test('and its short name mean the same revision', () => {
    fc.assert(
      fc.property(family, revision, (name, number) => {
        const short = revisionName({ family: name, revision: number });
        const long = `arn:aws:ecs:eu-west-1:111122223333:task-definition/${short}`;
        expect(parseRevision(short)).toEqual({ family: name, revision: number });
        expect(parseRevision(long)).toEqual({ family: name, revision: number });
      }),
    );
  });
});

describe('a family pattern', () => {
  const pattern = fc.stringMatching(/^[ab*]{1,8}$/);
  const name = fc.stringMatching(/^[ab]{1,10}$/);

  test('matches what a regular expression of the same meaning matches', () => {
    fc.assert(
      fc.property(pattern, name, (given, text) => {
        expect(matchesFamily(given, text)).toBe(new RegExp(`^${given.replaceAll('*', '.*')}$`).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('P-20: is the whole of app, app-, app-2 or App, and no other of them', () => {
    const names = ['app', 'app-', 'app-2', 'App'];
    const matched = (given: string) => names.filter((one) => matchesFamily(given, one));
    for (const one of names) expect(matched(one)).toEqual([one]);
    expect([matched('app-*'), matched('app*'), matched('*p'), matched('a*2')]).toEqual([
      ['app-', 'app-2'],
      ['app', 'app-', 'app-2'],
      ['app', 'App'],
      ['app-2'],
    ]);
  });

  test('tells upper case from lower case, and a dot from any character', () => {
    expect(matchesFamily('Web-*', 'web-a')).toBe(false);
    expect(isFamilyPattern('web.a')).toBe(false);
    expect([isExactFamily('web'), isExactFamily('web*')]).toEqual([true, false]);
  });

  test('takes no time on the worst text', () => {
    const start = performance.now();
    for (let round = 0; round < 1000; round += 1) matchesFamily(`${'*a'.repeat(126)}*b`, `${'a'.repeat(254)}c`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('settings', () => {
  test('are read with numbers as strings, as CloudFormation makes them', () => {
    const given = {
      ...SETTINGS,
      version: '1',
      rules: [{ allFamilies: 'true', keepLatest: '10', minAgeMinutes: '60' }],
      actionsPerSecond: '0.5',
      maxActionsPerRun: '7',
      noticePeriodMinutes: '10',
      keepSuccessfulDeployments: '1',
    };
    expect(parsePruneSettings(given)).toEqual({
      ...SETTINGS,
      rules: [{ allFamilies: true, keepLatest: 10, minAgeMinutes: 60 }],
      maxActionsPerRun: 7,
      noticePeriodMinutes: 10,
      keepSuccessfulDeployments: 1,
    });
  });

  test('read twice are the same', () => {
    expect(parsePruneSettings(parsePruneSettings(SETTINGS))).toEqual(SETTINGS);
  });

  test.each([undefined, null, 1, 'text', [], [SETTINGS]])('that are %j are one fault', (document) => {
    expect(faultsOf(() => parsePruneSettings(document))).toEqual(['settings']);
  });

  test.each<[string, object]>([
    ['version', { version: 2 }],
    ['mode', { mode: 'DELETE' }],
    ['mode', { mode: undefined }],
    ['rules', { rules: 'web' }],
    ['rules[0]', { rules: [null] }],
    ['rules[0].families', { rules: [{ ...SETTINGS.rules[0], allFamilies: true }] }],
    ['rules[0].families', { rules: [{ keepLatest: 1, minAgeMinutes: 60 }] }],
    ['rules[0].families', { rules: [{ ...SETTINGS.rules[0], families: ['**'] }] }],
    ['rules[0].keepLatest', { rules: [{ ...SETTINGS.rules[0], keepLatest: '' }] }],
    ['rules[0].keepLatest', { rules: [{ ...SETTINGS.rules[0], keepLatest: null }] }],
    ['rules[0].minAgeMinutes', { rules: [{ ...SETTINGS.rules[0], minAgeMinutes: 59 }] }],
    ['rules[0].keepOldest', { rules: [{ ...SETTINGS.rules[0], keepOldest: 1 }] }],
    ['exceptFamilies', { exceptFamilies: 'legacy' }],
    ['keepSuccessfulDeployments', { keepSuccessfulDeployments: 0 }],
    ['noticePeriodMinutes', { noticePeriodMinutes: 0 }],
    ['actionsPerSecond', { actionsPerSecond: Number.NaN }],
    ['actionsPerSecond', { actionsPerSecond: 0.91 }],
    ['maxActionsPerRun', { maxActionsPerRun: 0 }],
    ['keepTag', { keepTag: '' }],
    ['keepTag', { keepTag: 'aws:cloudformation:stack-name' }],
    ['dryRun', { dryRun: true }],
  ])('with a wrong %s name it: %j', (path, change) => {
    expect(faultsOf(() => parsePruneSettings({ ...SETTINGS, ...change }))).toEqual([path]);
  });

  test('tell all faults at once', () => {
    const wrong = { ...SETTINGS, mode: 1, keepTag: 1, rules: [{ families: [1], keepLatest: -1, minAgeMinutes: 0 }] };
    expect(faultsOf(() => parsePruneSettings(wrong)).sort()).toEqual(
      ['keepTag', 'mode', 'rules[0].families', 'rules[0].keepLatest', 'rules[0].minAgeMinutes'].sort(),
    );
  });

  test('that only the deployment knows are not judged now, their neighbours are', () => {
    const isToken = (value: unknown) => value === 'TOKEN';
    const rules = [{ families: ['TOKEN', 'a/b'], keepLatest: 'TOKEN', minAgeMinutes: 1 }];
    const faults = pruneSettingsFaults({ ...SETTINGS, rules, keepTag: 'TOKEN' }, isToken);
    expect(faults.map(({ path }) => path)).toEqual(['rules[0].families', 'rules[0].minAgeMinutes']);
  });

  test('of any JSON are accepted or refused, never anything else', () => {
    fc.assert(fc.property(fc.jsonValue(), (document) => Array.isArray(faultsOf(() => parsePruneSettings(document)))));
  });
});

describe('an event', () => {
  test.each([undefined, null, {}, { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: { planOnly: true } }])(
    '%j is the ordinary tick',
    (event) => {
      expect(parsePruneRequest(event)).toEqual({});
      expect(narrows(parsePruneRequest(event))).toBe(false);
    },
  );

  test('can narrow a run, with a number as a string', () => {
    const request = parsePruneRequest({ planOnly: true, families: ['web-*'], maxActions: '3' });
    expect(request).toEqual({ planOnly: true, families: ['web-*'], maxActions: 3 });
    expect(narrows(request)).toBe(true);
    expect(narrows(parsePruneRequest({ maxActions: 0 }))).toBe(true);
  });

  test.each<[unknown, string[]]>([
    ['run', ['event']],
    [[], ['event']],
    [{ planonly: true }, ['planonly']],
    [{ mode: 'DEREGISTER', keepLatest: 0 }, ['mode', 'keepLatest']],
    [{ planOnly: 'yes', families: [], maxActions: '' }, ['planOnly', 'families', 'maxActions']],
    [{ maxActions: -1 }, ['maxActions']],
    [{ maxActions: null }, ['maxActions']],
    [{ maxActions: [1] }, ['maxActions']],
    [{ maxActions: true }, ['maxActions']],
    [{ families: ['a/b'] }, ['families']],
  ])('%j is refused whole', (event, paths) => {
    expect(faultsOf(() => parsePruneRequest(event))).toEqual(paths);
  });
});

test('a fault shows a value in one short line', () => {
  expect(shown('x'.repeat(500))).toHaveLength(80);
  expect(shown({ a: '\n' })).toBe('{"a":"\\n"}');
  expect([shown(undefined), shown(null), shown(Number.NaN)]).toEqual(['nothing', 'null', 'NaN']);
});

test('every ECS action draws from a bucket that is there, and every metric has a name of its own', () => {
  for (const bucket of Object.values(ECS_ACTIONS)) expect(ECS_BUCKETS[bucket].perSecond).toBeGreaterThan(0);
  const names = Object.values(PRUNE_METRICS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('X-12: keys of the prototype in settings or an event are refused like any unknown key, and change nothing elsewhere', () => {
  const hostile = (given: object) => JSON.parse(JSON.stringify(given).replace(/^\{/, '{"__proto__":{"mode":"DEREGISTER"},'));
  expect(faultsOf(() => parsePruneSettings(hostile(SETTINGS)))).toEqual(['__proto__']);
  expect(faultsOf(() => parsePruneRequest(hostile({ planOnly: true })))).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).mode).toBeUndefined();
});
