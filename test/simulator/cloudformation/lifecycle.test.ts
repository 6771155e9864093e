import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTemplate } from '../../../simulator/cloudformation/template';
import { idByRevisions, shop, stackWorld } from './small-stack';

const FAILS_LATE = { logicalId: 'Queue', during: 'forward', when: 'after' } as const;
const UPDATE = ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'];
const ROLLBACK = [
  'UPDATE_IN_PROGRESS',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
];

describe('an update', () => {
  test('registers the new revision, waits for the service, and deregisters the old one in the clean-up', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'))).toBe('UPDATE_COMPLETE');
    expect(world.statuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', ...UPDATE]);
    expect(world.deregistered()).toEqual(['stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS web:1']);
    expect([world.active(), world.runs()]).toEqual([['web:2'], 'web:2']);
  });

  test('touches only what has changed', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('1'));
    expect(world.requests()).toEqual(['Create web:1']);
    expect(world.active()).toEqual(['web:1']);
  });

  test('acts in the order given as far as references allow, and refuses a circle', async () => {
    const world = stackWorld();
    const resources = shop('1').resources.toReversed();
    expect(await world.stack.deploy({ resources })).toBe('CREATE_COMPLETE');
    const [a, b] = ['A', 'B'].map((logicalId) => ({
      logicalId,
      type: 'X',
      properties: { of: { Ref: logicalId === 'A' ? 'B' : 'A' } },
    }));
    if (!a || !b) throw new Error('two resources');
    await expect(world.stack.deploy({ resources: [a, b] })).rejects.toThrow('circular dependency');
  });

  test('removes what the template has no more, in the clean-up, dependents first', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('2', { without: ['Pruner', 'Queue'] }));
    expect(world.requests()).toEqual(['Create web:1', 'Delete web:1']);
    expect(() => world.stacks.describeStackResource('shop', 'Pruner')).toThrow('Resource Pruner does not exist for stack shop');
    expect(world.deregistered()).toEqual(['stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS web:1']);
  });

  test('is watched after its last step and before the clean-up, and an alarm rolls it back', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const before = world.clock.now();
    await world.stack.deploy(shop('2'), { monitoringMinutes: 60 });
    expect(world.clock.now() - before).toBeGreaterThan(3_600_000);
    expect(await world.stack.deploy(shop('3'), { monitoringMinutes: 60, alarm: true })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.runs()).toBe('web:2');
  });

  test('in Express mode is over while the service still deploys', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('2', { policies: { updateReplacePolicy: 'Retain' } }), { express: true });
    expect(world.ecs.referencedBy('web:1')).not.toEqual([]);
    const world2 = stackWorld();
    await world2.stack.deploy(shop('1'));
    expect(await world2.stack.deploy(shop('2'), { express: true, faults: [FAILS_LATE] })).toBe('UPDATE_FAILED');
  });

  test('with DEFERRED clean-up is over while old tasks still run', async () => {
    const service = {
      DeploymentConfiguration: { EarlySuccessCriteria: { Enable: true, SourceServiceRevisionCleanup: 'DEFERRED' } },
    };
    const policies = { updateReplacePolicy: 'Retain' } as const;
    let referenced: readonly string[] = [];
    const world = stackWorld(undefined, {
      observe: (happening) => {
        const isOver = happening.kind === 'stack' && happening.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
        if (isOver) referenced = world.ecs.referencedBy('web:1');
      },
    });
    await world.stack.deploy(shop('1', { service, policies }));
    await world.stack.deploy(shop('2', { service, policies }));
    expect(referenced.length).toBeGreaterThan(0);
  });
});

