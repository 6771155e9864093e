import type { RevisionRecord } from './definition-store';
import type { Tag } from './input';
import type { TaskRecord } from './task-record';

export interface ClusterRecord {
  readonly arn: string;
  readonly name: string;
  readonly services: Map<string, ServiceRecord>;
  readonly tasks: Map<string, TaskRecord>;
}

export type DeploymentController = 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';

/** A service as it was deployed at one time; never changes. @see service-revision.html */
export interface ServiceRevision {
  readonly arn: string;
  readonly definition: RevisionRecord;
  readonly createdAt: number;
}

/** An entry of `deployments`: the tasks of one service revision that live now. */
export interface Deployment {
  readonly id: string;
  readonly revision: ServiceRevision;
  readonly createdAt: number;
  updatedAt: number;
  status: 'PRIMARY' | 'ACTIVE' | 'INACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
}

export type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'SUCCESSFUL'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

/** The record of one deployment, kept as history. @see service-deployment.html */
export interface ServiceDeployment {
  readonly arn: string;
  readonly createdAt: number;
  readonly sources: readonly ServiceRevision[];
  readonly target: ServiceRevision;
  status: ServiceDeploymentStatus;
  statusReason: string | undefined;
  startedAt: number | undefined;
  updatedAt: number;
  finishedAt: number | undefined;
  rollback: { readonly reason: string; readonly startedAt: number; readonly revision: ServiceRevision } | undefined;
}

/** A rollout whose new tasks are healthy, while tasks of older deployments are still to be stopped. */
export interface CleanUp {
  /** Which of the service's rollouts it belongs to. */
  readonly rollout: number;
  /** What follows when the last of them has drained. */
  readonly finish: () => void;
}

export interface TaskSet {
  readonly id: string;
  readonly arn: string;
  readonly definition: RevisionRecord;
  readonly createdAt: number;
  readonly externalId: string | undefined;
  readonly scale: number;
  status: 'PRIMARY' | 'ACTIVE' | 'DRAINING';
}

export interface CircuitBreaker {
  readonly enable: boolean;
  readonly rollback: boolean;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

export interface ServiceRecord {
  readonly arn: string;
  readonly name: string;
  readonly cluster: ClusterRecord;
  readonly controller: DeploymentController;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  /** ECS: an Express service. @see API_Service */
  readonly resourceManagementType: 'CUSTOMER' | 'ECS';
  readonly createdAt: number;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  definition: RevisionRecord | undefined;
  circuitBreaker: CircuitBreaker;
  /** DEFERRED: successful before the old tasks are gone. @see API_DeploymentConfiguration */
  sourceCleanup: 'BLOCKING' | 'DEFERRED';
  /** How long new tasks take to become healthy, and old ones to drain after that. */
  rolloutMs: number;
  drainMs: number;
  deployments: Deployment[];
  serviceDeployments: ServiceDeployment[];
  serviceRevisions: ServiceRevision[];
  taskSets: TaskSet[];
  events: ServiceEvent[];
  tags: readonly Tag[] | undefined;
  /** Counts rollouts, so that what an overtaken one had planned comes to nothing. */
  rollout: number;
  cleanUp: CleanUp | undefined;
}

const UNSETTLED: ReadonlySet<ServiceDeploymentStatus> = new Set([
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
]);

export function isUnsettled(deployment: ServiceDeployment): boolean {
  return UNSETTLED.has(deployment.status);
}

/** History shows the most recent 90 days. @see view-service-history.html */
export function isInHistory(deployment: ServiceDeployment, now: number): boolean {
  return now - deployment.createdAt <= 90 * 86_400_000;
}
