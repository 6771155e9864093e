import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { type OwningStacks, StackOwners } from '../../../../engine/revisions/references/stack-owners';
import type { ReferrerSettings } from '../../../../lib/contract/referrers';
import { REFERRERS } from '../../../../lib/contract/referrers';
import { VirtualClock } from '../../../../simulator';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const arn = (revision: number) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/web:${revision}`;
const stack = (name: string) => `arn:aws:cloudformation:eu-west-1:111122223333:stack/${name}/0001`;

interface World {
  owners?: Record<string, string>;
  statuses?: Record<string, { status: string; parentId?: string }>;
  /** Thrown by every question about an owner. */
  refusal?: Error;
}

function asked({ owners = {}, statuses = {}, refusal }: World, settings: ReferrerSettings = {}) {
  const calls: string[] = [];
  const clock = new VirtualClock(Date.parse('2026-03-01T12:00:00Z'));
  const stacks: OwningStacks = {
    ownerOf: async (id) => {
      calls.push(id);
      if (refusal) throw refusal;
      return owners[id];
    },
    status: async (id) => {
      calls.push(id);
      const facts = statuses[id];
      if (!facts) throw new IncompleteScan('DescribeStacks', 'no such stack');
      return facts;
    },
  };
  const all = new StackOwners({ settings, stacks, environment: ENVIRONMENT, clock });
  return { all, calls, clock };
}

const claim = (world: World) => asked(world).all.claimOn({ family: 'web', revision: 3 }, 9);

describe('CloudFormation', () => {
  test('knows nothing of a revision and of the newest: it may go', async () => {
    expect(await claim({})).toBeUndefined();
  });

  test('records a revision: it stays, though no service runs it', async () => {
    const world = { owners: { [arn(3)]: stack('shop') }, statuses: { [stack('shop')]: { status: 'UPDATE_COMPLETE' } } };
    expect(await claim(world)).toEqual({ claims: 'revision', evidence: 'recorded by stack shop' });
  });

  test('has deleted the stack that recorded it: nobody owns it', async () => {
    const world = { owners: { [arn(3)]: stack('shop') }, statuses: { [stack('shop')]: { status: 'DELETE_COMPLETE' } } };
    expect(await claim(world)).toBeUndefined();
  });

  test.each([
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_FAILED',
    'DELETE_FAILED',
    'REVIEW_IN_PROGRESS',
    'A_STATE_OF_TOMORROW',
  ])('the stack of the newest is in %s: the whole family stays', async (status) => {
    const world = { owners: { [arn(9)]: stack('shop') }, statuses: { [stack('shop')]: { status } } };
    expect(await claim(world)).toEqual({ claims: 'family', evidence: `stack shop is in ${status}` });
  });

  test('a stack above it is in mid-update: the whole family stays', async () => {
    const world = {
      owners: { [arn(9)]: stack('nested') },
      statuses: {
        [stack('nested')]: { status: 'UPDATE_COMPLETE', parentId: stack('root') },
        [stack('root')]: { status: 'UPDATE_IN_PROGRESS' },
      },
    };
    expect(await claim(world)).toEqual({ claims: 'family', evidence: 'stack root is in UPDATE_IN_PROGRESS' });
  });

  test('a stack that is settled and records another revision keeps nothing', async () => {
    const world = {
      owners: { [arn(9)]: stack('shop') },
      statuses: { [stack('shop')]: { status: 'UPDATE_ROLLBACK_COMPLETE' } },
    };
    expect(await claim(world)).toBeUndefined();
  });

  test('a stack whose state cannot be read: nothing goes', async () => {
    await expect(claim({ owners: { [arn(9)]: stack('shop') } })).rejects.toThrow(IncompleteScan);
  });

  test('is asked once a minute about the newest and about a stack, and each time about the revision itself', async () => {
    const world = { owners: { [arn(9)]: stack('shop') }, statuses: { [stack('shop')]: { status: 'UPDATE_COMPLETE' } } };
    const { all, calls, clock } = asked(world);
    await all.claimOn({ family: 'web', revision: 3 }, 9);
    await all.claimOn({ family: 'web', revision: 4 }, 9);
    expect(calls).toEqual([arn(3), arn(9), stack('shop'), arn(4)]);
    clock.advance(60_000);
    await all.claimOn({ family: 'web', revision: 5 }, 9);
    expect(calls.slice(4)).toEqual([arn(5), arn(9), stack('shop')]);
  });

  test('an answer is good for less than a minute, and one of nothing as well', async () => {
    const { all, calls, clock } = asked({});
    for (const wait of [0, 59_999, 1]) {
      clock.advance(wait);
      await all.claimOn({ family: 'web', revision: 3 }, 9);
    }
    expect(calls).toEqual([arn(3), arn(9), arn(3), arn(3), arn(9)]);
  });

  test('an answer that took long is as old as its question', async () => {
    const { all, calls, clock } = asked({
      owners: {
        get [arn(9)]() {
          clock.advance(60_000);
          return stack('shop');
        },
      },
      statuses: { [stack('shop')]: { status: 'UPDATE_COMPLETE' } },
    });
    await all.claimOn({ family: 'web', revision: 3 }, 9);
    await all.claimOn({ family: 'web', revision: 4 }, 9);
    expect(calls.slice(0, 5)).toEqual([arn(3), arn(9), stack('shop'), arn(4), arn(9)]);
  });

  test.each(['CREATE', 'UPDATE', 'IMPORT', 'ROLLBACK', 'UPDATE_ROLLBACK', 'IMPORT_ROLLBACK'])(
    'the stack of the newest is in %s_COMPLETE: it is done, and keeps nothing',
    async (what) => {
      const world = { owners: { [arn(9)]: stack('shop') }, statuses: { [stack('shop')]: { status: `${what}_COMPLETE` } } };
      expect(await claim(world)).toBeUndefined();
    },
  );

  test.each(['UPDATE_COMPLETE_OF_TOMORROW', 'NOT_YET_UPDATE_COMPLETE'])(
    'the stack of the newest is in %s, which nobody knows: the whole family stays',
    async (status) => {
      const world = { owners: { [arn(9)]: stack('shop') }, statuses: { [stack('shop')]: { status } } };
      expect(await claim(world)).toEqual({ claims: 'family', evidence: `stack shop is in ${status}` });
    },
  );

  test('a stack above it was deleted: what the nested one records stays', async () => {
    const world = {
      owners: { [arn(3)]: stack('nested') },
      statuses: {
        [stack('nested')]: { status: 'UPDATE_COMPLETE', parentId: stack('root') },
        [stack('root')]: { status: 'DELETE_COMPLETE' },
      },
    };
    expect(await claim(world)).toEqual({ claims: 'revision', evidence: 'recorded by stack nested' });
  });

  test('of a stack whose id is of an unknown form the whole id is told', async () => {
    const world = { owners: { [arn(3)]: 'shop' }, statuses: { shop: { status: 'UPDATE_COMPLETE' } } };
    expect(await claim(world)).toEqual({ claims: 'revision', evidence: 'recorded by stack shop' });
  });

  test('the revision is settled, and the newest is in mid-update in another stack: the whole family stays', async () => {
    const world = {
      owners: { [arn(3)]: stack('old'), [arn(9)]: stack('new') },
      statuses: { [stack('old')]: { status: 'UPDATE_COMPLETE' }, [stack('new')]: { status: 'UPDATE_IN_PROGRESS' } },
    };
    expect(await claim(world)).toEqual({ claims: 'family', evidence: 'stack new is in UPDATE_IN_PROGRESS' });
  });

  /** Stacks one in the other, of which the revision's lies this deep. */
  const nested = (depth: number): World => ({
    owners: { [arn(3)]: stack('s0') },
    statuses: Object.fromEntries(
      Array.from({ length: depth + 1 }, (_, index) => [
        stack(`s${index}`),
        { status: 'UPDATE_COMPLETE', ...(index < depth ? { parentId: stack(`s${index + 1}`) } : {}) },
      ]),
    ),
  });

  test('stacks are followed up ten deep; whose parents do not end are not read, and nothing goes', async () => {
    expect(await claim(nested(10))).toEqual({ claims: 'revision', evidence: 'recorded by stack s0' });
    await expect(claim(nested(11))).rejects.toThrow('DescribeStacks: the stacks above do not end');
  });
});

describe('P-19: the plan says of CloudFormation', () => {
  const KIND = 'CloudFormation stacks';
  const ask = ({ all }: ReturnType<typeof asked>) => all.claimOn({ family: 'web', revision: 3 }, 9);

  test('about how many revisions it was asked', async () => {
    const world = asked({ owners: { [arn(3)]: stack('shop') }, statuses: { [stack('shop')]: { status: 'UPDATE_COMPLETE' } } });
    await ask(world);
    await ask(world);
    expect(world.all.examined).toEqual([{ kind: `${KIND}, asked about the next revisions to go`, found: 2 }]);
    expect(world.all.notExamined).toEqual([]);
  });

  test('that the settings leave it out: it is not asked, whatever it would say', async () => {
    const world = asked({ owners: { [arn(3)]: stack('shop') } }, { withoutReferrers: ['CLOUD_FORMATION'] });
    expect([await ask(world), world.calls, world.all.examined]).toEqual([undefined, [], []]);
    expect(world.all.notExamined).toEqual([{ kind: KIND, why: 'left out by the settings' }]);
  });

  test('that this Region does not have it, where that is so', async () => {
    const here = jest.replaceProperty(REFERRERS.CLOUD_FORMATION, 'absentFrom', ['eu-west-1'] as never);
    const world = asked({});
    here.restore();
    expect([await ask(world), world.calls, world.all.examined]).toEqual([undefined, [], []]);
    expect(world.all.notExamined).toEqual([{ kind: KIND, why: 'not offered here' }]);
  });

  const denied = new IncompleteScan('DescribeStackResources', 'AccessDenied: no', 'AccessDenied');

  test('P-06: that it was denied and the settings tolerate that: it is not asked again, and keeps nothing', async () => {
    const world = asked({ refusal: denied }, { tolerateDenied: ['CLOUD_FORMATION'] });
    expect([await ask(world), await ask(world), world.calls, world.all.examined]).toEqual([undefined, undefined, [arn(3)], []]);
    expect(world.all.notExamined).toEqual([
      { kind: KIND, why: 'denied, which the settings tolerate: DescribeStackResources: AccessDenied: no' },
    ]);
  });

  test.each<[string, ReferrerSettings]>([
    ['nothing of denials', {}],
    ['that another kind may be denied', { tolerateDenied: ['CODE_DEPLOY'] }],
  ])('P-06: nothing, for it was denied and the settings say %s: nothing goes, and the remedy is told', async (_, settings) => {
    const world = asked({ refusal: denied }, settings);
    await expect(ask(world)).rejects.toMatchObject({
      name: 'IncompleteScan',
      call: `${KIND}, DescribeStackResources`,
      code: 'AccessDenied',
      message:
        `${KIND}, DescribeStackResources: AccessDenied: no; allow the function's role ` +
        'cloudformation:DescribeStackResources on *, ' +
        'cloudformation:DescribeStacks on arn:aws:cloudformation:eu-west-1:111122223333:stack/*/*, ' +
        "or name CLOUD_FORMATION in 'tolerateDenied' or 'withoutReferrers'",
    });
    expect(world.all.examined).toEqual([{ kind: `${KIND}, asked about the next revisions to go`, found: 0 }]);
  });

  test.each([
    ['what only breaks', new IncompleteScan('DescribeStacks', 'Throttling: no', 'Throttling')],
    ['what is not known', new IncompleteScan('DescribeStacks', 'no')],
    ['a fault of our own that calls itself a denial', Object.assign(new TypeError('no'), { code: 'AccessDenied' })],
  ])('P-05: nothing, for %s is never tolerated', async (_, refusal) => {
    const world = asked({ refusal }, { tolerateDenied: ['CLOUD_FORMATION'] });
    await expect(ask(world)).rejects.toBe(refusal);
    expect(world.all.notExamined).toEqual([]);
  });
});
