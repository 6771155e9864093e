import type { Environment } from '../lib/contract/arn';
import { Agenda } from './agenda';
import type { CallLog } from './call-log';
import { DefinitionStore, type RevisionRecord } from './definition-store';
import type { Pager } from './pager';
import type { Random } from './random';
import type { ClusterRecord, ServiceRecord } from './service-record';
import { clientException, SimulatedError } from './simulated-error';

/**
 * When ECS refuses to protect, of which AWS says two things: while protected tasks keep a deployment of the service from its
 * steady state, or when more of its tasks would be protected than are desired. @see api_failures_messages.html
 */
export type DeploymentBlocked = 'steady-state' | 'desired-count';

export interface WorldOptions {
  readonly environment: Environment;
  readonly now: () => number;
  readonly random: Random;
  readonly pager: Pager;
  readonly log: CallLog;
  /** How many minutes after its deregistration a revision is still accepted. */
  readonly deregistrationLagMinutes: () => number;
  readonly registeredBy: string;
  readonly deploymentBlocked: DeploymentBlocked;
}

/** The state of one account and Region. Nothing runs between calls: what has fallen due is caught up with at the next one. */
export class World {
  readonly definitions: DefinitionStore;
  readonly clusters = new Map<string, ClusterRecord>();
  readonly agenda = new Agenda();
  private instant: number | undefined;

  constructor(readonly options: WorldOptions) {
    this.definitions = new DefinitionStore(options.environment);
  }

  get random(): Random {
    return this.options.random;
  }

  /** The clock's time, or the instant that is being caught up with. */
  now(): number {
    return this.instant ?? this.options.now();
  }

  /** Lets everything happen that has fallen due since the last call. */
  catchUp(): void {
    const now = this.now();
    while (this.agenda.nextAt <= now) {
      const entry = this.agenda.take();
      if (entry) this.asOf(entry.at, entry.fire);
    }
  }

  /** Does something as though it were that instant. */
  asOf<T>(instant: number, act: () => T): T {
    const before = this.instant;
    this.instant = instant;
    try {
      return act();
    } finally {
      this.instant = before;
    }
  }

  after(ms: number, act: () => void): void {
    this.agenda.add(this.now() + ms, act);
  }

  /** An ARN of this account and Region. */
  arn(resource: string): string {
    const { partition, region, account } = this.options.environment;
    return `arn:${partition}:ecs:${region}:${account}:${resource}`;
  }

  definitionArn({ family, revision }: RevisionRecord): string {
    return this.arn(`task-definition/${family}:${revision}`);
  }

  /** A cluster by short name or ARN; without one, the cluster named `default`. @see API_ListServices */
  cluster(identifier: string | undefined): ClusterRecord {
    const cluster = this.findCluster(identifier ?? 'default');
    if (!cluster) throw new SimulatedError('ClusterNotFoundException', 'Cluster not found.');
    return cluster;
  }

  findCluster(identifier: string): ClusterRecord | undefined {
    const prefix = this.arn('cluster/');
    return this.clusters.get(identifier.startsWith(prefix) ? identifier.slice(prefix.length) : identifier);
  }

  service(cluster: ClusterRecord, identifier: string): ServiceRecord {
    const service = this.findService(cluster, identifier);
    if (!service || service.status === 'INACTIVE') throw new SimulatedError('ServiceNotFoundException', 'Service not found.');
    return service;
  }

  findService(cluster: ClusterRecord, identifier: string): ServiceRecord | undefined {
    const prefix = this.arn(`service/${cluster.name}/`);
    return cluster.services.get(identifier.startsWith(prefix) ? identifier.slice(prefix.length) : identifier);
  }

  *services(): Generator<ServiceRecord> {
    for (const cluster of this.clusters.values()) yield* cluster.services.values();
  }

  /**
   * The revision for new use. An INACTIVE one is refused, with another class of error per action, once the lag of up to ten
   * minutes is over. @see API_DeregisterTaskDefinition
   */
  usable(identifier: string, refuse: (message: string) => SimulatedError = clientException): RevisionRecord {
    const record = this.definitions.resolve(identifier);
    if (!record) throw clientException('TaskDefinition not found.');
    if (!this.isUsable(record)) throw refuse('TaskDefinition is inactive');
    return record;
  }

  isUsable(record: RevisionRecord): boolean {
    return record.status === 'ACTIVE' || (record.acceptedUntil ?? 0) > this.now();
  }
}
