import { type Bucket, ECS_PAGE } from '../lib/contract/limits';
import type { ListedReferrer, Referrer } from '../lib/contract/referrers';
import { TokenBucket } from '../simulator/buckets';
import { StackSimulator } from '../simulator/cloudformation/stack-simulator';
import { EcsSimulator } from '../simulator/ecs-simulator';
import type { Neighbor } from '../simulator/neighbors/neighbor';
import { Neighbors } from '../simulator/neighbors/neighbors';
import { runTask } from '../simulator/neighbors/run-task-forms';
import { SimulatedError } from '../simulator/simulated-error';
import type { ArrivalClock } from './handler-time';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const CONTENT = { containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };
const DAY = 86_400_000;
/** Of each family; the newest three stay by the rule, and services roll back to them. */
const REVISIONS = 8;
const HISTORY = [REVISIONS - 2, REVISIONS - 1];
/** As many as ECS keeps of a service, and as long as they are: they make up most of what is read. */
const EVENTS = Array.from(
  { length: 100 },
  (_, index) => `(service web) has reached a steady state, and not for the first time: ${index}`,
);
/** States of a state machine beside the one that runs a task. */
const STATES = 40;

/** How much there is of everything. */
export interface AccountSize {
  readonly clusters: number;
  readonly servicesEach: number;
  readonly tasksEach: number;
  readonly jobFamilies: number;
  readonly buses: number;
  readonly rules: number;
  readonly schedules: number;
  readonly stateMachines: number;
  readonly versionsEach: number;
  readonly pipes: number;
  readonly applications: number;
  readonly groupsEach: number;
  readonly stacks: number;
}

/** How many calls one action may make in a service. */
interface Limit {
  /** The action, or all that have none of their own. */
  readonly [action: string]: Bucket;
}

const ALL = '*';

/**
 * What each service refuses calls beyond. Documented are those of ECS (which its simulator has), of GetSchedule (250 a second in the smaller
 * Regions; its burst is assumed) and of Step Functions. The others are assumptions: what the engine supposes of those services.
 */
export const LIMITS: Readonly<Record<Referrer, Limit>> = {
  EVENTBRIDGE_RULES: { [ALL]: { perSecond: 20, burst: 20 } },
  EVENTBRIDGE_SCHEDULER: { GetSchedule: { perSecond: 250, burst: 250 }, ListSchedules: { perSecond: 10, burst: 10 } },
  EVENTBRIDGE_PIPES: { [ALL]: { perSecond: 10, burst: 20 } },
  STEP_FUNCTIONS: {
    DescribeStateMachine: { perSecond: 20, burst: 200 },
    ListStateMachines: { perSecond: 5, burst: 100 },
    ListStateMachineVersions: { perSecond: 1, burst: 100 },
  },
  CODE_DEPLOY: { [ALL]: { perSecond: 4, burst: 10 } },
  CLOUD_FORMATION: { [ALL]: { perSecond: 2, burst: 4 } },
};

/** A call as it arrived. */
export interface Call {
  readonly kind: 'ECS' | Referrer;
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly at: number;
}

/** An account with everything that can pin a revision, which remembers each call, and refuses those beyond what a service allows. */
export class ScanWorld {
  readonly calls: Call[] = [];
  readonly ecs: EcsSimulator;
  readonly neighbors: Neighbors;
  readonly stacks: StackSimulator;
  private refused = 0;

  constructor(
    readonly size: AccountSize,
    private readonly clock: ArrivalClock,
  ) {
    this.ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
    this.neighbors = new Neighbors({ clock, environment: ENVIRONMENT });
    this.stacks = new LimitedStacks(this.ecs, clock, this.limiter('CLOUD_FORMATION'));
  }

  get throttles(): number {
    return this.refused + Object.values(this.ecs.stat()).reduce((sum, { throttles }) => sum + throttles, 0);
  }

  /** Puts everything in place, and only then listens. */
  async build(): Promise<void> {
    this.seedFamilies();
    this.seedServices();
    this.seedReferrers();
    await this.seedStacks();
    this.listen('ECS', this.ecs);
    this.listen('CLOUD_FORMATION', this.stacks);
    for (const [kind, neighbor] of Object.entries(this.neighbors.byKind) as [ListedReferrer, Neighbor][]) {
      const take = this.limiter(kind);
      this.listen(kind, neighbor);
      neighbor.intercept = async ({ action }, answer) => {
        take(action);
        return answer();
      };
    }
  }

