import * as fc from 'fast-check';
import { mentions } from '../../../engine/aws/mentions';
import { arn, definition } from '../scripted-call';

const found = (value: unknown) =>
  mentions(value).map(({ revision, field }) => `${field} ${revision.family}:${revision.revision}`);

describe('P-18: a task definition in an answer', () => {
  test('is found in fields that nobody knew yet, however deep', () => {
    const service = { pools: [{ spare: { warm: [definition('web:7')] } }], taskDefinition: definition('web:8') };
    expect(found(service)).toEqual(['pools[].spare.warm[] web:7', 'taskDefinition web:8']);
  });

  test('is found by its short name in a field called so', () => {
    expect(found({ previousTaskDefinitions: ['web:3'], TASKDEFINITION: 'web:4' })).toEqual([
      'previousTaskDefinitions[] web:3',
      'TASKDEFINITION web:4',
    ]);
  });

  test('is not found in other texts that look like a short name', () => {
    expect(found({ image: 'nginx:1', group: 'service:2', clusterArn: arn('cluster/web:1') })).toEqual([]);
  });

  test('counts in another account, partition or Region as well: doubt keeps', () => {
    expect(found({ x: 'arn:aws-cn:ecs:cn-north-1:999999999999:task-definition/web:5' })).toEqual(['x web:5']);
  });

  test('is found at any depth, in the order in which the answer names them', () => {
    let deep: unknown = { warm: [definition('web:2'), definition('web:3')], last: definition('web:4') };
    for (let level = 0; level < 20_000; level += 1) deep = level % 2 === 0 ? [deep] : { pool: deep };
    expect(mentions([definition('web:1'), deep, null, undefined, 7, true]).map(({ revision }) => revision.revision)).toEqual([
      1, 2, 3, 4,
    ]);
  });

  test('is the whole of a text: part of a longer one names nothing', () => {
    expect(found({ note: `runs ${definition('web:1')}`, taskDefinition: 'web:1 ', other: 'task-definition/web:1' })).toEqual(
      [],
    );
    expect(found([definition('web:1'), { '': definition('web:2') }])).toEqual(['[] web:1', '[]. web:2']);
  });

  test('is found wherever it stands, and nothing breaks on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(mentions([value, { here: definition('web:1') }]).at(-1)?.revision).toEqual({ family: 'web', revision: 1 });
      }),
    );
  });
});
