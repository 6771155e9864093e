import { type CustomResourceEvent, type Delivery, success } from '../../../simulator/cloudformation/custom-resource';
import { idByRevisions, shop, stackWorld } from './small-stack';

const FAILS_LATE = { logicalId: 'Queue', during: 'forward', when: 'after' } as const;
const HOUR = 3_600_000;

describe('a request', () => {
  test('carries what CloudFormation sends, every scalar as a text', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1', { properties: { Count: 5, On: true, Inner: { List: [1] } } }));
    const [event] = world.events;
    expect(event).toEqual({
      RequestType: 'Create',
      RequestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
      ResponseURL: expect.stringMatching(
        /^https:\/\/cloudformation-custom-resource-response-euwest1\.s3\.eu-west-1\.amazonaws\.com\/arn%3Aaws/,
      ),
      StackId: world.stack.id,
      LogicalResourceId: 'Pruner',
      ResourceType: 'Custom::Pruner',
      ResourceProperties: {
        ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
        ServiceTimeout: '600',
        TaskDefinitions: ['arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1'],
        Count: '5',
        On: 'true',
        Inner: { List: ['1'] },
      },
    });
  });

  test('has the physical id on Update and Delete, and the old properties on Update only', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('2'));
    const [create, update, remove] = world.events;
    expect(create).not.toHaveProperty('PhysicalResourceId');
    expect(update).toMatchObject({
      PhysicalResourceId: 'web:1',
      OldResourceProperties: create?.ResourceProperties,
    });
    expect(remove).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: 'web:1' });
    expect(remove).not.toHaveProperty('OldResourceProperties');
  });

  test('to delete a replaced id comes in the clean-up, with the properties that id had', async () => {
    let statusAtDelete: string | undefined;
    const world = stackWorld(async (event) => {
      if (event.RequestType === 'Delete') statusAtDelete = world.stack.status;
      return idByRevisions(event);
    });
    await world.stack.deploy(shop('1', { properties: { Version: 1 } }));
    await world.stack.deploy(shop('2', { properties: { Version: 2 } }));
    expect(statusAtDelete).toBe('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    expect(world.events.at(-1)?.ResourceProperties).toMatchObject({ Version: '1' });
    expect(world.stacks.describeStackResource('shop', 'Pruner').StackResourceDetail.PhysicalResourceId).toBe('web:2');
  });

  test('is sent when only the construct has changed, and asks for no Delete when the id stays', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('1', { properties: { Version: 2 } }));
    expect(world.requests()).toEqual(['Create web:1', 'Update web:1 -> web:1']);
  });

  test.each(['1', '2'])('to delete carries the live id when the construct is removed, image then %s', async (image) => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const resources = shop(image, { without: ['Pruner'] }).resources.map((resource) => ({ ...resource, dependsOn: [] }));
    await world.stack.deploy({ resources });
    expect(world.requests().slice(1)).toEqual(['Delete web:1']);
  });

  test('to delete is not sent under UpdateReplacePolicy Retain on the custom resource itself', async () => {
    const world = stackWorld();
    const kept = (image: string) => ({
      resources: shop(image).resources.map((one) =>
        one.logicalId === 'Pruner' ? { ...one, updateReplacePolicy: 'Retain' as const } : one,
      ),
    });
    await world.stack.deploy(kept('1'));
    await world.stack.deploy(kept('2'));
    expect(world.requests()).toEqual(['Create web:1', 'Update web:1 -> web:2']);
  });
});

describe('an answer', () => {
  const answers = (change: (event: CustomResourceEvent) => object) => async (event: CustomResourceEvent) => {
    const answer = await idByRevisions(event);
    return event.RequestType === 'Update' ? { ...answer, ...change(event) } : answer;
  };

  test.each([
    ['FAILED', { Status: 'FAILED', Reason: 'no' }, 'Received response status [FAILED]'],
    ['without an id', { PhysicalResourceId: '' }, 'Invalid PhysicalResourceId'],
    ['with an id above 1 KB', { PhysicalResourceId: 'x'.repeat(1025) }, 'Invalid PhysicalResourceId'],
    ['above 4,096 bytes', { Data: { text: 'x'.repeat(4096) } }, 'Response object is too long.'],
    ['to another request', { RequestId: 'other' }, 'must be those of the request'],
    ['FAILED without a reason', { Status: 'FAILED' }, 'Reason is missing'],
  ])('%s fails the update', async (_, change, reason) => {
    let once = true;
    const world = stackWorld(
      answers(() => {
        const given = once ? change : {};
        once = false;
        return given;
      }),
    );
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'))).toBe('UPDATE_ROLLBACK_COMPLETE');
    const failed = world.stacks.journal.entries.find((one) => one.kind === 'resource' && one.status === 'UPDATE_FAILED');
    expect(failed).toMatchObject({ logicalId: 'Pruner', reason: expect.stringContaining(reason) });
  });

  test('FAILED with another id is recorded, and that id is deleted later', async () => {
    const world = stackWorld(
      answers(({ ResourceProperties }) =>
        String(ResourceProperties.TaskDefinitions).endsWith('2')
          ? { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'log-stream' }
          : {},
      ),
    );
    await world.stack.deploy(shop('1'));
    await world.stack.deploy(shop('2'));
    expect(world.requests().slice(1)).toEqual(['Update web:1 -> web:2', 'Update log-stream -> web:1', 'Delete log-stream']);
  });

  test('that never comes costs the ServiceTimeout, an hour unless the resource names another', async () => {
    for (const [timeout, expected] of [
      [undefined, HOUR],
      [600, HOUR / 6],
    ] as const) {
      const silent = stackWorld(async () => undefined);
      const properties = timeout ? {} : { ServiceTimeout: undefined };
      const start = silent.clock.now();
      await silent.stack.deploy(shop('1', { timeout, properties }), { disableRollback: true });
      expect(silent.clock.now() - start).toBeGreaterThan(expected);
      expect(silent.clock.now() - start).toBeLessThan(expected + HOUR / 6);
    }
  });

  test('that comes after the ServiceTimeout does not count', async () => {
    const world = stackWorld(async (event) => {
      if (event.RequestType === 'Update') world.clock.advance(11 * 60_000);
      return idByRevisions(event);
    });
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'))).toBe('UPDATE_ROLLBACK_FAILED');
  });
});

