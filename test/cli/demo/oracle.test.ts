import { failures, findingLines } from '../../../cli/demo/findings';
import { Ink } from '../../../cli/demo/ink';
import { judgeActs, judgePins, judgeVerdicts } from '../../../cli/demo/oracle';
import type { PinOfKind } from '../../../cli/demo/simulated-aws';
import type { PrunePlan, PruneReason, Verdict } from '../../../lib/contract/prune-plan';
import { ALL_REFERRERS, REFERRERS } from '../../../lib/contract/referrers';
import type { DestructiveCall } from '../../../simulator/call-log';
import { SETTINGS } from '../../engine/pruner';

const DAY = 86_400_000;
const FIRST = Date.parse('2026-03-01T00:00:00Z');
const settings = { ...SETTINGS, exceptFamilies: ['legacy-*'] };

function verdict(from: number, to: number, reason: PruneReason): Verdict {
  return { from, to, count: to - from + 1, action: reason === 'superseded' ? 'deregister' : 'keep', reason };
}

function plan(at: number, families: Record<string, Verdict[]>): PrunePlan {
  const list = Object.entries(families).map(([family, verdicts]) => ({ family, rule: 0, verdicts }));
  return { at: new Date(at).toISOString(), families: list } as unknown as PrunePlan;
}

const plans = [
  plan(FIRST, { web: [verdict(1, 20, 'announced'), verdict(21, 30, 'latest')] }),
  plan(FIRST + DAY / 2, { web: [verdict(1, 5, 'announced'), verdict(6, 6, 'referenced'), verdict(7, 20, 'announced')] }),
  plan(FIRST + DAY, { web: [verdict(1, 20, 'superseded')] }),
];

const harmless: DestructiveCall = {
  at: FIRST + DAY + 1,
  action: 'DeregisterTaskDefinition',
  family: 'web',
  revision: 5,
  statusBefore: 'ACTIVE',
  referencedBy: [],
  newestActive: false,
  newerActive: 25,
  ageMinutes: 30 * 24 * 60,
  tags: ['team'],
};

test('a deregistration within the rules is found nowhere', () => {
  expect(failures(judgeActs([harmless], plans, settings))).toBe(0);
});

test.each<[string, Partial<DestructiveCall>]>([
  ['referred to', { referencedBy: ['service web'] }],
  ['newest ACTIVE', { newestActive: true }],
  ['10 newest', { newerActive: 9 }],
  ['younger than 7 days', { ageMinutes: 7 * 24 * 60 - 1 }],
  ['tagged cdk-ecs-caretaker:keep', { tags: ['cdk-ecs-caretaker:keep'] }],
  ['settings except', { family: 'legacy-web' }],
  ['not announced 24 h before', { at: FIRST + DAY - 1 }],
  ['not announced 24 h before', { revision: 21 }],
  ['not announced 24 h before', { revision: 6 }],
  ['not announced 24 h before', { at: FIRST - 1 }],
  ['not ACTIVE', { statusBefore: 'INACTIVE' }],
])('it finds one that was %s: %j', (what, difference) => {
  const findings = judgeActs([harmless, { ...harmless, ...difference }], plans, settings);
  expect(findings.find((finding) => finding.what.includes(what))?.found).toBe(1);
});

describe('what is needed from outside ECS', () => {
  const pin = (kind: PinOfKind['kind'], taskDefinition: string, holdsFamily = false): PinOfKind => ({
    kind,
    taskDefinition: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${taskDefinition}`,
    where: 'somewhere',
    holdsFamily,
  });
  const found = (pins: readonly PinOfKind[]) =>
    judgePins([harmless], pins)
      .filter((finding) => finding.found > 0)
      .map(({ what, examples }) => [what, examples]);

  test('others of the family may go, and so may all of a family that is named without a revision', () => {
    expect(
      found([pin('CODE_DEPLOY', 'web:6'), pin('EVENTBRIDGE_RULES', 'web'), pin('CLOUD_FORMATION', 'api:5', true)]),
    ).toEqual([]);
  });

  test.each(ALL_REFERRERS)('P-19: it finds what %s needed', (kind) => {
    expect(found([pin(kind, 'web:5')])).toEqual([[`of a revision pinned by ${REFERRERS[kind].name}`, ['web:5']]]);
  });

  test('P-19: it finds any revision of a family whose stack is in the middle of an update', () => {
    expect(found([pin('CLOUD_FORMATION', 'web:30', true)])).toEqual([
      ['in a family whose stack is in the middle of an update', ['web:5']],
    ]);
  });
});

test('it finds revisions with no verdict and with two', () => {
  const two = plan(FIRST, { web: [verdict(1, 3, 'announced'), verdict(3, 4, 'latest')] });
  const active = [1, 2, 3, 4, 5].map((revision) => ({ family: 'web', revision }));
  expect(judgeVerdicts([...active, { family: 'api', revision: 1 }], two)).toMatchObject({
    found: 3,
    examples: ['web:3', 'web:5', 'api:1'],
  });
});

test('what is found is named, what is not is ticked off', () => {
  const findings = [
    { what: 'of the newest', found: 0, examples: [] },
    { what: 'of one in use', found: 1200, examples: ['web:1', 'web:2'] },
  ];
  expect(findingLines('deregistrations', findings, new Ink(false), 80)).toEqual([
    '  ✓ 0 deregistrations of the newest',
    '  ✗ 1,200 deregistrations of one in use: web:1, web:2, …',
  ]);
});
