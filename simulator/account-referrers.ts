import { formatTaskDefinitionArn } from '../lib/contract/arn';
import type { Referrer } from '../lib/contract/referrers';
import type { BelievableAccount, NotableRevision } from './account';
import type { AccountFamily } from './account-families';
import { CANARIES } from './canaries';
import type { StackSimulator } from './cloudformation/stack-simulator';
import type { EcsSimulator } from './ecs-simulator';
import type { Neighbors } from './neighbors/neighbors';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** The first families have notable revisions of their own, the last three are left alone or are others'. */
const FIRST_USED = 9;
const [FEWEST_NEWER, OLDEST_SHARE] = [11, 1 / 4];

export interface PinnedRevision extends NotableRevision {
  /** Who refers to it. */
  readonly kind: Referrer;
}

/** Somebody who names a family without a revision, which means the newest and keeps no old one. */
export interface NamedFamily {
  readonly family: string;
  readonly by: string;
}

export interface BelievableReferrers {
  /** Old revisions that nothing in ECS refers to. */
  readonly pinned: readonly PinnedRevision[];
  readonly named: readonly NamedFamily[];
}

export interface AccountAround {
  readonly ecs: EcsSimulator;
  readonly neighbors: Neighbors;
  readonly stacks: StackSimulator;
}

/** Lets everything beside ECS that can pin a revision pin an old one of the believable account, each in a family of its own. */
export function addBelievableReferrers({ families }: BelievableAccount, around: AccountAround): BelievableReferrers {
  return new ReferrerBuilder(families.slice(1, -3), around).build();
}

class ReferrerBuilder {
  private readonly pinned: PinnedRevision[] = [];
  private readonly named: NamedFamily[] = [];
  private readonly cluster: string;
  private used = FIRST_USED;

  constructor(
    private readonly families: readonly AccountFamily[],
    private readonly around: AccountAround,
  ) {
    const { partition, region, account } = around.ecs.environment;
    this.cluster = `arn:${partition}:ecs:${region}:${account}:cluster/production`;
  }

  build(): BelievableReferrers {
    // Before the others, so that the family that it keeps whole holds no other pin.
    this.addStackInUpdate();
    this.addRule();
    this.addSchedule();
    this.addPipe();
    this.addStateMachine();
    this.addPublishedVersion();
    this.addDeploymentGroup();
    this.addForgottenStack();
    this.addNamed();
    const { pinned, named } = this;
    return { pinned, named };
  }

  private addRule(): void {
    const { arn } = this.old('EVENTBRIDGE_RULES', 'an EventBridge rule starts a task of it every night');
    this.around.neighbors.rules.put({
      name: 'nightly-invoices',
      targets: [{ Id: 'run-invoices', Arn: this.cluster, EcsParameters: { TaskDefinitionArn: arn }, Input: overrides() }],
      pins: [arn],
    });
  }

  private addSchedule(): void {
    const { arn } = this.old('EVENTBRIDGE_SCHEDULER', 'a schedule runs it at the end of each month');
    const { partition } = this.around.ecs.environment;
    this.around.neighbors.schedules.put({
      name: 'month-end-close',
      group: 'billing',
      target: {
        Arn: `arn:${partition}:scheduler:::aws-sdk:ecs:runTask`,
        Input: JSON.stringify({ Cluster: this.cluster, TaskDefinition: arn, Overrides: JSON.parse(overrides()) }),
      },
      pins: [arn],
    });
  }

  private addPipe(): void {
    const { arn } = this.old('EVENTBRIDGE_PIPES', 'a pipe runs it for every message of a queue');
    this.around.neighbors.pipes.put({ name: 'orders-to-fulfilment', runs: arn });
  }

  private addStateMachine(): void {
    const { arn } = this.old('STEP_FUNCTIONS', 'a state machine runs it');
    this.around.neighbors.stateMachines.put({ name: 'order-fulfilment', runs: { taskDefinition: arn } });
  }

