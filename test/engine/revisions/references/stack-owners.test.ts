import { IncompleteScan } from '../../../../engine/incomplete-scan';
import type { ReferrerSettings } from '../../../../engine/revisions/references/elsewhere';
import { type OwningStacks, StackOwners } from '../../../../engine/revisions/references/stack-owners';
import { VirtualClock } from '../../../../simulator';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const arn = (revision: number) => `arn:aws:ecs:eu-west-1:111122223333:task-definition/web:${revision}`;
const stack = (name: string) => `arn:aws:cloudformation:eu-west-1:111122223333:stack/${name}/0001`;

interface World {
  owners?: Record<string, string>;
  statuses?: Record<string, { status: string; parentId?: string }>;
}

function asked({ owners = {}, statuses = {} }: World, settings: ReferrerSettings = {}) {
  const calls: string[] = [];
  const clock = new VirtualClock(0);
  const stacks: OwningStacks = {
    ownerOf: async (id) => {
      calls.push(id);
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
});
