import { Ink } from '../../../cli/demo/ink';
import { withExampleStack } from '../../../cli/demo/stack-update/example-stack';
import { endOf, newWorld, playLife, type StackWorld, scriptOf } from '../../../cli/demo/stack-update/life';
import { legend, type Moment, momentOf, momentsTable, withoutRepeats } from '../../../cli/demo/stack-update/moments';
import { pruneInUpdate } from '../../../cli/demo/stack-update/prune-in-update';
import {
  actsOfFunction,
  blockedByInactive,
  blockedRollbacks,
  judgeLife,
  staying,
} from '../../../cli/demo/stack-update/stack-oracle';
import { endingLines } from '../../../cli/demo/stack-update/stack-screen';
import { brief, deregistrationsTable, whyPruned, whyPrunedTooEarly } from '../../../cli/demo/stack-update/timeline';
import type { DestructiveCall } from '../../../simulator/call-log';
import { VirtualClock } from '../../../simulator/clock';
import type { Deregistration, Happening, StackChange } from '../../../simulator/cloudformation/journal';
import { STACK_SETTINGS } from '../../engine/stack/stack-doors';

const MONDAY = Date.parse('2026-03-02T09:00:00Z');
const MINUTE = 60_000;
const plain = new Ink(false);
const IDS = { ids: { taskDefinition: 'Web', service: 'Service', customResource: 'Old', function: 'Function' } };

const moment = (minutes: number, label: string, active: number[], known: number[], running: number[]): Moment => ({
  at: MONDAY + minutes * MINUTE,
  label,
  active,
  known,
  running,
});

const deregistration = (revision: number, wishes: Partial<Deregistration> = {}): Deregistration => ({
  kind: 'deregistration',
  at: MONDAY,
  stack: 'shop',
  stackStatus: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  by: 'handler',
  family: 'web',
  revision,
  statusBefore: 'ACTIVE',
  referencedBy: [],
  ...wishes,
});

describe('moments', () => {
  test('stand as rows, revisions as columns, groups apart', () => {
    const first = [moment(0, 'created', [9], [9], [9])];
    const second = [moment(1, 'pruned', [10, 11], [9, 10, 11], [11]), moment(2, 'blocked', [10], [9, 10, 11], [11])];
    expect(momentsTable([first, second], [9, 10, 11], plain)).toEqual([
      '                   revision   9 10 11',
      '  Mon 2 Mar 09:00  created    ■',
      '',
      '  Mon 2 Mar 09:01  pruned     ○  ●  ■',
      '  Mon 2 Mar 09:02  blocked    ○  ●  ✗',
    ]);
    for (const mark of '■●○✗') expect(legend(plain)).toContain(mark);
  });

  test('that changed nothing are left out, except the last', () => {
    const at = (label: string, active: number[]) => moment(0, label, active, [1, 2], []);
    const told = withoutRepeats([at('a', [1]), at('b', [1]), at('c', [2]), at('d', [2]), at('e', [2])], [at('before', [1])]);
    expect(told.map(({ label }) => label)).toEqual(['c', 'e']);
  });

  test('are named after what happened; most of it is not worth a row', () => {
    const change = (status: StackChange['status']): Happening => ({
      kind: 'stack',
      at: 0,
      stack: 's',
      status,
      reason: undefined,
    });
    expect(momentOf(change('UPDATE_ROLLBACK_FAILED'), IDS)).toBe('ROLLBACK BLOCKED');
    expect(momentOf(change('CREATE_IN_PROGRESS'), IDS)).toBeUndefined();
    expect(momentOf(deregistration(1), IDS)).toBeUndefined();
  });
});

