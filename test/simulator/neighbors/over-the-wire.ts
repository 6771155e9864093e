import { SdkServiceReads, type ServiceShape } from '../../../engine/aws/service-reads';
import { EcsSimulator } from '../../../simulator/ecs-simulator';
import type { Neighbor } from '../../../simulator/neighbors/neighbor';
import { startServer } from '../../../simulator/server';

export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };

/** A clock on which waiting takes no time, and which tells how long was waited. */
export function hastyClock() {
  let time = NOW;
  const sleep = async (ms: number) => {
    time += ms;
  };
  return { now: () => time, sleep, waited: () => time - NOW };
}

/** Runs work against a neighbor, through the SDK's own client and a port of this machine. */
export async function overTheWire<T>(
  neighbor: Neighbor,
  shape: ServiceShape,
  work: (reads: SdkServiceReads) => Promise<T>,
  clock = hastyClock(),
): Promise<T> {
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
  const server = await startServer({ ecs, neighbors: [neighbor] });
  // What a function finds in its environment; the client itself is the one that ships.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: ENVIRONMENT.region,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  const reads = new SdkServiceReads(shape, clock);
  try {
    return await work(reads);
  } finally {
    reads.close();
    await server.close();
  }
}