  private addPublishedVersion(): void {
    const why = 'a published version of a state machine runs it; the machine itself has moved on';
    const { arn, family } = this.old('STEP_FUNCTIONS', why);
    const { stateMachines } = this.around.neighbors;
    const name = 'nightly-etl';
    stateMachines.put({ name, runs: { taskDefinition: arn } });
    stateMachines.publish(name);
    stateMachines.put({ name, runs: { taskDefinition: this.arnOf(family, family.newest) } });
  }

  private addDeploymentGroup(): void {
    const why = 'CodeDeploy rolls back to it: the deployment after it has failed';
    const { arn, family } = this.old('CODE_DEPLOY', why);
    const deployment = { application: 'storefront', group: 'storefront-blue-green' };
    const { codeDeploy } = this.around.neighbors;
    codeDeploy.deploy({ ...deployment, taskDefinition: arn });
    codeDeploy.deploy({ ...deployment, taskDefinition: this.arnOf(family, family.newest), status: 'Failed' });
  }

  private addStackInUpdate(): void {
    const { arn, family } = this.old(
      'CLOUD_FORMATION',
      'the update of a stack is under way, and rolls back to it if it fails: until then all of its family stays',
    );
    const now = this.around.ecs.now();
    this.around.stacks.stack('checkout-production').seed({
      status: 'UPDATE_IN_PROGRESS',
      createdAt: now - 400 * DAY,
      updatedAt: now - 8 * MINUTE,
      resources: [
        { logicalId: 'TaskDefinition', type: TASK_DEFINITION, physicalId: this.arnOf(family, family.newest), before: arn },
        { logicalId: 'Database', type: 'AWS::RDS::DBInstance', physicalId: 'checkout-production-database' },
      ],
    });
  }

  private addForgottenStack(): void {
    // The very oldest: CloudFormation is asked about the next to go alone, and a first plan is to show it.
    const { arn } = this.old('CLOUD_FORMATION', 'a stack that nobody has updated since records it', 0);
    const createdAt = this.around.ecs.now() - 390 * DAY;
    this.around.stacks.stack('quarterly-audit').seed({
      status: 'CREATE_COMPLETE',
      createdAt,
      resources: [{ logicalId: 'TaskDefinition', type: TASK_DEFINITION, physicalId: arn }],
    });
  }

  private addNamed(): void {
    const { rules, schedules } = this.around.neighbors;
    const [ofRule, ofSchedule] = [this.families[0] as AccountFamily, this.families[1] as AccountFamily];
    const TaskDefinitionArn = this.arnOf(ofRule, ofRule.newest).replace(/:\d+$/, '');
    rules.put({ name: 'hourly-heartbeat', runs: [TaskDefinitionArn], pins: [] });
    schedules.put({ name: 'weekly-digest', runs: { taskDefinition: ofSchedule.name }, pins: [] });
    this.named.push({ family: ofRule.name, by: 'rule hourly-heartbeat' });
    this.named.push({ family: ofSchedule.name, by: 'schedule weekly-digest' });
  }

  /** A revision of the next family, older than most. */
  private old(kind: Referrer, why: string, share = OLDEST_SHARE): { readonly arn: string; readonly family: AccountFamily } {
    const family = this.families[this.used % this.families.length] as AccountFamily;
    this.used += 1;
    const size = family.newest - family.oldestActive + 1;
    const place = Math.max(0, Math.min(Math.floor(size * share), size - 1 - FEWEST_NEWER));
    const number = family.oldestActive + place;
    this.pinned.push({ kind, revision: `${family.name}:${number}`, why });
    return { arn: this.arnOf(family, number), family };
  }

  private arnOf({ name }: AccountFamily, number: number): string {
    return formatTaskDefinitionArn(this.around.ecs.environment, { family: name, revision: number });
  }
}

const TASK_DEFINITION = 'AWS::ECS::TaskDefinition';

/** With a secret in it, as people write them. */
function overrides(): string {
  const environment = [{ name: 'DATABASE_PASSWORD', value: CANARIES.taskOverrides }];
  return JSON.stringify({ containerOverrides: [{ name: 'job', environment }] });
}