describe('a failed update', () => {
  test('is rolled back with old and new swapped, and what it made goes in the clean-up', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'), { faults: [FAILS_LATE] })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.statuses().slice(2)).toEqual(ROLLBACK);
    expect(world.requests()).toEqual(['Create web:1', 'Update web:1 -> web:2', 'Update web:2 -> web:1', 'Delete web:2']);
    expect(world.deregistered()).toEqual(['stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS web:2']);
    expect(world.runs()).toBe('web:1');
  });

  test.each(
    (['Web', 'Service', 'Pruner', 'Queue'] as const).flatMap((logicalId) =>
      (['before', 'after'] as const).map((when) => ({ logicalId, when })),
    ),
  )('comes back to what was there: fails $when $logicalId', async ({ logicalId, when }) => {
    for (const rollbackOrder of ['reverse', 'forward'] as const) {
      const world = stackWorld(undefined, { assumptions: { rollbackOrder } });
      await world.stack.deploy(shop('1'));
      const faults = [{ logicalId, during: 'forward', when } as const];
      expect(await world.stack.deploy(shop('2'), { faults })).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:1']);
      expect(world.stacks.describeStackResource('shop', 'Pruner').StackResourceDetail.PhysicalResourceId).toBe('web:1');
      expect(await world.stack.deploy(shop('3'))).toBe('UPDATE_COMPLETE');
    }
  });

  test.each([true, false])('follows the circuit breaker of the service, with its own rollback: %s', async (Rollback) => {
    const service = { DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback } } };
    const world = stackWorld();
    await world.stack.deploy(shop('1', { service }));
    const faults = [{ logicalId: 'Service', during: 'forward', when: 'before', what: 'circuit-breaker' } as const];
    expect(await world.stack.deploy(shop('2', { service }), { faults })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.runs()).toBe('web:1');
  });

  test('is rolled back when it is cancelled, by an operator or from within', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const faults = [{ logicalId: 'Service', during: 'forward', when: 'after', what: 'cancel' } as const];
    expect(await world.stack.deploy(shop('2'), { faults })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.requests()).toEqual(['Create web:1']);
  });

  test('is blocked when somebody has deregistered the revision to go back to', async () => {
    const guilty = stackWorld(async (event) => {
      if (event.RequestType === 'Update' && event.PhysicalResourceId === 'web:1')
        await guilty.ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
      return idByRevisions(event);
    });
    await guilty.stack.deploy(shop('1'));
    expect(await guilty.stack.deploy(shop('2'), { faults: [FAILS_LATE] })).toBe('UPDATE_ROLLBACK_FAILED');
    expect(guilty.stack.statusReason).toContain('TaskDefinition is inactive');
    expect(guilty.deregistered()).toEqual(['handler UPDATE_IN_PROGRESS web:1']);
    await expect(guilty.stack.deploy(shop('3'))).rejects.toThrow('is in UPDATE_ROLLBACK_FAILED state and can not be updated');
    expect(await guilty.stack.continueUpdateRollback()).toBe('UPDATE_ROLLBACK_FAILED');
    expect(await guilty.stack.continueUpdateRollback({ skip: ['Service'] })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(guilty.runs()).toBe('web:2');
  });

  test('goes on with its rollback once the cause is gone; only what failed can be skipped', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const faults = [FAILS_LATE, { logicalId: 'Service', during: 'rollback', when: 'before' } as const];
    expect(await world.stack.deploy(shop('2'), { faults })).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(world.stack.continueUpdateRollback({ skip: ['Web'] })).rejects.toThrow('cannot be skipped: [Web]');
    expect(await world.stack.continueUpdateRollback()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.runs()).toBe('web:1');
  });

  test('deletes nothing of a resource whose rollback was skipped', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const faults = [FAILS_LATE, { logicalId: 'Web', during: 'rollback', when: 'after' } as const];
    await world.stack.deploy(shop('2'), { faults });
    expect(await world.stack.continueUpdateRollback({ skip: ['Web'] })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.active()).toEqual(['web:1', 'web:2']);
    expect(world.stack.resource('Web')?.physicalId).toMatch(/web:1$/);
  });

  test('stays where it is with rollback disabled, to be rolled back or deployed again', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'), { faults: [FAILS_LATE], disableRollback: true })).toBe('UPDATE_FAILED');
    expect(world.active()).toEqual(['web:1', 'web:2']);
    expect(await world.stack.rollbackStack()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:1']);
    await world.stack.deploy(shop('3'), { faults: [FAILS_LATE], disableRollback: true });
    expect(await world.stack.deploy(shop('4'))).toBe('UPDATE_COMPLETE');
    expect(world.active()).toEqual(['web:4']);
    expect(world.requests().slice(-2)).toEqual(['Delete web:3', 'Delete web:1']);
  });
});

