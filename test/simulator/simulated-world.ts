import { VirtualClock } from '../../simulator/clock';
import { EcsSimulator, type EcsSimulatorOptions } from '../../simulator/ecs-simulator';

export const START = Date.parse('2026-03-01T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A simulator without throttling on a virtual clock, and the shorthand that tests speak in. */
export function simulatedWorld(options: Partial<EcsSimulatorOptions> = {}) {
  const clock = new VirtualClock(START);
  const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
  const ecs = new EcsSimulator({ clock, environment, throttling: false, deregistrationLagMinutes: 0, ...options });
  const call = async <T>(action: string, input: object = {}): Promise<T> => (await ecs.call(action, input)) as T;
  return {
    clock,
    ecs,
    call,
    /** Puts so many revisions of a family into the world, one a day, the newest a day ago. */
    family: (family: string, count: number): void => {
      const dates = Array.from({ length: count }, (_, index) => ({ registeredAt: clock.now() - (count - index) * DAY }));
      ecs.seedFamily({ family, containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] }, dates);
    },
    deregister: async (...revisions: string[]): Promise<void> => {
      for (const taskDefinition of revisions) await call('DeregisterTaskDefinition', { taskDefinition });
    },
    /** Every item of a list, over all its pages. */
    all: async (action: string, member: string, input: object = {}): Promise<{ items: string[]; pages: number }> => {
      const items: string[] = [];
      let pages = 0;
      for (let nextToken: string | undefined; pages === 0 || nextToken; pages += 1) {
        const page = await call<Record<string, string[]> & { nextToken?: string }>(action, { ...input, nextToken });
        items.push(...(page[member] ?? []));
        nextToken = page.nextToken;
      }
      return { items, pages };
    },
  };
}

/** `family:revision` of an ARN. */
export function short(arn: string): string {
  return arn.split('/').at(-1) ?? '';
}
