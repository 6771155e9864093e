import { type AccountFamily, seedFamilies } from './account-families';
import { CANARIES } from './canaries';
import type { EcsSimulator } from './ecs-simulator';
import { Random } from './random';
import type { SeededService } from './seeding';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SERVICES = 24;
const KEEP_TAG = 'cdk-ecs-caretaker:keep';
const PRODUCTION = 'production';
const STAGING = 'staging';

export interface BelievableAccountOptions {
  /** @default 1 */
  readonly seed?: number;
  /** ACTIVE revisions. @default 5000 */
  readonly revisions?: number;
  /** At least 16. @default 40 */
  readonly families?: number;
}

export interface NotableRevision {
  /** `family:revision` */
  readonly revision: string;
  readonly why: string;
}

export interface BelievableAccount {
  readonly clusters: readonly string[];
  /** ARNs. */
  readonly services: readonly string[];
  readonly families: readonly AccountFamily[];
  /** Old revisions that must stay, and what they are needed for. */
  readonly notable: readonly NotableRevision[];
}

/** Fills an account as a few teams leave it after two years, as of the simulator's clock; with a canary in each free-text field. */
export function fillBelievableAccount(ecs: EcsSimulator, options: BelievableAccountOptions = {}): BelievableAccount {
  const { seed = 1, revisions = 5000, families = 40 } = options;
  if (families < 16) throw new Error('a believable account has at least 16 families');
  const now = ecs.now();
  const { partition, account } = ecs.environment;
  const role = `arn:${partition}:iam::${account}:role/aws-service-role`;
  const seeded = seedFamilies(ecs, now, new Random(seed), {
    revisions,
    families,
    keepTag: KEEP_TAG,
    shift: seed - 1,
    owned: [
      { name: 'nightly-settlement', registeredBy: `${role}/batch.amazonaws.com/AWSServiceRoleForBatch` },
      { name: 'express-storefront', registeredBy: `${role}/ecs.amazonaws.com/AWSServiceRoleForECS` },
    ],
  });
  ecs.seedCluster(PRODUCTION);
  ecs.seedCluster(STAGING);
  return new AccountBuilder(ecs, now, seeded).build();
}

class AccountBuilder {
  private readonly services: string[] = [];
  private readonly notable: NotableRevision[] = [];

  constructor(
    private readonly ecs: EcsSimulator,
    private readonly now: number,
    private readonly families: readonly AccountFamily[],
  ) {}

  build(): BelievableAccount {
    this.noteOptOut();
    this.addScaledToZero(1);
    this.addTaskSetServices(2, 3);
    this.addRolledBack(4);
    this.addPinned(5);
    this.addMidDeployment(6);
    this.addMidDeployment(7);
    this.addTasks(8, 9);
    this.addOwned();
    for (let index = 10; this.services.length < SERVICES; index += 1) this.addSteady(index);
    const { services, families, notable } = this;
    return { clusters: [PRODUCTION, STAGING], services, families, notable };
  }

  private addSteady(index: number): void {
    const { family, at } = this.recent(index);
    const cluster = index % 3 === 0 ? STAGING : PRODUCTION;
    const name = `${family.name}-${index}`;
    this.add({ cluster, name, taskDefinition: at(0), history: [at(2), at(1)], desiredCount: 1 + (index % 3) });
  }

  private addScaledToZero(index: number): void {
    const taskDefinition = this.old(index, 'a service scaled to zero runs it when it is scaled out again');
    this.add({
      cluster: PRODUCTION,
      name: 'quarterly-report',
      taskDefinition,
      desiredCount: 0,
      deployedAt: this.now - 200 * DAY,
    });
  }

  private addTaskSetServices(external: number, codeDeploy: number): void {
    for (const [index, controller] of [
      [external, 'EXTERNAL'],
      [codeDeploy, 'CODE_DEPLOY'],
    ] as const) {
      const taskDefinition = this.old(index, `the PRIMARY task set of a service under ${controller} runs it`);
      const { family, at } = this.recent(index);
      const name = `${family.name}-${controller.toLowerCase().replace('_', '-')}`;
      const service = this.add({ cluster: PRODUCTION, name, taskDefinition, controller, desiredCount: 2 });
      this.ecs.perform('CreateTaskSet', {
        cluster: PRODUCTION,
        service,
        taskDefinition: at(0),
        scale: { value: 50, unit: 'PERCENT' },
      });
    }
  }

