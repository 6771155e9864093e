import type { EcsCall } from '../../../engine/aws/ecs-call';
import { EcsCallError } from '../../../engine/ecs-call-error';
import { IncompleteScan } from '../../../engine/incomplete-scan';
import { physicalIdFor } from '../../../engine/stack/physical-id';
import type { StackResource, Stacks } from '../../../engine/stack/ports';
import { LISTED_REFERRERS, type ListedReferrer } from '../../../lib/contract/referrers';
import type { StackPruneSettings } from '../../../lib/contract/stack-prune-settings';
import { STACK_RESOURCE, STACK_SECONDS } from '../../../lib/contract/stack-pruning';
import { EcsSimulator, Neighbors, SimulatedError, VirtualClock } from '../../../simulator';
import { readsOf } from '../elsewhere';
import { Pruner } from '../pruner';
import { answersTo, RecordingStackReporter } from './stack-doors';

const ENVIRONMENT = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
const START = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/01234567-89ab-cdef-0123-456789abcdef';
const arn = (name: string) => `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/${name}`;

/** A stack with one service on web:8, of eight revisions; the update from web:7 is over, and its clean-up has begun. */
class Scene {
  readonly clock = new VirtualClock(START);
  readonly ecs = new EcsSimulator({ clock: this.clock, environment: ENVIRONMENT, throttling: false });
  readonly neighbors = new Neighbors({ clock: this.clock, environment: ENVIRONMENT });
  readonly reporter = new RecordingStackReporter();
  readonly service: string;
  status = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
  recorded = physicalIdFor([arn('web:8')]);
  resources: StackResource[];
  owners = new Map<string, string>();
  stacks: Stacks = {
    status: async () => ({ status: this.status }),
    recordedPhysicalId: async () => this.recorded,
    resources: async () => this.resources,
    ownerOf: async (id) => this.owners.get(id),
  };

  constructor(readonly settings: Partial<StackPruneSettings> = {}) {
    this.seed('web', 8);
    this.ecs.seedCluster('main');
    this.service = this.ecs.seedService({ cluster: 'main', name: 'web', taskDefinition: 'web:8' });
    this.resources = [
      { type: STACK_RESOURCE.type, logicalId: 'OldRevisions', physicalId: this.recorded, status: 'UPDATE_COMPLETE' },
      { type: 'AWS::ECS::TaskDefinition', logicalId: 'Web', physicalId: arn('web:8'), status: 'UPDATE_COMPLETE' },
      { type: 'AWS::ECS::Service', logicalId: 'Service', physicalId: this.service, status: 'UPDATE_COMPLETE' },
    ];
  }

