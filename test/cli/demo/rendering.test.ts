import { Ink, wantsColour } from '../../../cli/demo/ink';
import { elsewhereLines, groupedEvidence, keptLines, keptOf } from '../../../cli/demo/kept';
import { callsByKind } from '../../../cli/demo/numbers';
import { settingsInWords } from '../../../cli/demo/opening';
import { parseDemoOptions } from '../../../cli/demo/options';
import { examinedTable, familiesTable, notExaminedLines, reasonsTable } from '../../../cli/demo/plan-tables';
import { progressLine, tickLine, verifiedLines } from '../../../cli/demo/progress';
import { clockTime, count, counted, hanging, span, wrap } from '../../../cli/demo/words';
import type { FamilyPlan, PrunePlan } from '../../../lib/contract/prune-plan';
import { SETTINGS } from '../../engine/pruner';

const MONDAY = Date.parse('2026-03-02T09:00:00Z');
const plain = new Ink(false);

describe('words', () => {
  test('numbers, nouns and times', () => {
    expect([count(4357), counted(1, 'tick'), counted(2, 'tick')]).toEqual(['4,357', '1 tick', '2 ticks']);
    expect(clockTime(MONDAY)).toBe('Mon 2 Mar 09:00');
  });

  test.each([
    [0, '0 s'],
    [999, '1 s'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h'],
    [97_500_000, '1 d 3 h'],
    [86_430_000, '1 d'],
  ])('%d ms are %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  test('text breaks at spaces, and a long word stands alone', () => {
    expect(wrap('a bc defghijkl m', 5)).toEqual(['a bc', 'defghijkl', 'm']);
  });

  test('text behind a lead stays behind it, whatever colour the lead has', () => {
    expect(hanging(`${new Ink(true).good('✓')} `, 'a bc de', 7)).toEqual([`${new Ink(true).good('✓')} a bc`, '  de']);
  });
});

describe('the plan', () => {
  const family = (name: string, goes: number): FamilyPlan => ({
    family: name,
    rule: 0,
    verdicts: [
      { from: 1, to: goes, count: goes, action: 'keep', reason: 'announced' },
      { from: goes + 1, to: goes + 9, count: 9, action: 'keep', reason: 'latest' },
      { from: goes + 10, to: goes + 10, count: 1, action: 'keep', reason: 'newest' },
    ],
  });
  const plan = {
    families: [family('small', 2), family('large', 1500), family('medium', 30)],
    totals: { families: 3, revisions: 1562, byReason: { announced: 1532, latest: 27, newest: 3 } },
  } as unknown as PrunePlan;

  test('the families that lose most come first, the others share a line, and a total ends it', () => {
    expect(familiesTable(plan, plain, 80, 2)).toEqual([
      '  family           ACTIVE  newest  in use  young  exempt   goes',
      '  ─────────────────────────────────────────────────────────────',
      '  large             1,510      10       ·      ·       ·  1,500',
      '  medium               40      10       ·      ·       ·     30',
      '  1 more families      12      10       ·      ·       ·      2',
      '  ─────────────────────────────────────────────────────────────',
      '  3 families        1,562      30       ·      ·       ·  1,532',
    ]);
  });

  test('a narrow terminal shows what stays and what goes', () => {
    expect(familiesTable(plan, plain, 40, 2)).toEqual([
      '  family           stays   goes',
      '  ─────────────────────────────',
      '  large               10  1,500',
      '  medium              10     30',
      '  1 more families     10      2',
      '  ─────────────────────────────',
      '  3 families          30  1,532',
    ]);
  });

  test('who was asked stands with how many there are, who was not with the reason', () => {
    const examined = [
      { kind: 'ECS tasks', found: 1200 },
      { kind: 'EventBridge rules', found: 0 },
    ];
    const notExamined = [
      { kind: 'CodeDeploy', why: 'left out by the settings' },
      { kind: 'anything outside this account', why: 'nobody can list it' },
    ];
    const asked = { ...plan, examined, notExamined };
    expect(examinedTable(asked, plain, 80)).toEqual(['  1,200  ECS tasks', '      0  EventBridge rules']);
    expect(notExaminedLines(asked, 40)).toEqual([
      '  Not examined (left out by the',
      '  settings): CodeDeploy.',
      '  Not examined (nobody can list it):',
      '  anything outside this account.',
    ]);
  });

  test('each reason that occurs stands with its number and meaning', () => {
    expect(reasonsTable(plan, plain, 80)).toEqual([
      '      3  newest     the newest ACTIVE revision of a family always stays',
      '     27  latest     it is among the newest that the rule keeps',
      '  1,532  announced  it will go when the notice period has passed',
    ]);
  });
});