  private addRolledBack(index: number): void {
    const taskDefinition = this.old(index, 'the circuit breaker has rolled a service back to it');
    const { family, at } = this.recent(index);
    const circuitBreaker = { enable: true, rollback: true };
    const name = `${family.name}-rolled-back`;
    const deployedAt = this.now - 3 * DAY;
    const service = this.add({ cluster: PRODUCTION, name, taskDefinition, circuitBreaker, deployedAt, desiredCount: 2 });
    this.ecs.asOf(this.now - DAY, () => {
      this.ecs.perform('UpdateService', { cluster: PRODUCTION, service, taskDefinition: at(0) });
      this.ecs.failDeployment(service);
    });
  }

  private addPinned(index: number): void {
    const taskDefinition = this.old(index, 'a service in the second cluster is pinned to it');
    this.add({ cluster: STAGING, name: 'pinned-for-audit', taskDefinition, deployedAt: this.now - 300 * DAY });
  }

  private addMidDeployment(index: number): void {
    const before = this.old(index, 'a deployment under way replaces it, and may roll back to it');
    const { family, at } = this.recent(index);
    const name = `${family.name}-deploying`;
    const service = this.add({ cluster: PRODUCTION, name, taskDefinition: before, desiredCount: 2, rolloutMs: 36 * HOUR });
    this.ecs.asOf(this.now - 5 * MINUTE, () =>
      this.ecs.perform('UpdateService', { cluster: PRODUCTION, service, taskDefinition: at(0) }),
    );
  }

  private addTasks(running: number, stopped: number): void {
    const environment = [{ name: 'DATABASE_PASSWORD', value: CANARIES.taskOverrides }];
    const overrides = { containerOverrides: [{ name: 'migration', environment }] };
    const taskDefinition = this.old(running, 'a task that belongs to no service runs it');
    this.ecs.seedTask({
      cluster: PRODUCTION,
      taskDefinition,
      createdAt: this.now - 9 * HOUR,
      startedBy: 'migration',
      overrides,
    });
    this.ecs.seedTask({
      cluster: STAGING,
      taskDefinition: this.recent(stopped).at(0),
      createdAt: this.now - 2 * HOUR,
      stopAt: this.now - 20 * MINUTE,
      stoppedReason: CANARIES.stoppedReason,
      overrides,
    });
  }

  private addOwned(): void {
    const express = this.families.length - 1;
    const { family, at } = this.recent(express);
    this.add({ cluster: PRODUCTION, name: family.name, taskDefinition: at(0), resourceManagementType: 'ECS', desiredCount: 2 });
    const batch = this.recent(express - 1);
    this.note(batch.at(batch.family.newest - batch.family.oldestActive), 'AWS Batch registers and deregisters this family');
  }

  private noteOptOut(): void {
    const { family } = this.recent(0);
    const tagged = family.oldestActive + Math.floor((family.newest - family.oldestActive + 1) / 4);
    this.note(`${family.name}:${tagged}`, `it carries the tag ${KEEP_TAG}`);
  }

  private add(service: SeededService): string {
    const tags = [{ key: 'team', value: CANARIES.tagValue }];
    const events = [`(service ${service.name}) was unable to place a task: ${CANARIES.serviceEvent}`];
    const arn = this.ecs.seedService({ tags, events, ...service });
    this.services.push(arn);
    return arn;
  }

  /** A revision from the first third of its family. */
  private old(index: number, why: string): string {
    const { family } = this.recent(index);
    const revision = `${family.name}:${family.oldestActive + Math.floor((family.newest - family.oldestActive) / 3)}`;
    this.note(revision, why);
    return revision;
  }

  private note(revision: string, why: string): void {
    this.notable.push({ revision, why });
  }

  /** `at(0)` is the newest revision of the family, `at(1)` the one before. */
  private recent(index: number): { family: AccountFamily; at: (back: number) => string } {
    const family = this.families[index % this.families.length] as AccountFamily;
    return { family, at: (back) => `${family.name}:${family.newest - back}` };
  }
}