  seed(family: string, count: number): void {
    const dates = Array.from({ length: count }, (_, index) => ({ registeredAt: START - (count - index) * 2 * HOUR }));
    this.ecs.seedFamily({ family, containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] }, dates);
  }

  /** The Delete that CloudFormation sends for the id of these task definitions. */
  async delete(old = ['web:7'], around: (call: EcsCall) => EcsCall = (call) => call): Promise<Record<string, string>> {
    const taskDefinitions = old.map(arn);
    const event = {
      RequestType: 'Delete',
      ResponseURL: 'https://bucket.s3.eu-west-1.amazonaws.com/key?signature',
      StackId: STACK,
      RequestId: '11111111-2222-3333-4444-555555555555',
      LogicalResourceId: 'OldRevisions',
      PhysicalResourceId: physicalIdFor(taskDefinitions),
      ResourceProperties: { taskDefinitions },
    };
    const { ecs, clock, stacks, settings, reporter, neighbors } = this;
    const services = readsOf(neighbors.byKind);
    const bodies = await answersTo(event, { ecs, clock, stacks, stackId: STACK, settings, reporter, around, services });
    expect(bodies).toHaveLength(1);
    const answer = JSON.parse(bodies[0] ?? '');
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId });
    return answer;
  }

  /** The stack is being deleted, and records what the request names. */
  deleting(): this {
    this.status = 'DELETE_IN_PROGRESS';
    return this;
  }

  get gone(): string[] {
    return this.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`);
  }
}

describe('the clean-up after an update', () => {
  test('lets go what is old, not used and not among the newest, and tells so', async () => {
    const scene = new Scene();
    const { Reason } = await scene.delete();
    expect(scene.gone).toEqual(['web:1', 'web:2', 'web:3', 'web:4', 'web:5']);
    expect(Reason).toBe('deregistered 5 task definition revisions; nothing left');
    expect(scene.reporter.metrics).toMatchObject({ runsSucceeded: 1, revisionsDeregistered: 5, revisionsLeft: 0 });
    expect(scene.reporter.events).toMatchObject([{ type: 'Prune Completed', detail: { deregistered: 5, refusals: [] } }]);
  });

  test('keeps what the stack records, whatever ECS says: after a hotswap both are in use', async () => {
    const scene = new Scene({ keepLatest: 1 });
    scene.resources[1] = { ...(scene.resources[1] as StackResource), physicalId: arn('web:4') };
    await scene.delete();
    expect(scene.gone).toEqual(['web:1', 'web:2', 'web:3', 'web:5', 'web:6', 'web:7']);
  });

  test('keeps what tasks of a deferred clean-up still run, though the update is over (Express, DEFERRED)', async () => {
    const scene = new Scene();
    scene.ecs.seedTask({ cluster: 'main', taskDefinition: 'web:2' });
    await scene.delete();
    expect(scene.gone).toEqual(['web:1', 'web:3', 'web:4', 'web:5']);
  });

  test('keeps what another stack owns under the same family name', async () => {
    const scene = new Scene();
    scene.owners.set(arn('web:3'), 'other');
    await scene.delete();
    expect(scene.gone).toEqual(['web:1', 'web:2', 'web:4', 'web:5']);
  });

  test.each([
    ['the pruner of the stack', 'a RevisionPruner'],
    ['a RevisionPruner', 'the pruner of the stack'],
  ])('%s and then %s let go once what both would, keep what either finds in use, and end alike', async (first) => {
    const scene = new Scene();
    scene.ecs.seedTask({ cluster: 'main', taskDefinition: 'web:2' });
    const rules = [{ allFamilies: true, keepLatest: 3, minAgeMinutes: 60 }];
    const settings = { rules, noticePeriodMinutes: 10, actionsPerSecond: 0.9 };
    const scheduled = new Pruner({ ecs: scene.ecs, clock: scene.clock, settings });
    await scheduled.tick();
    scene.clock.advance(HOUR);
    const runs = [() => scene.delete(), () => scheduled.tick()];
    for (const run of first === 'a RevisionPruner' ? runs.reverse() : runs) await run();
    expect(scene.gone.sort()).toEqual(['web:1', 'web:3', 'web:4', 'web:5']);
    expect(scene.ecs.countRevisions('ACTIVE')).toBe(4);
  });

  test('touches only families that both the request and the settings name: a renamed one is told and left', async () => {
    const scene = new Scene({ families: ['web', 'worker'] });
    scene.seed('old-name', 8);
    scene.seed('worker', 8);
    await scene.delete(['web:7', 'old-name:8']);
    expect(new Set(scene.gone.map((name) => name.split(':')[0]))).toEqual(new Set(['web']));
    expect(scene.reporter.lines.map(({ fields }) => fields)).toContainEqual({ families: ['old-name'] });
    const renamed = new Scene({ families: ['new-name'] });
    await renamed.delete();
    expect([renamed.gone, renamed.reporter.reasons]).toEqual([[], ['other-families']]);
  });

  test('what is younger than the rule asks stays; zero asks nothing', async () => {
    const young = new Scene({ minAgeMinutes: 13 * 60 });
    await young.delete();
    expect(young.gone).toEqual(['web:1', 'web:2']);
    const any = new Scene({ minAgeMinutes: 0, keepLatest: 1 });
    await any.delete();
    expect(any.gone).toHaveLength(7);
  });

  test('acts for a minute at most, and what is left is told (C-03)', async () => {
    const wide = new Scene({ families: ['big'], keepLatest: 1, minAgeMinutes: 0 });
    wide.seed('big', 300);
    await wide.delete(['big:299']);
    expect(wide.gone.length).toBeGreaterThan(20);
    expect(wide.gone.length).toBeLessThanOrEqual(31);
    expect(wide.clock.now() - START).toBeLessThanOrEqual((STACK_SECONDS.acts + 5) * 1000);
    expect(wide.reporter.metrics.revisionsLeft).toBe(299 - wide.gone.length);
  });

  test('the stack going on ends the acts', async () => {
    const scene = new Scene({ keepLatest: 1 });
    scene.clock.at(START + 5000, () => {
      scene.status = 'UPDATE_IN_PROGRESS';
    });
    const { Reason } = await scene.delete();
    expect(scene.gone.length).toBeLessThanOrEqual(6);
    expect(Reason).toContain('the stack is no longer where it was: the stack may still be rolled back');
    expect(scene.reporter.metrics).toMatchObject({ runsRefused: 1 });
  });
});

describe('a doubt does nothing, and is answered SUCCESS (C-02, C-04)', () => {
  const failing = (action: string, error: Error) => (call: EcsCall) => (asked: string, input: Record<string, unknown>) =>
    asked === action ? Promise.reject(error) : call(asked as never, input);

  test.each(['ListTaskDefinitions', 'ListClusters', 'ListServices', 'DescribeServices', 'ListTasks'])(
    '%s is denied',
    async (action) => {
      const scene = new Scene();
      await scene.delete(['web:7'], failing(action, new EcsCallError(action, 'AccessDeniedException', 'no')) as never);
      expect(scene.gone).toEqual([]);
      expect(scene.reporter.metrics).toMatchObject({ runsRefused: 1, revisionsDeregistered: 0 });
      expect(scene.reporter.events).toMatchObject([{ type: 'Prune Refused' }]);
    },
  );

  test.each(['ListTaskDefinitions', 'ListServices', 'ListTasks'])(
    '%s never answers: the reads end in time (C-03)',
    async (action) => {
      const scene = new Scene();
      const hangs = (call: EcsCall) => (asked: string, input: Record<string, unknown>) =>
        asked === action ? new Promise(() => undefined) : call(asked as never, input);
      await scene.delete(['web:7'], hangs as never);
      expect(scene.gone).toEqual([]);
      expect(scene.clock.now() - START).toBeLessThanOrEqual(STACK_SECONDS.reads * 1000);
    },
  );

  test('a deregistration never answers: the acts end in time, and it is told as sent (C-03)', async () => {
    const scene = new Scene();
    const hangs = (call: EcsCall) => (asked: string, input: Record<string, unknown>) =>
      asked === 'DeregisterTaskDefinition' ? new Promise(() => undefined) : call(asked as never, input);
    await scene.delete(['web:7'], hangs as never);
    expect(scene.clock.now() - START).toBeLessThanOrEqual((STACK_SECONDS.function - STACK_SECONDS.answer) * 1000);
  });

  test.each([
    ['the status', { status: () => Promise.reject(new IncompleteScan('DescribeStacks', 'denied')) }, 'status-unreadable'],
    [
      'the recorded id',
      { recordedPhysicalId: () => Promise.reject(new IncompleteScan('DescribeStackResource', 'denied')) },
      'id-unreadable',
    ],
    [
      'the parent',
      {
        status: async (id: string) => {
          if (id !== STACK) throw new IncompleteScan('DescribeStacks', 'denied');
          return { status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', parentId: 'parent', rootId: 'root' };
        },
      },
      'parent-unreadable',
    ],
  ] as const)('%s cannot be read', async (_, stacks, reason) => {
    const scene = new Scene();
    scene.stacks = { ...scene.stacks, ...stacks };
    await scene.delete();
    expect([scene.gone, scene.reporter.reasons]).toEqual([[], [reason]]);
    expect(scene.reporter.events).toEqual([]);
  });

  test('the stack never answers (C-03)', async () => {
    const scene = new Scene();
    scene.stacks = { ...scene.stacks, status: () => new Promise(() => undefined) };
    await scene.delete();
    expect(scene.gone).toEqual([]);
  });

  test.each([
    ['a list without the custom resource', (scene: Scene) => void scene.resources.shift()],
    [
      'a task definition that cannot be read',
      (scene: Scene) =>
        void scene.resources.push({ type: 'AWS::ECS::TaskDefinition', logicalId: 'X', physicalId: 'x', status: '' }),
    ],
    [
      'services in the stack, none in ECS',
      (scene: Scene) => scene.ecs.perform('DeleteService', { cluster: 'main', service: scene.service, force: true }),
    ],
  ])('%s is an incomplete read', async (_, spoil) => {
    const scene = new Scene();
    spoil(scene);
    scene.clock.advance(24 * HOUR);
    await scene.delete();
    expect(scene.gone).toEqual([]);
    expect(scene.reporter.metrics).toMatchObject({ runsRefused: 1 });
  });

  test('who owns a revision cannot be read', async () => {
    const scene = new Scene();
    scene.stacks = { ...scene.stacks, ownerOf: () => Promise.reject(new IncompleteScan('DescribeStackResources', 'denied')) };
    await scene.delete();
    expect([scene.gone, scene.reporter.metrics.runsRefused]).toEqual([[], 1]);
  });
});

describe('the deletion of the stack', () => {
  const destroying = () => {
    const scene = new Scene({ removalPolicy: 'DESTROY' }).deleting();
    return scene;
  };

  test('under DESTROY takes all but what the stack records, newest and young ones included (C-02)', async () => {
    const scene = destroying();
    scene.ecs.perform('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [{ name: 'main', image: 'foreign', memory: 64 }],
    });
    await scene.delete(['web:8']);
    expect(scene.gone.sort()).toEqual(['web:1', 'web:2', 'web:3', 'web:4', 'web:5', 'web:6', 'web:7', 'web:9']);
  });

  test('services of this stack keep nothing; running tasks, referrers outside and the keep tag do', async () => {
    const scene = destroying();
    scene.ecs.seedTask({ cluster: 'main', taskDefinition: 'web:2' });
    scene.ecs.seedService({ cluster: 'main', name: 'outside', taskDefinition: 'web:3' });
    scene.ecs.perform('TagResource', { resourceArn: arn('web:4'), tags: [{ key: 'cdk-ecs-caretaker:keep', value: '' }] });
    await scene.delete(['web:8']);
    expect(scene.gone).toEqual(['web:1', 'web:5', 'web:6', 'web:7']);
  });

  test('under RETAIN takes nothing', async () => {
    const scene = new Scene().deleting();
    await scene.delete(['web:8']);
    expect([scene.gone, scene.reporter.reasons]).toEqual([[], ['stack-retained']]);
  });
});

/** Something outside of the stack, of each kind, that needs a revision. */
const NEEDED_BY: Readonly<Record<ListedReferrer, (neighbors: Neighbors, taskDefinition: string) => void>> = {
  EVENTBRIDGE_RULES: ({ rules }, taskDefinition) => rules.put({ name: 'nightly', runs: [taskDefinition] }),
  EVENTBRIDGE_SCHEDULER: ({ schedules }, taskDefinition) => schedules.put({ name: 'nightly', runs: { taskDefinition } }),
  EVENTBRIDGE_PIPES: ({ pipes }, taskDefinition) => pipes.put({ name: 'orders', runs: taskDefinition }),
  STEP_FUNCTIONS: ({ stateMachines }, taskDefinition) => stateMachines.put({ name: 'nightly', runs: { taskDefinition } }),
  CODE_DEPLOY: ({ codeDeploy }, taskDefinition) => codeDeploy.deploy({ application: 'web', group: 'blue', taskDefinition }),
};

describe.each(LISTED_REFERRERS)('P-19: what %s outside of the stack need', (kind) => {
  const needed = (settings: Partial<StackPruneSettings> = {}) => {
    const scene = new Scene(settings);
    NEEDED_BY[kind](scene.neighbors, arn('web:2'));
    return scene;
  };

  test('stays in the clean-up after an update, and under DESTROY', async () => {
    const [cleaned, destroyed] = [needed(), needed({ removalPolicy: 'DESTROY' }).deleting()];
    await cleaned.delete();
    expect(cleaned.gone).toEqual(['web:1', 'web:3', 'web:4', 'web:5']);
    await destroyed.delete(['web:8']);
    expect(destroyed.gone).toEqual(['web:1', 'web:3', 'web:4', 'web:5', 'web:6', 'web:7']);
  });

  test('is not known where the settings leave them out', async () => {
    const scene = needed({ withoutReferrers: [kind] });
    await scene.delete();
    expect(scene.gone).toContain('web:2');
  });

  test('P-04: is not known either where they are denied: nothing goes, and the warning says what to allow', async () => {
    const scene = needed();
    scene.neighbors.byKind[kind].intercept = async () => {
      throw new SimulatedError('AccessDeniedException', 'not authorized');
    };
    await scene.delete();
    expect([scene.gone, scene.reporter.metrics.runsRefused]).toEqual([[], 1]);
    expect(JSON.stringify([scene.reporter.lines, scene.reporter.events])).toContain(`name ${kind} in 'tolerateDenied'`);
  });
});