describe('a creation', () => {
  test('that fails is deleted again, and the stack can only be deleted then', async () => {
    const world = stackWorld();
    expect(await world.stack.deploy(shop('1'), { faults: [FAILS_LATE] })).toBe('ROLLBACK_COMPLETE');
    expect(world.requests()).toEqual(['Create web:1', 'Delete web:1']);
    expect(world.active()).toEqual([]);
    await expect(world.stack.deploy(shop('2'))).rejects.toThrow('ROLLBACK_COMPLETE state and can not be updated');
    expect(await world.stack.deleteStack()).toBe('DELETE_COMPLETE');
  });

  test('that fails with rollback disabled can be deployed again, and what had failed is made anew', async () => {
    const world = stackWorld();
    expect(await world.stack.deploy(shop('1'), { faults: [FAILS_LATE], disableRollback: true })).toBe('CREATE_FAILED');
    expect(await world.stack.deploy(shop('1'))).toBe('UPDATE_COMPLETE');
  });
});

describe('a deletion', () => {
  test('goes through dependents first, and the revision is deregistered after the service is gone', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deleteStack()).toBe('DELETE_COMPLETE');
    expect(world.requests().at(-1)).toBe('Delete web:1');
    expect(world.deregistered()).toEqual(['stack DELETE_IN_PROGRESS web:1']);
    expect(world.ecs.log.destructive[0]?.referencedBy.filter((holder) => holder.startsWith('service'))).toEqual([]);
  });

  test('that fails leaves what the failed resource depends on, and may be tried again with resources retained', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const faults = [{ logicalId: 'Pruner', during: 'delete', when: 'before' } as const];
    expect(await world.stack.deleteStack({ faults })).toBe('DELETE_FAILED');
    expect([world.active(), world.runs()]).toEqual([['web:1'], 'web:1']);
    expect(await world.stack.deleteStack({ retain: ['Pruner'] })).toBe('DELETE_COMPLETE');
    expect(world.requests()).toEqual(['Create web:1']);
  });

  test('frees the name for a new stack with another id', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deleteStack();
    const next = world.stacks.stack('shop');
    await next.deploy(shop('1'));
    expect(next.id).not.toBe(world.stack.id);
    expect(world.stacks.describeStacks(world.stack.id).Stacks[0]?.StackStatus).toBe('DELETE_COMPLETE');
    expect(world.stacks.describeStacks('shop').Stacks[0]?.StackId).toBe(next.id);
  });
});

test('a template as the CDK writes it is deployed: joins, substitutions, attributes, parameters and all', async () => {
  const path = join(__dirname, '../../golden/queue-worker.json');
  const [document] = Object.values(JSON.parse(readFileSync(path, 'utf8')));
  const world = stackWorld();
  expect(await world.stack.deploy(readTemplate(document as object))).toBe('CREATE_COMPLETE');
  expect(world.active()).toEqual([expect.stringMatching(/^QueueWorkerTranscoder[0-9A-F]{8}:1$/)]);
});

test('a template as the CDK writes it is read with its policies and dependencies', () => {
  const document = {
    Resources: {
      Web: { Type: 'AWS::ECS::TaskDefinition', Properties: { Family: 'web' }, UpdateReplacePolicy: 'Retain' },
      Queue: { Type: 'AWS::SQS::Queue', DependsOn: ['Web'] },
    },
  };
  expect(readTemplate(document).resources).toMatchObject([
    { logicalId: 'Web', updateReplacePolicy: 'Retain', properties: { Family: 'web' } },
    { logicalId: 'Queue', dependsOn: ['Web'] },
  ]);
});

describe('the number of tasks of a service', () => {
  const desired = (world: ReturnType<typeof stackWorld>): number | undefined => {
    const ask = { cluster: 'blue', services: [world.stacks.physicalIdOf('Service')] };
    return (world.ecs.perform('DescribeServices', ask) as { services: { desiredCount: number }[] }).services[0]?.desiredCount;
  };

  test.each([
    ['without a number, it is one', { DesiredCount: undefined }, 1],
    ['a number is kept, none at all too', { DesiredCount: 0 }, 0],
    ['a REPLICA service is no other', { DesiredCount: undefined, SchedulingStrategy: 'REPLICA' }, 1],
  ])('at creation: %s', async (_, service, expected) => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { service }));
    expect(desired(world)).toBe(expected);
  });

  test('an update without a number leaves it as it is', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { service: { DesiredCount: 3 } }));
    await world.stack.deploy(shop('2', { service: { DesiredCount: undefined } }));
    expect([world.runs(), desired(world)]).toEqual(['web:2', 3]);
  });
});
