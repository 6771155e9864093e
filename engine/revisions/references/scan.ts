import type { Examined, NotExamined } from '../../../lib/contract/prune-plan';
import type { Clock } from '../../clock';
import type { EcsReader } from '../ports';
import { serviceReferences } from './ecs-services';
import { taskReferences } from './ecs-tasks';
import type { Elsewhere } from './elsewhere';
import { References } from './references';

/** One complete look at everything that may need a revision. */
export interface ReferenceScan {
  readonly began: number;
  readonly ended: number;
  readonly references: References;
  readonly clusters: number;
  readonly services: number;
  readonly examined: readonly Examined[];
  readonly notExamined: readonly NotExamined[];
}

/** What no scan can reach. Every plan prints it. */
const NOBODY_KNOWS: NotExamined = {
  kind: 'anything outside this account and Region, executions under way, and any program that keeps an ARN to itself',
  why: 'nobody can list it',
};

/** What is being deleted together with what it runs. */
export interface Retirement {
  /** ARNs of services. */
  readonly services: ReadonlySet<string>;
}

export interface ScanOptions {
  readonly ecs: EcsReader;
  readonly keepSuccessfulDeployments: number;
  readonly elsewhere: Pick<Elsewhere, 'look'>;
  readonly clock: Clock;
  /** These services keep nothing, and neither does a task that has stopped. */
  readonly retirement?: Retirement;
}

/**
 * Reads every kind of referrer, whole.
 *
 * @throws IncompleteScan when any one read did not give everything
 */
export async function scanReferences(options: ScanOptions): Promise<ReferenceScan> {
  const { ecs, elsewhere } = options;
  const [scan, found] = await Promise.all([scanEcs(options), elsewhere.look()]).catch((error) => {
    // Told at once, so that nothing more is done; no read goes on behind its back.
    ecs.abandon();
    throw error;
  });
  found.addTo(scan.references);
  return {
    ...scan,
    examined: [...scan.examined, ...found.examined],
    notExamined: [...found.notExamined, NOBODY_KNOWS],
  };
}

/** How old a scan is, is how old the look at ECS is: there references change from minute to minute. */
async function scanEcs({ ecs, keepSuccessfulDeployments, clock, retirement }: ScanOptions) {
  const began = clock.now();
  const references = new References();
  const clusters = await ecs.clusters();
  // Two buckets of their own, so neither waits for the other.
  const [services, tasks] = await Promise.all([
    serviceReferences(ecs, clusters, keepSuccessfulDeployments, references, retirement?.services),
    taskReferences(ecs, clusters, references, retirement === undefined),
  ]);
  for (const use of ecs.named()) references.add(use, use.how);
  return {
    began,
    ended: clock.now(),
    references,
    clusters: clusters.length,
    services,
    examined: [
      { kind: 'ECS clusters', found: clusters.length },
      { kind: 'ECS services, their deployments, task sets and rollback targets', found: services },
      { kind: 'ECS tasks', found: tasks },
    ],
  };
}