describe('progress', () => {
  const tick = {
    number: 96,
    at: MONDAY,
    took: 870_000,
    answer: { outcome: 'done', ended: 'deadline', deregistered: 419 },
    total: 419,
    unverified: 0,
  };

  test('while it acts', () => {
    const progress = { tick: 98, now: MONDAY, done: 1089, of: 4358, perSecond: 0.476 };
    expect(progressLine(progress, plain, 80)).toBe(
      '  ████░░░░░░░░░░░░░░░░ 1,089 of 4,358 · Mon 2 Mar 09:00 · tick 98 · 0.48/s',
    );
    expect(progressLine({ ...progress, of: 0, perSecond: 0 }, plain, 80)).toMatch(/· planning anew$/);
  });

  test('on a narrow terminal, where a line that breaks could not be painted over', () => {
    const progress = { tick: 98, now: MONDAY, done: 10_890, of: 43_580, perSecond: 0.476 };
    expect(progressLine(progress, plain, 40)).toBe('  █░░░░ 10,890 of 43,580 · 0.48/s');
    expect(progressLine({ ...progress, perSecond: 0 }, plain, 40).length).toBeLessThan(40);
    expect(tickLine(tick, 4358, plain, 40)).toBe('  Mon 2 Mar 09:14  419 gone of 4,358');
    expect(verifiedLines(tick, plain, 40)).toEqual([
      '  Mon 2 Mar 09:00  verified: nothing',
      '                   refers to 419 of',
      '                   these',
    ]);
  });

  test('after a tick', () => {
    expect(tickLine(tick, 4358, plain, 80)).toBe(
      '  Mon 2 Mar 09:14  tick 96   419 gone   419 of 4,358   14 min 30 s at 0.48/s',
    );
    expect(verifiedLines({ ...tick, unverified: 19 }, plain, 80)[0]).toMatch(/nothing refers to 400 of these; 19 to go$/);
  });
});

describe('what stayed', () => {
  test('evidence is grouped by what it is about', () => {
    expect(groupedEvidence(['tag keep', 'service a: current', 'task: b', 'service a: taskDefinition', 'and 2 more'])).toEqual([
      'tag keep',
      'service a: current, taskDefinition',
      'task: b, and 2 more',
    ]);
  });

  test('where there is no colon, what stands before the last comma is what it is about', () => {
    const group = 'CodeDeploy application shop, deployment group web';
    expect(
      groupedEvidence([`${group}, last successful deployment`, `${group}, target revision`, 'EventBridge pipe a']),
    ).toEqual([`${group}: last successful deployment, target revision`, 'EventBridge pipe a']);
  });

  test('what others need stands under who they are, in one order', () => {
    const one = { why: 'why', verdict: 'referenced', evidence: ['EventBridge pipe a'], isActive: true };
    const kept = [
      { ...one, revision: 'web:1', kind: 'EVENTBRIDGE_PIPES' as const },
      { ...one, revision: 'web:2', kind: 'EVENTBRIDGE_RULES' as const, evidence: ['EventBridge rule b'] },
    ];
    expect(elsewhereLines(kept, plain, 80)).toEqual([
      '  EventBridge rules',
      '  ✓ web:2  referenced',
      '    why',
      '    EventBridge rule b',
      '',
      '  EventBridge Pipes',
      '  ✓ web:1  referenced',
      '    why',
      '    EventBridge pipe a',
      '',
    ]);
  });

  test('a revision that is gone is shown as gone, one announced at first as such', () => {
    const at = (reason: string, evidence: string[]) =>
      ({ families: [{ family: 'web', verdicts: [{ from: 1, to: 9, count: 9, reason, evidence }] }] }) as unknown as PrunePlan;
    const notable = [
      { revision: 'web:3', why: 'it is pinned' },
      { revision: 'web:4', why: 'it is tagged' },
    ];
    const plans = [at('announced', ['tags not read yet']), at('opted-out', ['tag keep'])];
    expect(keptLines(keptOf(notable, plans, new Set(['web:4'])), plain, 80)).toEqual([
      '  ✗ GONE web:3  opted-out',
      '    it is pinned',
      '    tag keep',
      '    announced at first: tags not read yet',
      '  ✓ web:4  opted-out',
      '    it is tagged',
      '    tag keep',
      '    announced at first: tags not read yet',
    ]);
  });
});

