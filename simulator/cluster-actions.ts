import { type Input, optionalText, texts } from './input';
import { listed } from './pager';
import type { ClusterRecord } from './service-record';
import { desiredStatus } from './task-record';
import type { World } from './world';

/** Creating a cluster that exists gives the one that exists. @see API_CreateCluster */
export function createCluster(world: World, input: Input): unknown {
  return { cluster: describe(world, ensureCluster(world, optionalText(input, 'clusterName') ?? 'default')) };
}

export function ensureCluster(world: World, name: string): ClusterRecord {
  const known = world.clusters.get(name);
  if (known) return known;
  const cluster: ClusterRecord = { arn: world.arn(`cluster/${name}`), name, services: new Map(), tasks: new Map() };
  world.clusters.set(name, cluster);
  return cluster;
}

export function listClusters(world: World, input: Input): unknown {
  const arns = [...world.clusters.values()].map(({ arn }) => arn).sort();
  const { items, nextToken } = world.options.pager.page(
    input,
    listed(arns, (arn) => arn, 100),
  );
  return { clusterArns: items, nextToken };
}

export function describeClusters(world: World, input: Input): unknown {
  const asked = texts(input, 'clusters');
  const clusters: unknown[] = [];
  const failures: unknown[] = [];
  for (const identifier of asked.length > 0 ? asked : ['default']) {
    const cluster = world.findCluster(identifier);
    if (cluster) clusters.push(describe(world, cluster));
    else failures.push({ arn: identifier.includes(':') ? identifier : world.arn(`cluster/${identifier}`), reason: 'MISSING' });
  }
  return { clusters, failures };
}

function describe(world: World, { arn, name, services, tasks }: ClusterRecord): unknown {
  const now = world.now();
  return {
    clusterArn: arn,
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: [...tasks.values()].filter((task) => desiredStatus(task, now) === 'RUNNING').length,
    pendingTasksCount: 0,
    activeServicesCount: [...services.values()].filter(({ status }) => status === 'ACTIVE').length,
  };
}
