import type { Environment, Revision } from '../../lib/contract/arn';
import type { PruneMetric } from '../../lib/contract/metrics';
import type { Inventory } from './inventory';

/** What pruning needs to know of a revision: never its containers. */
export interface RevisionFacts extends Revision {
  readonly status: string;
  readonly registeredAt?: number;
  readonly deregisteredAt?: number;
  readonly registeredBy?: string;
  readonly tagKeys: readonly string[];
}

export interface TaskDefinitions {
  readonly environment: Environment;
  /** Every ACTIVE revision, of the named families or of all. Complete, or it throws `IncompleteScan`. */
  active(families?: readonly string[]): Promise<Inventory>;
  /** `undefined` when ECS no longer knows the revision. */
  describe(revision: Revision): Promise<RevisionFacts | undefined>;
  /** The newest ACTIVE revisions of a family: as many as asked for, newest first. */
  newest(family: string, count: number): Promise<readonly number[]>;
  /** @throws EcsCallError with ECS's own answer */
  deregister(revision: Revision): Promise<void>;
  /** Milliseconds until the pace lets the next deregistration through. */
  delay(): number;
  /** Throttled deregistrations: in all, and since the last one that was not. */
  throttles(): { readonly total: number; readonly inARow: number };
}

/** A reference as ECS's answers give it: the revision, and the field that names it. */
export interface Use extends Revision {
  readonly how: string;
}

export interface ServiceFacts {
  readonly arn: string;
  /** The ARN of its cluster, which an old ARN of a service does not tell. */
  readonly cluster: string;
  /** `cluster/service`. */
  readonly name: string;
  readonly controller: string;
  /** ECS runs it on its own (Express): so are its families. */
  readonly managedByEcs: boolean;
  readonly uses: readonly Use[];
  readonly serviceRevisions: readonly string[];
}

export interface ServiceDeploymentFacts {
  readonly arn: string;
  readonly status: string;
  readonly target?: string;
  readonly finishedAt: number;
}

export interface ServiceDeploymentDetail {
  /** Service revisions that the deployment comes from, goes to, or rolls back to. */
  readonly serviceRevisions: readonly string[];
  readonly uses: readonly Use[];
}

/** Reads that tell who needs a revision. Each is complete, or it throws `IncompleteScan`. */
export interface EcsReader {
  clusters(): Promise<readonly string[]>;
  services(cluster: string): Promise<readonly ServiceFacts[]>;
  /** `undefined` where ECS keeps no deployments of this service. */
  serviceDeployments(service: ServiceFacts): Promise<readonly ServiceDeploymentFacts[] | undefined>;
  /** `undefined` for a deployment that ECS lists but cannot describe (`MISSING`). */
  serviceDeploymentDetails(arns: readonly string[]): Promise<ReadonlyMap<string, ServiceDeploymentDetail | undefined>>;
  /** What each service revision runs; `undefined` for one that ECS cannot describe (`MISSING`). */
  serviceRevisions(arns: readonly string[]): Promise<ReadonlyMap<string, readonly Use[] | undefined>>;
  /** Those that run or are wished to; and, unless told otherwise, those that ECS still shows after their end. */
  tasks(cluster: string, stoppedToo?: boolean): Promise<readonly Use[]>;
  /** What the answers so far have named in passing: in fields of lists, and beside what a description describes. */
  named(): readonly Use[];
  /** No answer is wanted any more: reads under way end with `IncompleteScan` at their next call. */
  abandon(): void;
}

/** Takes the log lines of a run. */
export interface RunLog {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Takes the log lines, numbers and events of a run, and decides nothing. */
export interface Reporter<Metric extends string = PruneMetric> extends RunLog {
  metric(metric: Metric, value: number): void;
  event(type: string, detail: object): Promise<void>;
}