test('calls are counted by kind, and an unknown one under its own name', () => {
  const calls = {
    PutObject: 2,
    DescribeTasks: 3,
    DescribeTaskDefinition: 4,
    ListTaskDefinitions: 1,
    DeleteObject: 1,
    TagResource: 1,
    DescribeStackResources: 5,
    ListTargetsByRule: 2,
    BatchGetDeployments: 1,
    DescribeStateMachine: 1,
  };
  expect(callsByKind(calls)).toEqual([
    ['reads of task definitions', 5],
    ['reads of services, deployments, tasks', 3],
    ['reads of stacks', 5],
    ['reads of rules, schedules, pipes, state machines, CodeDeploy', 4],
    ['writes to the ledger', 3],
    ['TagResource', 1],
  ]);
});

test('settings in words', () => {
  const rules = [...SETTINGS.rules, { families: ['web-*', 'api'], keepLatest: 3, minAgeMinutes: 90 }];
  expect(settingsInWords({ ...SETTINGS, rules, exceptFamilies: ['legacy-*'] }, 900_000)).toEqual([
    'every family except legacy-*: keep the newest 10, and all younger than 7 d',
    'web-*, api: keep the newest 3, and all younger than 1 h 30 min',
    'mode DEREGISTER: announce for 24 h, then at most 0.5 a second',
    'a tick every 15 min',
  ]);
  expect(settingsInWords({ ...SETTINGS, withoutReferrers: ['CODE_DEPLOY', 'STEP_FUNCTIONS'] }, 900_000).at(-1)).toBe(
    'does not look at CodeDeploy, Step Functions',
  );
});

describe('flags', () => {
  test('unsaid, said, and as one word', () => {
    const unsaid = { story: 'prune', seed: 1, revisions: 5000, without: [], serve: false, help: false };
    expect(parseDemoOptions([])).toEqual(unsaid);
    expect(parseDemoOptions(['stack-update', '--seed', '7'])).toMatchObject({ story: 'stack-update', seed: 7 });
    expect(parseDemoOptions(['--seed=7', '--revisions', '300', '--serve'])).toMatchObject({
      seed: 7,
      revisions: 300,
      serve: true,
    });
    const { without } = parseDemoOptions(['--without', 'CODE_DEPLOY', '--without=EVENTBRIDGE_PIPES']);
    expect(without).toEqual(['CODE_DEPLOY', 'EVENTBRIDGE_PIPES']);
  });

  test.each([
    [['--revisions', '199'], '--revisions must be a whole number from 200 to 100000'],
    [['--revisions', '1e3'], "not '1e3'"],
    [['--seed', '-1'], '--seed'],
    [['--seed', 'x'], "--seed must be a whole number from 0 to 2147483647, not 'x'"],
    [['--seed'], '--seed'],
    [['--serve=yes'], '--serve'],
    [['--sed', '1'], '--sed'],
    [['--without', 'PIPES'], '--without must be one of EVENTBRIDGE_RULES, '],
    [['stack-update', '--without', 'CODE_DEPLOY'], '--without does not go with stack-update'],
    [['300'], "there is no story '300'"],
    [['prune', 'stack-update'], 'one story at a time'],
    [['stack-update', '--serve'], '--serve does not go with stack-update'],
    [['stack-update', '--revisions', '300'], '--revisions does not go with stack-update'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseDemoOptions(argv)).toThrow(message);
  });
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
])('colour on a terminal (%s) with %j: %s', (isTerminal, env, colour) => {
  expect(wantsColour(isTerminal, env)).toBe(colour);
});
