import { type AgentAnswer, AgentEndpoint, type AgentEndpointOptions, PROTECTION_PATH } from '../../../simulator';
import type { EcsSimulatorOptions } from '../../../simulator/ecs-simulator';
import { simulatedWorld } from '../simulated-world';

/** A task of a service, and the agent beside it. */
export function agentWorld(options: Partial<AgentEndpointOptions> = {}, ecsOptions: Partial<EcsSimulatorOptions> = {}) {
  const world = simulatedWorld(ecsOptions);
  const { ecs, clock } = world;
  world.family('worker', 2);
  ecs.seedService({ cluster: 'jobs', name: 'worker', taskDefinition: 'worker:1', desiredCount: 2 });
  const { taskArns } = ecs.perform('ListTasks', { cluster: 'jobs' }) as { taskArns: string[] };
  const [taskArn = ''] = taskArns;
  const agent = new AgentEndpoint({ ecs, clock, taskArn, ...options });
  const send = (method: string, body = '', path = PROTECTION_PATH) => clock.run(agent.handle({ method, path, body }));
  return {
    ...world,
    agent,
    taskArn,
    taskArns,
    send,
    get: () => send('GET'),
    put: (ProtectionEnabled: unknown, ExpiresInMinutes?: unknown) =>
      send('PUT', JSON.stringify({ ProtectionEnabled, ExpiresInMinutes })),
    /** For how many minutes the task is still protected, by the simulator's own state. */
    minutesLeft: () => {
      const until = ecs.protectedUntil(taskArn);
      return until === undefined ? 0 : (until - clock.now()) / 60_000;
    },
  };
}

export function parsed(answer: AgentAnswer): { status: number; body: Record<string, Record<string, unknown>> } {
  if (answer === 'dropped') throw new Error('the connection was closed');
  expect(answer.contentType).toBe('application/json');
  return { status: answer.status, body: JSON.parse(answer.body) as never };
}
