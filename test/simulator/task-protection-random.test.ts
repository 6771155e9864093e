import * as fc from 'fast-check';
import { SimulatedError } from '../../simulator/simulated-error';
import { MINUTE, simulatedWorld } from './simulated-world';

const PARAMETERS = {
  numRuns: Number(process.env.PROTECTION_LIVES ?? 200),
  seed: Number(process.env.PROTECTION_SEED ?? 20260301),
  ...(process.env.PROTECTION_PATH === undefined ? {} : { path: process.env.PROTECTION_PATH }),
};

const task = fc.nat({ max: 9 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('protect' as const), task, minutes: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ kind: fc.constant('release' as const), task }),
  fc.record({ kind: fc.constant('scale' as const), to: fc.nat({ max: 4 }) }),
  fc.record({ kind: fc.constant('deploy' as const), revision: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('roll back' as const) }),
  fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 60 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
const steps = fc.array(step, { maxLength: 25 });
const rule = fc.constantFrom('steady-state' as const, 'desired-count' as const);

interface Update {
  protectedTasks: { taskArn: string; expirationDate?: number }[];
}

/** A service whose life the steps make; `promised` holds until when ECS has said that each task is protected. */
function lifeOf(deploymentBlocked: 'steady-state' | 'desired-count') {
  const world = simulatedWorld({ deploymentBlocked });
  const { ecs, clock } = world;
  world.family('worker', 4);
  const at = { cluster: 'jobs', service: 'worker' };
  ecs.seedService({ cluster: 'jobs', name: 'worker', taskDefinition: 'worker:1', desiredCount: 2 });
  const promised = new Map<string, number>();
  const running = () => (ecs.perform('ListTasks', { cluster: 'jobs' }) as { taskArns: string[] }).taskArns;
  const service = () => {
    const { services } = ecs.perform('DescribeServices', { cluster: 'jobs', services: ['worker'] }) as {
      services: { desiredCount: number; deployments: { rolloutState: string }[]; currentServiceDeployment?: string }[];
    };
    return services[0];
  };
  const set = (place: number, wish: object) => {
    const tasks = running();
    const taskArn = tasks[place % tasks.length];
    if (taskArn === undefined) return;
    const { protectedTasks } = ecs.perform('UpdateTaskProtection', { cluster: 'jobs', tasks: [taskArn], ...wish }) as Update;
    for (const { expirationDate } of protectedTasks) {
      if (expirationDate === undefined) promised.delete(taskArn);
      else promised.set(taskArn, expirationDate * 1000);
    }
  };
  const ask = (action: string, input: object) => {
    try {
      ecs.perform(action, input);
    } catch (error) {
      // A sixth deployment, or one that is rolled back already.
      if (!(error instanceof SimulatedError)) throw error;
    }
  };
  const take = (one: Step): void => {
    if (one.kind === 'wait') clock.advance(one.minutes * MINUTE);
    if (one.kind === 'protect') set(one.task, { protectionEnabled: true, expiresInMinutes: one.minutes });
    if (one.kind === 'release') set(one.task, { protectionEnabled: false });
    if (one.kind === 'scale') ask('UpdateService', { ...at, desiredCount: one.to });
    if (one.kind === 'deploy') ask('UpdateService', { ...at, taskDefinition: `worker:${one.revision}` });
    const serviceDeploymentArn = service()?.currentServiceDeployment;
    if (one.kind === 'roll back' && serviceDeploymentArn) ask('StopServiceDeployment', { serviceDeploymentArn });
  };
  /** What was promised for longer and is to stop all the same. */
  const broken = () => {
    const shallRun = new Set(running());
    return [...promised].filter(([arn, until]) => until > clock.now() && !shallRun.has(arn));
  };
  return { ecs, clock, take, running, service, broken };
}

test('in random lives of a service no protected task is stopped, and once protection lapses every task too many is', () => {
  fc.assert(
    fc.property(rule, steps, (deploymentBlocked, life) => {
      const { clock, take, running, service, broken } = lifeOf(deploymentBlocked);
      for (const one of life) {
        take(one);
        expect(broken()).toEqual([]);
      }
      clock.advance(120 * MINUTE);
      expect(running()).toHaveLength(service()?.desiredCount ?? -1);
      expect(service()?.deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
    }),
    PARAMETERS,
  );
});

test('control: a scheduler that stops tasks by their place alone is found out', () => {
  const found = fc.check(
    fc.property(rule, steps, (deploymentBlocked, life) => {
      const { ecs, take, running, service, broken } = lifeOf(deploymentBlocked);
      for (const one of life) {
        take(one);
        const tooMany = one.kind === 'scale' ? running().slice(service()?.desiredCount) : [];
        for (const careless of tooMany) ecs.perform('StopTask', { cluster: 'jobs', task: careless });
        expect(broken()).toEqual([]);
      }
    }),
    PARAMETERS,
  );
  expect(found.failed).toBe(true);
});
