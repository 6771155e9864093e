import { agentWorld, parsed } from './agent-world';

test('success: 200 with the end of the protection, and without one once it is released', async () => {
  const { put, get, taskArn, minutesLeft } = agentWorld();
  const protectedFor60 = {
    status: 200,
    body: { protection: { ExpirationDate: '2026-03-01T13:00:00Z', ProtectionEnabled: true, TaskArn: taskArn } },
  };
  expect(parsed(await put(true, 60))).toEqual(protectedFor60);
  expect(parsed(await get())).toEqual(protectedFor60);
  expect(minutesLeft()).toBe(60);
  const free = { protection: { ExpirationDate: null, ProtectionEnabled: false, TaskArn: taskArn } };
  expect(parsed(await put(false))).toEqual({ status: 200, body: free });
  expect(parsed(await get())).toEqual({ status: 200, body: free });
  expect(minutesLeft()).toBe(0);
});