  /** The revisions, as `family:revision`, that something beside ECS runs. */
  pinned(): Set<string> {
    const { rules, schedules, pipes, stateMachines, codeDeploy } = this.neighbors;
    const pins = [rules, schedules, pipes, stateMachines, codeDeploy].flatMap((neighbor) => neighbor.pinned());
    return new Set(pins.map(({ taskDefinition }) => taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1)));
  }

  private listen(kind: Call['kind'], { log }: Pick<Neighbor, 'log'>): void {
    log.heard = (action, input) => {
      this.calls.push({ kind, action, input, at: this.clock.now() });
    };
  }

  /** @returns what takes a token for a call, or throws when there is none */
  private limiter(kind: Referrer): (action: string) => void {
    const buckets = new Map<string, TokenBucket>();
    return (action) => {
      const name = Object.hasOwn(LIMITS[kind], action) ? action : ALL;
      const limit = LIMITS[kind][name];
      if (!limit) throw new Error(`nobody has said how often ${action} may be called`);
      const bucket = buckets.get(name) ?? new TokenBucket(limit, () => this.clock.now());
      buckets.set(name, bucket);
      if (bucket.take()) return;
      this.refused += 1;
      throw new SimulatedError('ThrottlingException', 'Rate exceeded');
    };
  }

  private seedFamilies(): void {
    for (const [place, family] of [...this.serviceFamilies(), ...this.jobFamilies()].entries()) {
      const ages = Array.from({ length: REVISIONS }, (_, index) => ({
        registeredAt: this.clock.now() - (8 + REVISIONS - index) * DAY - place,
      }));
      this.ecs.seedFamily({ family, ...CONTENT }, ages);
    }
  }

  private seedServices(): void {
    for (const [place, family] of this.serviceFamilies().entries()) {
      this.ecs.seedService({
        cluster: `cluster-${Math.floor(place / this.size.servicesEach)}`,
        name: family,
        taskDefinition: `${family}:${REVISIONS}`,
        history: HISTORY.map((revision) => `${family}:${revision}`),
        desiredCount: this.size.tasksEach,
        events: EVENTS,
      });
    }
  }

  /** Each runs one of the old revisions, which nothing else keeps. */
  private seedReferrers(): void {
    const { buses, rules, schedules, stateMachines, versionsEach, pipes, applications, groupsEach } = this.size;
    const jobs = this.jobFamilies();
    const families = this.serviceFamilies();
    const job = (place: number, from: number) =>
      revisionArn(jobs[place % jobs.length], from + (Math.floor(place / jobs.length) % 2));
    const ofService = (place: number, revision: number) => revisionArn(families[place % families.length], revision);
    for (let place = 0; place < rules; place += 1) {
      const bus = place % buses === 0 ? 'default' : `bus-${place % buses}`;
      this.neighbors.rules.put({ name: `rule-${place}`, bus, runs: [job(place, 1)] });
    }
    this.clock.advance(5);
    for (let place = 0; place < schedules; place += 1) {
      const form = place % 3 === 0 ? 'a universal target' : 'a task';
      const runs = { taskDefinition: job(place, 3), form } as const;
      // Not all at the same instant, and none at a full second.
      this.clock.advance(10);
      this.neighbors.schedules.put({ name: `schedule-${place}`, group: `group-${place % 10}`, runs });
    }
    for (let place = 0; place < pipes; place += 1) {
      this.neighbors.pipes.put({ name: `pipe-${place}`, runs: ofService(place, 1) });
    }
    for (let place = 0; place < stateMachines; place += 1) {
      const name = `machine-${place}`;
      for (let version = 0; version <= versionsEach; version += 1) {
        const runs = ofService(place, 2 + (version % 3));
        this.neighbors.stateMachines.put({ name, definition: workflow(runs), pins: [runs] });
        if (version < versionsEach) this.neighbors.stateMachines.publish(name);
      }
    }
    for (let place = 0; place < applications * groupsEach; place += 1) {
      const application = `application-${Math.floor(place / groupsEach)}`;
      this.neighbors.codeDeploy.deploy({ application, group: `group-${place}`, taskDefinition: ofService(place, 5) });
    }
  }

  /** Each owns the newest revision of a job's family: those come first by name, and so CloudFormation is asked about them. */
  private async seedStacks(): Promise<void> {
    for (const Family of this.jobFamilies().slice(0, this.size.stacks)) {
      const properties = { Family, ContainerDefinitions: [{ Name: 'main', Image: 'nginx', Memory: 64 }] };
      const resources = [{ logicalId: 'Definition', type: 'AWS::ECS::TaskDefinition', properties }];
      await this.stacks.stack(`${Family}-stack`).deploy({ resources });
    }
  }

  private serviceFamilies(): string[] {
    return Array.from({ length: this.size.clusters * this.size.servicesEach }, (_, place) => `service-${place}`);
  }

  private jobFamilies(): string[] {
    return Array.from({ length: this.size.jobFamilies }, (_, place) => `job-${place}`);
  }
}