describe('a Delete', () => {
  test.each(['FAILED', 'no answer'])('with %s is tried three times in the clean-up, then given up', async (kind) => {
    const world = stackWorld(async (event) => {
      if (event.RequestType !== 'Delete') return idByRevisions(event);
      return kind === 'FAILED' ? { ...success(event, event.PhysicalResourceId), Status: 'FAILED', Reason: 'no' } : undefined;
    });
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deploy(shop('2'))).toBe('UPDATE_COMPLETE');
    expect(world.requests().slice(2)).toEqual(['Delete web:1', 'Delete web:1', 'Delete web:1']);
    expect(new Set(world.events.slice(2).map(({ RequestId }) => RequestId)).size).toBe(3);
  });

  test('that fails blocks the deletion of the stack', async () => {
    const world = stackWorld(async (event) =>
      event.RequestType === 'Delete'
        ? { ...success(event, event.PhysicalResourceId), Status: 'FAILED', Reason: 'no' }
        : idByRevisions(event),
    );
    await world.stack.deploy(shop('1'));
    expect(await world.stack.deleteStack()).toBe('DELETE_FAILED');
  });

  test('of a Create that never answered has an invented id', async () => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'), { deliveries: ['lost'] });
    expect(world.requests()).toEqual([expect.stringMatching(/^Delete shop-Pruner-[0-9A-F]{12}$/)]);
    expect(world.stack.status).toBe('ROLLBACK_COMPLETE');
  });

  test('of a Create that answered FAILED has the id of the answer', async () => {
    const world = stackWorld(async (event) =>
      event.RequestType === 'Create' ? { ...success(event, 'marker'), Status: 'FAILED', Reason: 'no' } : idByRevisions(event),
    );
    await world.stack.deploy(shop('1'));
    expect(world.requests()).toEqual(['Create web:1', 'Delete marker']);
  });
});

describe('delivery', () => {
  const updateWith = async (delivery: Delivery) => {
    const world = stackWorld();
    await world.stack.deploy(shop('1'));
    const status = await world.stack.deploy(shop('2'), { deliveries: [delivery], faults: [] });
    return { ...world, status };
  };

  test('twice brings the same request again, and only the first answer counts', async () => {
    const { status, events, stacks } = await updateWith('twice');
    expect(status).toBe('UPDATE_COMPLETE');
    expect(events[1]).toEqual(events[2]);
    const answers = stacks.journal.entries.flatMap((one) => (one.kind === 'answer' ? [one.counts] : []));
    expect(answers).toEqual([true, true, false, true]);
  });

  test('later brings the same request again at another time, however late', async () => {
    const world = await updateWith('later');
    await world.stack.deleteStack();
    await world.stacks.deliverLateRequests();
    const ids = world.events.map(({ RequestId }) => RequestId);
    expect(ids.filter((id) => id === ids[1])).toHaveLength(2);
  });

  test('lost, the request never arrives; with the answer lost it was acted on', async () => {
    expect((await updateWith('lost')).requests()).not.toContain('Update web:1 -> web:2');
    expect((await updateWith('answer-lost')).requests()).toContain('Update web:1 -> web:2');
  });

  test('cancelled, the update is rolled back without waiting for the answer', async () => {
    const { status, requests } = await updateWith('cancelled');
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(requests()).toEqual(['Create web:1', 'Update web:1 -> web:2', 'Update web:1 -> web:1']);
  });

  test('to a function that throws is repeated by Lambda with the same RequestId, as often as it is set to', async () => {
    let failures = 2;
    const world = stackWorld(
      async (event) => {
        failures -= 1;
        if (failures >= 0) throw new Error('no');
        return idByRevisions(event);
      },
      { lambdaRetries: 2 },
    );
    expect(await world.stack.deploy(shop('1'))).toBe('CREATE_COMPLETE');
    expect(new Set(world.events.map(({ RequestId }) => RequestId)).size).toBe(1);
    expect(world.events).toHaveLength(3);
  });
});

test('a rollback after a cancelled or failed Update swaps the properties', async () => {
  const world = stackWorld();
  await world.stack.deploy(shop('1'));
  await world.stack.deploy(shop('2'), { faults: [FAILS_LATE] });
  const [, forward, back] = world.events;
  if (forward?.RequestType !== 'Update' || back?.RequestType !== 'Update') throw new Error('two updates');
  expect(back.ResourceProperties).toEqual(forward.OldResourceProperties);
  expect(back.OldResourceProperties).toEqual(forward.ResourceProperties);
});
