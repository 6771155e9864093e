import type { StackTemplate } from '../../../simulator/cloudformation/template';
import { shop, stackWorld } from './small-stack';

const NESTED = 'AWS::CloudFormation::Stack';

/** A stack within a stack, and a queue that is updated after it. */
const parent = (image: string, inner: StackTemplate = shop(image)): StackTemplate => ({
  resources: [
    { logicalId: 'Inner', type: NESTED, template: inner },
    { logicalId: 'After', type: 'AWS::SQS::Queue', properties: { Version: image }, dependsOn: ['Inner'] },
  ],
});

function nestedWorld() {
  const world = stackWorld();
  const name = () => world.stacks.physicalIdOf('Inner')?.split('/')[1] ?? '';
  return { ...world, inner: () => world.statuses(name()), name };
}

describe('a nested stack', () => {
  test('cleans up only when its parent does', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    await world.stack.deploy(parent('2'));
    const order = world.stacks.journal.entries.flatMap((one) =>
      one.kind === 'stack' ? [`${one.stack === 'shop' ? 'parent' : 'child'} ${one.status}`] : [],
    );
    expect(order.slice(4)).toEqual([
      'parent UPDATE_IN_PROGRESS',
      'child UPDATE_IN_PROGRESS',
      'child UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'parent UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'child UPDATE_COMPLETE',
      'parent UPDATE_COMPLETE',
    ]);
    expect(world.requests()).toEqual(['Create web:1', 'Update web:1 -> web:2', 'Delete web:1']);
  });

  test('in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS may still be rolled back by its parent', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    const faults = [{ logicalId: 'After', during: 'forward', when: 'before' } as const];
    expect(await world.stack.deploy(parent('2'), { faults })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.inner().slice(2)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:1']);
  });

  test('keeps what the failed update would have removed', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    const faults = [{ logicalId: 'After', during: 'forward', when: 'before' } as const];
    await world.stack.deploy(parent('2', shop('1', { without: ['Pruner', 'Queue'] })), { faults });
    expect(world.requests()).toEqual(['Create web:1']);
    expect(world.stacks.describeStackResource(world.name(), 'Pruner').StackResourceDetail.ResourceStatus).toBe(
      'CREATE_COMPLETE',
    );
  });

  test('that fails rolls itself back, and its parent the rest', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    const faults = [{ logicalId: 'Queue', during: 'forward', when: 'after' } as const];
    expect(await world.stack.deploy(parent('2'), { faults })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.inner().at(-1)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.active()).toEqual(['web:1']);
  });

  test('whose rollback is blocked blocks its parent, until that goes on', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    const faults = [
      { logicalId: 'After', during: 'forward', when: 'before' },
      { logicalId: 'Service', during: 'rollback', when: 'before' },
    ] as const;
    expect(await world.stack.deploy(parent('2'), { faults })).toBe('UPDATE_ROLLBACK_FAILED');
    expect(world.inner().at(-1)).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(world.stack.continueUpdateRollback({ skip: ['Inner'] })).rejects.toThrow('cannot be skipped: [Inner]');
    expect(await world.stack.continueUpdateRollback()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.inner().at(-1)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:1']);
  });

  test('has its own resources skipped by its name', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    const faults = [
      { logicalId: 'After', during: 'forward', when: 'before' },
      { logicalId: 'Service', during: 'rollback', when: 'before' },
    ] as const;
    await world.stack.deploy(parent('2'), { faults });
    const skip = [`${world.name()}.Service`];
    expect(await world.stack.continueUpdateRollback({ skip })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:2']);
  });

  test('says who its parent and its root are, takes parameters, gives outputs, and goes with its parent', async () => {
    const world = nestedWorld();
    const inner: StackTemplate = {
      resources: [{ logicalId: 'Named', type: 'AWS::SQS::Queue', properties: { Name: { Ref: 'Name' } } }],
      outputs: { Queue: { Ref: 'Named' } },
    };
    await world.stack.deploy({
      resources: [
        { logicalId: 'Inner', type: NESTED, template: inner, properties: { Parameters: { Name: 'orders' } } },
        { logicalId: 'Reader', type: 'X', properties: { Queue: { 'Fn::GetAtt': ['Inner', 'Outputs.Queue'] } } },
      ],
    });
    const [queue, reader] = [world.stacks.resourcesOf(world.name()).at(0), world.stack.resource('Reader')];
    expect(queue?.properties).toEqual({ Name: 'orders' });
    expect(reader?.properties).toEqual({ Queue: queue?.physicalId });
    expect(world.stacks.describeStacks(world.name()).Stacks[0]).toMatchObject({
      ParentId: world.stack.id,
      RootId: world.stack.id,
    });
    const { name } = world;
    const inside = name();
    await world.stack.deleteStack();
    expect(world.statuses(inside).at(-1)).toBe('DELETE_COMPLETE');
  });

  test('can only be worked on through its root', async () => {
    const world = nestedWorld();
    await world.stack.deploy(parent('1'));
    await expect(world.stacks.stack(world.name()).deploy(shop('2'))).rejects.toThrow('through its root stack');
  });
});