describe('what went', () => {
  test('shares a row when the same is to be said of it', () => {
    const acts = [
      deregistration(3),
      deregistration(2),
      deregistration(9, { by: 'stack', stackStatus: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS' }),
    ];
    const rows = deregistrationsTable(acts, whyPruned, 'the function', plain, 120);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(/^ {2}2 3 .*the function {4}after the update: nothing refers to it, newer ones stay$/);
    expect(rows[2]).toMatch(/^ {2}9 .*CloudFormation {2}the update that made it was rolled back$/);
  });

  test('too early: says who needs it', () => {
    const referencedBy = ['service arn:aws:ecs:eu-west-1:111122223333:service/blue/web'];
    expect(whyPrunedTooEarly(deregistration(1, { referencedBy }))).toBe('in Update, although the service needs it');
    expect(whyPrunedTooEarly(deregistration(1))).toBe('in Update: newer ones stay');
  });

  test("a message of CloudFormation's loses its wrappings", () => {
    expect(brief('Failed: [Service]. Resource handler returned message: "TaskDefinition is inactive"')).toBe(
      'TaskDefinition is inactive',
    );
    expect(brief('Stack:arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/0a-1b is in X state')).toBe(
      'Stack Shop is in X state',
    );
    expect(brief('The update was cancelled')).toBe('The update was cancelled');
  });
});

describe('the oracle', () => {
  const call = (revision: number, wishes: Partial<DestructiveCall> = {}): DestructiveCall => ({
    at: MONDAY,
    action: 'DeregisterTaskDefinition',
    family: 'web',
    revision,
    statusBefore: 'ACTIVE',
    referencedBy: [],
    newestActive: false,
    newerActive: 3,
    ageMinutes: 60,
    tags: [],
    ...wishes,
  });
  const found = (happenings: readonly Happening[], calls: readonly DestructiveCall[] = [], bodies: [string, number][] = []) =>
    Object.values(judgeLife(happenings, calls, STACK_SETTINGS, new Map(bodies), { newest: [], deployed: [], unneeded: [] }))
      .flat()
      .map((finding) => finding.found);

  test('has nothing against an act in the clean-up, and does not hold acts of the stack against the function', () => {
    expect(found([deregistration(1), deregistration(9, { by: 'stack' })], [call(1), call(9, { newerActive: 0 })])).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(actsOfFunction([deregistration(1), deregistration(9, { by: 'stack' })])).toHaveLength(1);
  });

  test.each([
    ['an act before the clean-up', [deregistration(1, { stackStatus: 'UPDATE_IN_PROGRESS' })], [call(1)], 0],
    ['a revision in use', [deregistration(1)], [call(1, { referencedBy: ['service x'] })], 1],
    ['one of the newest', [deregistration(1)], [call(1, { newerActive: 2 })], 2],
    ['one that is young', [deregistration(1)], [call(1, { ageMinutes: 59 })], 3],
  ])('finds %s', (_, happenings, calls, place) => {
    expect(found(happenings, calls).map((count, index) => (index === place ? count === 1 : count === 0))).not.toContain(false);
  });

  test('finds requests without their one answer, and blocked rollbacks', () => {
    const blocked: Happening = { kind: 'stack', at: 0, stack: 's', status: 'UPDATE_ROLLBACK_FAILED', reason: 'why' };
    expect(blockedRollbacks([blocked])).toEqual(['why']);
    expect(found([blocked], [], [['once', 1]]).slice(4)).toEqual([0, 0, 1, 0]);
    expect(found([], [], [['never', 0]]).slice(4)).toEqual([1, 0, 0, 0]);
  });

  test('has much against the old design, which its own journals give away', async () => {
    const found = await withExampleStack(['one', 'two', 'three', 'four'], async (example) => {
      const world: StackWorld = newWorld(new VirtualClock(MONDAY), 1, () => old);
      const old = pruneInUpdate(world.ecs, example.settings.keepLatest);
      const life = await playLife(example, scriptOf(1), world);
      const { active, ran } = endOf(life);
      const stays = staying(active, ran, example.settings);
      return judgeLife(life.happenings, world.ecs.log.destructive, example.settings, new Map(), stays);
    });
    expect(found.acts.filter((finding) => finding.found > 0).map(({ what }) => what)).toEqual([
      'before the clean-up of an update that is over',
      'of a revision that anything referred to',
    ]);
    expect(found.rollbacks).toMatchObject([{ found: 1 }]);
  });

  test('counts for the control only what an inactive revision blocked', () => {
    const blocked = (reason: string): Happening => ({
      kind: 'stack',
      at: 0,
      stack: 's',
      status: 'UPDATE_ROLLBACK_FAILED',
      reason,
    });
    expect(blockedByInactive([blocked('"TaskDefinition is inactive"'), blocked('something else')])).toBe(1);
    expect(blockedByInactive([deregistration(1)])).toBe(0);
  });

  test('sees what is left ACTIVE for no reason', () => {
    const stays = staying([1, 2, 7, 9, 12], new Set([1, 12]), STACK_SETTINGS);
    expect(stays).toEqual({ newest: [7, 9, 12], deployed: [1], unneeded: [2] });
    expect(judgeLife([], [], STACK_SETTINGS, new Map(), stays).revisions).toMatchObject([{ found: 1, examples: ['2'] }]);
  });

  test('an ending that is not as it must be says so', () => {
    const stays = { newest: [], deployed: [], unneeded: [] };
    const findings = judgeLife([], [], STACK_SETTINGS, new Map(), stays);
    const life = { before: [], deployments: [], happenings: [], revisions: [] };
    const ending = { findings, pruned: 0, blocked: 0, isWell: false, files: [['./a', 'b'] as const], realMs: 1, life };
    const text = endingLines(ending, plain, 80).join('\n');
    expect(text).toContain('✗ 0 rollback blocked with the old design');
    expect(text).toContain('THE STORY DID NOT END AS IT MUST');
  });
});
