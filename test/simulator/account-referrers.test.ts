import { parseRevision } from '../../lib/contract/arn';
import { addBelievableReferrers, EcsSimulator, fillBelievableAccount, Neighbors, StackSimulator } from '../../simulator';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY_MINUTES = 1440;
const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

function believable({ seed = 1, revisions = 5000, families = 40 } = {}) {
  const clock = { now: () => NOW, advance: () => undefined };
  const ecs = new EcsSimulator({ clock, environment, throttling: false });
  const account = fillBelievableAccount(ecs, { seed, revisions, families });
  const neighbors = new Neighbors({ clock, environment });
  const stacks = new StackSimulator({ ecs, clock });
  const referrers = addBelievableReferrers(account, { ecs, neighbors, stacks });
  const pinned = [...neighbors.all, stacks].flatMap((one) => one.pinned().map(({ taskDefinition }) => taskDefinition));
  return { ecs, account, referrers, pinned, stacks };
}

describe.each([
  ['the usual account', {}],
  ['another seed', { seed: 7 }],
  ['the smallest', { revisions: 200, families: 16 }],
])('who refers to revisions from outside ECS: %s', (_, options) => {
  const { ecs, account, referrers, pinned } = believable(options);

  test('a rule, a schedule, a pipe, a state machine, a version, a deployment group and two stacks each pin one', () => {
    expect(referrers.pinned.map(({ kind }) => kind)).toEqual([
      'CLOUD_FORMATION',
      'EVENTBRIDGE_RULES',
      'EVENTBRIDGE_SCHEDULER',
      'EVENTBRIDGE_PIPES',
      'STEP_FUNCTIONS',
      'STEP_FUNCTIONS',
      'CODE_DEPLOY',
      'CLOUD_FORMATION',
    ]);
    for (const { revision } of referrers.pinned) {
      expect(pinned.some((taskDefinition) => taskDefinition.endsWith(`/${revision}`))).toBe(true);
    }
    expect(new Set(referrers.pinned.map(({ revision }) => revision)).size).toBe(8);
  });

  test('each of them is old, has ten newer ones, and nothing else keeps it', async () => {
    for (const { revision } of referrers.pinned) {
      expect([revision, ecs.referencedBy(revision)]).toEqual([revision, []]);
      expect(account.notable.map((one) => one.revision)).not.toContain(revision);
      const { family, revision: number } = parseRevision(revision) ?? { family: '', revision: 0 };
      expect((account.families.find(({ name }) => name === family)?.newest ?? 0) - number).toBeGreaterThan(10);
      const answer = await ecs.call('DescribeTaskDefinition', { taskDefinition: revision, include: ['TAGS'] });
      const { taskDefinition, tags } = answer as { taskDefinition: Record<string, number | string>; tags: { key: string }[] };
      expect([taskDefinition.status, tags.map(({ key }) => key)]).toEqual(['ACTIVE', ['team']]);
      expect(NOW / 60_000 - Number(taskDefinition.registeredAt) / 60).toBeGreaterThan(30 * DAY_MINUTES);
    }
  });

  test('families are named without a revision, which pins none', () => {
    expect(referrers.named).toHaveLength(2);
    expect(pinned.filter((taskDefinition) => !/:\d+$/.test(taskDefinition))).toEqual([]);
  });
});

test('a stack in the middle of an update needs what it has and what it goes back to; a settled one what it has', () => {
  const { stacks } = believable();
  const ids = stacks.pinned().map(({ where, isAtWork }) => [where, isAtWork]);
  expect(ids).toEqual([
    ['stack checkout-production in UPDATE_IN_PROGRESS', true],
    ['stack checkout-production in UPDATE_IN_PROGRESS', true],
    ['stack quarterly-audit in CREATE_COMPLETE', false],
  ]);
});

test('the same seed gives the same referrers', () => {
  expect(believable({ seed: 7 }).referrers).toEqual(believable({ seed: 7 }).referrers);
});
