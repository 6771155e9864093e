import type { Examined, NotExamined } from '../../../lib/contract/prune-plan';
import type { Clock } from '../../clock';
import type { EcsReader } from '../ports';
import { serviceReferences } from './ecs-services';
import { taskReferences } from './ecs-tasks';
import { References } from './references';

/** One complete look at everything that may need a revision. */
export interface ReferenceScan {
  readonly began: number;
  readonly ended: number;
  readonly references: References;
  readonly clusters: number;
  readonly services: number;
  readonly examined: readonly Examined[];
}

/** Who can pin a revision, and is not asked. Every plan prints it. */
export const NOT_EXAMINED: readonly NotExamined[] = [
  { kind: 'EventBridge rules', why: 'not built yet' },
  { kind: 'EventBridge Scheduler', why: 'not built yet' },
  { kind: 'EventBridge Pipes', why: 'not built yet' },
  { kind: 'Step Functions', why: 'not built yet' },
  { kind: 'CodeDeploy deployments', why: 'not built yet; task sets of CodeDeploy services are examined' },
  { kind: 'CloudFormation stacks', why: 'not built yet' },
  { kind: 'anything outside this account and Region, and any program that keeps an ARN to itself', why: 'nobody can list it' },
];

/** What is being deleted together with what it runs. */
export interface Retirement {
  /** ARNs of services. */
  readonly services: ReadonlySet<string>;
}

/**
 * Reads every kind of referrer, whole.
 *
 * @param retirement these services keep nothing, and neither does a task that has stopped
 *
 * @throws IncompleteScan when any one read did not give everything
 */
export async function scanReferences(
  ecs: EcsReader,
  keepSuccessfulDeployments: number,
  clock: Clock,
  retirement?: Retirement,
): Promise<ReferenceScan> {
  const began = clock.now();
  const references = new References();
  const clusters = await ecs.clusters();
  // Two buckets of their own, so neither waits for the other.
  const [services, tasks] = await Promise.all([
    serviceReferences(ecs, clusters, keepSuccessfulDeployments, references, retirement?.services),
    taskReferences(ecs, clusters, references, retirement === undefined),
  ]).catch((error) => {
    // Told at once, so that nothing more is done; no read goes on behind its back.
    ecs.abandon();
    throw error;
  });
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
