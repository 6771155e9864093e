import { shop, stackWorld } from './small-stack';

const FAILS_LATE = { logicalId: 'Queue', during: 'forward', when: 'after' } as const;
const DELETE = {};
const RETAIN = { updateReplacePolicy: 'Retain', deletionPolicy: 'Retain' } as const;
const KEEP_GOOD = { updateReplacePolicy: 'Retain', deletionPolicy: 'RetainExceptOnCreate' } as const;
const KEEP_REPLACED = { updateReplacePolicy: 'Retain', deletionPolicy: 'Delete' } as const;

describe.each([
  ['Delete, Delete', DELETE, { replaced: ['web:2'], rolledBack: ['web:1'], removed: [], deleted: [], notCreated: [] }],
  [
    'Retain, Retain',
    RETAIN,
    {
      replaced: ['web:1', 'web:2'],
      rolledBack: ['web:1', 'web:2'],
      removed: ['web:1'],
      deleted: ['web:1'],
      notCreated: ['web:1'],
    },
  ],
  [
    'Retain, RetainExceptOnCreate',
    KEEP_GOOD,
    { replaced: ['web:1', 'web:2'], rolledBack: ['web:1'], removed: ['web:1'], deleted: ['web:1'], notCreated: [] },
  ],
  [
    'Retain, Delete',
    KEEP_REPLACED,
    { replaced: ['web:1', 'web:2'], rolledBack: ['web:1'], removed: [], deleted: [], notCreated: [] },
  ],
])('UpdateReplacePolicy and DeletionPolicy %s', (_, policies, active) => {
  test('decide what stays ACTIVE after a replacement', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { policies }));
    await world.stack.deploy(shop('2', { policies }));
    expect(world.active()).toEqual(active.replaced);
  });

  test('decide what stays of an update that is rolled back', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { policies }));
    await world.stack.deploy(shop('2', { policies }), { faults: [FAILS_LATE] });
    expect(world.active()).toEqual(active.rolledBack);
  });

  test('decide what stays when the resource is removed from the template', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { policies }));
    await world.stack.deploy({ resources: [{ logicalId: 'Queue', type: 'AWS::SQS::Queue' }] });
    expect(world.active()).toEqual(active.removed);
  });

  test('decide what stays when the stack is deleted, and when its creation fails', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { policies }));
    await world.stack.deleteStack();
    expect(world.active()).toEqual(active.deleted);
    const failing = stackWorld();
    await failing.stack.deploy(shop('1', { policies }), { faults: [FAILS_LATE] });
    expect(failing.active()).toEqual(active.notCreated);
  });
});

describe('what AWS leaves open is tried both ways', () => {
  test.each([
    ['new', ['web:1', 'web:2']],
    ['old', ['web:2']],
  ] as const)('the UpdateReplacePolicy of the %s template, when one update sets it and replaces', async (which, expected) => {
    const world = stackWorld(undefined, { assumptions: { updateReplacePolicyOf: which } });
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('2', { policies: KEEP_GOOD }));
    expect(world.active()).toEqual(expected);
  });

  test.each([
    [true, ['web:1', 'web:2']],
    [false, ['web:1']],
  ])('whether UpdateReplacePolicy Retain keeps a replacement that is rolled back: %s', async (keeps, expected) => {
    const world = stackWorld(undefined, { assumptions: { retainKeepsRolledBack: keeps } });
    await world.stack.deploy(shop('1', { policies: KEEP_GOOD }));
    await world.stack.deploy(shop('2', { policies: KEEP_GOOD }), { faults: [FAILS_LATE] });
    expect(world.active()).toEqual(expected);
  });
});