/** Stacks, asked no more often than CloudFormation allows. */
class LimitedStacks extends StackSimulator {
  constructor(
    ecs: EcsSimulator,
    clock: ArrivalClock,
    private readonly take: (action: string) => void,
  ) {
    super({ ecs, clock });
  }

  override describeStacks(...given: Parameters<StackSimulator['describeStacks']>) {
    this.take('DescribeStacks');
    return super.describeStacks(...given);
  }

  override describeStackResources(...given: Parameters<StackSimulator['describeStackResources']>) {
    this.take('DescribeStackResources');
    return super.describeStackResources(...given);
  }
}

/** The calls that no reader of such an account can do without, by action: pages of lists, and a call for each item where there is no batch. */
export function leastCalls(size: AccountSize): Readonly<Record<string, number>> {
  const { clusters, servicesEach, tasksEach, buses, rules, schedules, stateMachines, pipes, applications, groupsEach } = size;
  const services = clusters * servicesEach;
  const pages = (items: number, most = 100) => Math.max(1, Math.ceil(items / most));
  const rulesOn = (bus: number) => Math.ceil((rules - bus) / buses);
  return {
    ListClusters: pages(clusters),
    ListServices: clusters * pages(servicesEach),
    DescribeServices: clusters * pages(servicesEach, ECS_PAGE.describeServices),
    ListServiceDeployments: services,
    DescribeServiceRevisions: pages(services * (HISTORY.length + 1), ECS_PAGE.describeServiceRevisions),
    // Those that run, and those that have stopped.
    ListTasks: clusters * (pages(servicesEach * tasksEach) + 1),
    DescribeTasks: clusters * pages(servicesEach * tasksEach, ECS_PAGE.describeTasks),
    ListEventBuses: pages(buses),
    ListRules: Array.from({ length: buses }, (_, bus) => pages(rulesOn(bus))).reduce((a, b) => a + b, 0),
    ListTargetsByRule: rules,
    ListSchedules: pages(schedules),
    GetSchedule: schedules,
    ListPipes: pages(pipes),
    DescribePipe: pipes,
    ListStateMachines: pages(stateMachines, 1000),
    ListStateMachineVersions: stateMachines,
    DescribeStateMachine: stateMachines * (1 + size.versionsEach),
    ListApplications: pages(applications),
    BatchGetApplications: pages(applications),
    ListDeploymentGroups: applications * pages(groupsEach),
    BatchGetDeploymentGroups: applications * pages(groupsEach),
    ListDeployments: 1,
    // Each group has one, the last attempted and the last successful alike.
    BatchGetDeployments: pages(applications * groupsEach, 25),
  };
}

/** The same for a second look within a run: what cannot have changed is known. */
export function leastCallsAgain(size: AccountSize): Readonly<Record<string, number>> {
  return { ...leastCalls(size), DescribeServiceRevisions: 0, GetSchedule: 0, DescribeStateMachine: size.stateMachines };
}

function revisionArn(family = '', revision = 1): string {
  const { partition, region, account } = ENVIRONMENT;
  return `arn:${partition}:ecs:${region}:${account}:task-definition/${family}:${revision}`;
}

/** As long as workflows that people write. */
function workflow(taskDefinition: string): object {
  const steps = Array.from({ length: STATES }, (_, index) => [
    `Step ${index}`,
    {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: `step-${index}`, 'Payload.$': '$', Note: 'x'.repeat(200) },
      Next: index + 1 < STATES ? `Step ${index + 1}` : 'Run',
    },
  ]);
  const { States } = runTask(taskDefinition) as { States: object };
  return { StartAt: 'Step 0', States: { ...Object.fromEntries(steps), ...States } };
}
