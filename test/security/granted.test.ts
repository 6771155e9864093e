import { App, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { PruneMode, RevisionPruner, StackRevisionPruner, TaskScaleInProtection } from 'cdk-ecs-caretaker';
import { physicalIdFor } from '../../engine/stack/physical-id';
import type { Environment } from '../../lib/contract/arn';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import {
  type CallLog,
  type CustomResourceEvent,
  EcsSimulator,
  Neighbors,
  StackSimulator,
  type StackTemplate,
  success,
  VirtualClock,
} from '../../simulator';
import { nodeGlobal } from '../lambda/borrowed-node';
import { BUCKET, DAY, LambdaHost, MINUTE, World } from '../lambda/lambda-host';
import { seedOwningStack, seedReferrers } from '../lambda/referrers';
import { accessDenied, DUE, smallWorld } from '../lambda/small-world';
import { StackHost } from '../lambda/stack-host';
import { image } from '../lib/protection/service-in';
import { type Ask, asksOf, type Grant, grantsFor, grantsOf, type Statement } from './iam';
import { Deployed } from './roles';

const ACCOUNT = '111122223333';
const PLACES: readonly Environment[] = [
  { partition: 'aws', account: ACCOUNT, region: 'eu-west-1' },
  { partition: 'aws-cn', account: ACCOUNT, region: 'cn-north-1' },
  { partition: 'aws-us-gov', account: ACCOUNT, region: 'us-gov-west-1' },
];
const places = PLACES.map((place) => [place.partition, place] as const);

/** What arrives at the simulators, as what IAM is asked before it: each question once. */
class Asked {
  private readonly asks = new Map<string, Ask>();

  constructor(
    private readonly environment: Environment,
    private readonly bucketHas: (bucket: string, key: string) => boolean = () => true,
  ) {}

  listen(service: string, log: CallLog): void {
    log.heard = (action, input) => {
      for (const ask of asksOf(service, action, input, { ...this.environment, bucketHas: this.bucketHas })) {
        this.asks.set(JSON.stringify(ask), ask);
      }
    };
  }

  get all(): Ask[] {
    return [...this.asks.values()];
  }

  get actions(): Set<string> {
    return new Set(this.all.map(({ action }) => action));
  }
}

/** Both directions: what was asked for and not granted, and what was granted and never asked for. */
function compare(statements: readonly Statement[], asks: readonly Ask[]): { denied: string[]; unused: string[] } {
  const grants = grantsOf(statements);
  const used = new Set<Grant | undefined>();
  const denied = new Set<string>();
  for (const ask of asks) {
    for (const [index, grant] of grantsFor(grants, ask).entries()) {
      if (grant) used.add(grant);
      else denied.add(`${ask.action} ${ask.resources[index]}`);
    }
  }
  const unused = grants.filter((grant) => !used.has(grant)).map(({ action, resource }) => `${action} ${resource}`);
  return { denied: [...denied], unused };
}

const EQUAL = { denied: [], unused: [] };

/** The comparison sees a fault of either kind, whichever statement has it. */
function expectControls(statements: readonly Statement[], asks: readonly Ask[], explained: readonly string[] = []): void {
  for (const [index, { actions }] of statements.entries()) {
    const without = compare(statements.toSpliced(index, 1), asks);
    expect(without.denied.length).toBeGreaterThan(0);
    for (const denied of without.denied) expect(actions).toContain(denied.split(' ')[0]);
  }
  const more: Statement = { actions: ['ecs:DeleteTaskDefinitions'], resources: ['*'], condition: {} };
  expect(compare([...statements, more], asks)).toEqual({ denied: [], unused: [...explained, 'ecs:DeleteTaskDefinitions *'] });
}

/** All that a platform team may ask for: keys of its own, a VPC. */
const equipment = (stack: Stack) => ({
  vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
  }),
  environmentEncryption: new kms.Key(stack, 'EnvironmentKey'),
  deadLetterQueue: new sqs.Queue(stack, 'Queue', { encryptionMasterKey: new kms.Key(stack, 'QueueKey') }),
});

const nothing = () => ({});

/** Synthesizing is what takes time here: once for each combination. */
function once<Given extends unknown[], Made>(make: (...given: Given) => Made): (...given: Given) => Made {
  const made: { given: Given; value: Made }[] = [];
  return (...given) => {
    const known = made.find((one) => one.given.every((part, index) => part === given[index]));
    const entry = known ?? { given, value: make(...given) };
    if (!known) made.push(entry);
    return entry.value;
  };
}

/** What a place changes is which services there are: `GRANTED=all` plans in each, otherwise one does, and all deregister. */
const modesIn = ({ partition }: Environment) =>
  partition === 'aws' || process.env.GRANTED === 'all' ? [PruneMode.PLAN, PruneMode.DEREGISTER] : [PruneMode.DEREGISTER];

const equipments = [
  ['by itself', nothing],
  ['with keys and a VPC', equipment],
] as const;

describe.each(places)('X-03: in %s, granted is used and used is granted, for a RevisionPruner', (_, place) => {
  const stackOf = once((mode: PruneMode, equipped: typeof equipment | typeof nothing) => {
    // Where a service is not offered, a stack that knows its Region asks for no right on it.
    const stack = new Stack(new App(), 'Stack', { env: { region: place.region } });
    const ledger = equipped === nothing ? {} : { ledgerEncryptionKey: new kms.Key(stack, 'LedgerKey') };
    const settings = { allFamilies: true, mode, keepLatest: 3, minAge: Duration.days(7) };
    new RevisionPruner(stack, 'Pruner', { ...settings, ...equipped(stack), ...ledger });
    const bucket = (type: string) => (type === 'AWS::S3::Bucket' ? BUCKET : undefined);
    return new Deployed(stack, place, '', bucket);
  });
  let host: LambdaHost;
  const stories = new Map<PruneMode, Asked>();

  beforeAll(async () => {
    host = await LambdaHost.start();
    for (const mode of modesIn(place)) {
      stories.set(mode, await lifeOf(host, place, stackOf(mode, nothing).environmentVariables));
      expect(host.world.deregistered).toHaveLength(mode === PruneMode.PLAN ? 0 : DUE + 1);
    }
  });
  afterAll(() => host.stop());

  describe.each(modesIn(place))('in mode %s', (mode) => {
    test.each(equipments)('by its function’s role, %s', (_name, equipped) => {
      const deployed = stackOf(mode, equipped);
      const role = deployed.roleOf('AWS::Lambda::Function');
      const story = stories.get(mode) as Asked;
      const asks = [...story.all, ...deployed.doneByAws(role, story.actions)];
      expect(compare(deployed.statementsOf(role), asks)).toEqual(EQUAL);
      expectControls(deployed.statementsOf(role), asks);
    });

    test.each(equipments)('by its schedule’s role, %s', (_name, equipped) => {
      const deployed = stackOf(mode, equipped);
      const role = deployed.roleOf('AWS::Scheduler::Schedule');
      const asks = deployed.doneByAws(role, new Set());
      const [[id = '']] = deployed.all('AWS::Lambda::Function') as [[string, unknown]];
      // CDK's target lets a schedule invoke versions and aliases of its function too; there are none.
      const explained = [`lambda:InvokeFunction ${deployed.arn(id)}:*`];
      expect(compare(deployed.statementsOf(role), asks)).toEqual({ denied: [], unused: explained });
      expectControls(deployed.statementsOf(role), asks, explained);
    });
  });

  test('what only a pruner that deregisters may do is deregistering', () => {
    const actionsIn = (mode: PruneMode) => {
      const deployed = stackOf(mode, nothing);
      return deployed.statementsOf(deployed.roleOf('AWS::Lambda::Function')).flatMap(({ actions }) => actions);
    };
    const plan = actionsIn(PruneMode.PLAN);
    expect(actionsIn(PruneMode.DEREGISTER).filter((action) => !plan.includes(action))).toEqual([
      'ecs:DeregisterTaskDefinition',
    ]);
  });

  test('X-05: its roles can be taken by the function, and by schedules of this account’s group alone', () => {
    const deployed = stackOf(PruneMode.DEREGISTER, nothing);
    const takes = (type: string, context: Record<string, string>) => {
      const [trust] = deployed.trustOf(deployed.roleOf(type));
      const grants = grantsOf(trust ? [trust.statement] : []);
      return [trust?.services, grantsFor(grants, { action: 'sts:AssumeRole', resources: ['*'], context })[0] !== undefined];
    };
    expect(takes('AWS::Lambda::Function', {})).toEqual([['lambda.amazonaws.com'], true]);
    const group = (account: string, name = 'default') => ({
      'aws:SourceAccount': account,
      'aws:SourceArn': `arn:${place.partition}:scheduler:${place.region}:${account}:schedule-group/${name}`,
    });
    const by = (context: Record<string, string>) => takes('AWS::Scheduler::Schedule', context);
    expect(by(group(ACCOUNT))).toEqual([['scheduler.amazonaws.com'], true]);
    for (const other of [group('999999999999'), group(ACCOUNT, 'theirs'), {}]) expect(by(other)[1]).toBe(false);
  });
});

/** Plans, idles, acts, verifies, is stopped, is refused, is alone and is not: all that a pruner meets. */
async function lifeOf(host: LambdaHost, place: Environment, variables: Record<string, string>): Promise<Asked> {
  host.startAgain();
  Object.assign(nodeGlobal.process.env, variables);
  const world = smallWorld(new World({ environment: place }));
  host.world = world;
  seedReferrers(world.neighbors, world.ecs, 'web:8');
  // Three old revisions, the oldest of which is due, and a newest one that a stack owns.
  const owned = { family: 'owned', containerDefinitions: [{ name: 'owned', image: 'nginx', memory: 64 }] };
  world.ecs.seedFamily(
    owned,
    [30, 29, 28].map((days) => ({ registeredAt: Date.now() - days * DAY })),
  );
  await seedOwningStack(world.stacks, 'owned');
  const asked = new Asked(place, (bucket, key) => world.objects.get(bucket, key) !== undefined);
  asked.listen('ecs', world.ecs.log);
  asked.listen('s3', world.objects.log);
  asked.listen('events', world.events.log);
  for (const neighbor of world.neighbors.all) asked.listen(neighbor.signingName, neighbor.log);
  asked.listen('cloudformation', world.stacks.log);
  const later = (milliseconds: number) => {
    host.time.advanceTo(host.time.now() + milliseconds);
    return host.invoke();
  };
  const outcomes: (string | undefined)[] = [];
  for (const wait of [0, 15 * MINUTE]) outcomes.push((await later(wait)).answer?.outcome);
  world.objects.put(BUCKET, LEDGER.stop, '');
  outcomes.push((await later(DAY)).answer?.outcome);
  world.objects.delete(BUCKET, LEDGER.stop);
  world.ecs.intercept = async ({ action }, answer) => {
    if (action === 'ListTasks') throw accessDenied(action);
    return answer();
  };
  outcomes.push((await host.invoke({ maxActions: 0 })).answer?.outcome);
  world.ecs.intercept = undefined;
  outcomes.push(...(await host.invokeTogether([{}, {}])).map(({ answer }) => answer?.outcome).sort());
  outcomes.push((await later(15 * MINUTE)).answer?.outcome, (await later(DAY)).answer?.outcome);
  expect(outcomes).toEqual(['done', 'idle', 'refused', 'refused', 'busy', 'done', expect.any(String), 'done']);
  return asked;
}

describe.each(places)('X-03: in %s, granted is used and used is granted, for a StackRevisionPruner', (_, place) => {
  let host: StackHost;
  let asked: Asked;
  let stackId: string;

  const stackOf = (equipped: typeof equipment | typeof nothing, id: string) => {
    const stack = new Stack(new App(), 'Stack', { env: { region: place.region } });
    const definition = new ecs.FargateTaskDefinition(stack, 'Web', { family: 'web' });
    definition.addContainer('main', { image });
    const settings = { keepLatest: 2, minAge: Duration.minutes(0), taskDefinitions: [definition] };
    new StackRevisionPruner(stack, 'OldRevisions', { ...settings, ...equipped(stack) });
    return new Deployed(stack, place, id);
  };

  beforeAll(async () => {
    host = await StackHost.start();
    host.ecs = new EcsSimulator({ clock: { now: () => Date.now() }, environment: place });
    host.ecs.seedCluster('main');
    // Another team's deployment that never comes to its end.
    const theirs = { family: 'theirs', containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };
    host.ecs.seedFamily(theirs, [{ registeredAt: Date.now() - DAY }, { registeredAt: Date.now() }]);
    const slow = { cluster: 'main', name: 'theirs', taskDefinition: 'theirs:1', rolloutMs: 1000 * DAY };
    host.ecs.perform('UpdateService', { cluster: 'main', service: host.ecs.seedService(slow), taskDefinition: 'theirs:2' });
    const port = async (event: CustomResourceEvent) => {
      await host.invoke(event);
      // Where S3 of this partition is out of the stand-in's reach, what the function did is what counts here.
      const given = physicalIdFor(event.ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[]);
      return success(event, event.RequestType === 'Delete' ? event.PhysicalResourceId : given);
    };
    host.stacks = new StackSimulator({ ecs: host.ecs, clock: host.clock, customResource: port });
    const stack = host.stacks.stack('shop');
    stackId = stack.id;
    Object.assign(nodeGlobal.process.env, stackOf(nothing, stackId).environmentVariables);
    asked = new Asked(place);
    asked.listen('ecs', host.ecs.log);
    asked.listen('events', host.events.log);
    asked.listen('cloudformation', host.stacks.log);
    host.neighbors = new Neighbors({ clock: host.clock, environment: place });
    for (const neighbor of host.neighbors.all) asked.listen(neighbor.signingName, neighbor.log);
    seedReferrers(host.neighbors, host.ecs, 'theirs:2');
    for (const version of [1, 2, 3, 4]) {
      await stack.deploy(shop(version));
      host.time.advanceTo(host.time.now() + 2 * 60 * MINUTE);
    }
    const broken = { logicalId: 'Service', during: 'forward', when: 'after' } as const;
    await stack.deploy(shop(5), { faults: [broken] });
    expect(host.ecs.log.destructive.map(({ revision }) => revision)).toContain(1);
  });
  afterAll(() => host.stop());

  test.each(equipments)('by its function’s role, %s', (_name, equipped) => {
    const deployed = stackOf(equipped, stackId);
    const role = deployed.roleOf('AWS::Lambda::Function');
    const asks = [...asked.all, ...deployed.doneByAws(role, asked.actions)];
    expect(compare(deployed.statementsOf(role), asks)).toEqual(EQUAL);
    expectControls(deployed.statementsOf(role), asks);
  });

  test('and no call that it made would be allowed about another stack', () => {
    const deployed = stackOf(nothing, stackId.replace('/shop/', '/other/'));
    const { denied } = compare(deployed.statementsOf(deployed.roleOf('AWS::Lambda::Function')), asked.all);
    expect(denied.map((one) => one.split(' ')[0]).sort()).toEqual([
      'cloudformation:DescribeStackResource',
      'cloudformation:DescribeStacks',
      'cloudformation:ListStackResources',
    ]);
  });
});

const shop = (version: number): StackTemplate => ({
  resources: [
    {
      logicalId: 'Web',
      type: 'AWS::ECS::TaskDefinition',
      properties: { Family: 'web', ContainerDefinitions: [{ Name: 'web', Image: `web:${version}`, Memory: 64 }] },
      updateReplacePolicy: 'Retain',
      deletionPolicy: 'RetainExceptOnCreate',
    },
    {
      logicalId: 'Service',
      type: 'AWS::ECS::Service',
      properties: { Cluster: 'main', DesiredCount: 1, TaskDefinition: { Ref: 'Web' } },
    },
    {
      logicalId: 'OldRevisions',
      type: STACK_RESOURCE.type,
      properties: { ServiceToken: 'token', ServiceTimeout: STACK_SECONDS.service, taskDefinitions: [{ Ref: 'Web' }] },
    },
  ],
});

describe.each(places)('X-03: in %s, granted is used and used is granted, for TaskScaleInProtection', (_, place) => {
  const stack = new Stack(new App(), 'Stack');
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc: equipment(stack).vpc });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Definition', { family: 'worker' });
  taskDefinition.addContainer('worker', { image });
  const service = new ecs.FargateService(stack, 'Service', { cluster, taskDefinition });
  const protection = new TaskScaleInProtection(stack, 'Protection', { service });
  const controller = new iam.Role(stack, 'Controller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  protection.grantManage(controller);
  const names = (type: string) => (type === 'AWS::ECS::Cluster' ? 'games' : undefined);
  const deployed = new Deployed(stack, place, '', names);

  const simulator = new EcsSimulator({ clock: new VirtualClock(Date.parse('2026-03-01T12:00:00Z')), environment: place });
  const definition = { family: 'worker', containerDefinitions: [{ name: 'main', image: 'nginx', memory: 64 }] };
  simulator.seedFamily(definition, [{ registeredAt: Date.parse('2026-01-01T12:00:00Z') }]);
  for (const name of ['games', 'other']) {
    simulator.seedCluster(name);
    simulator.seedService({ cluster: name, name: 'worker', taskDefinition: 'worker:1', desiredCount: 1 });
  }
  const arn = (resource: string) => `arn:${place.partition}:ecs:${place.region}:${place.account}:${resource}`;

  const call = (action: string, input: object) => simulator.call(action, input);
  const tasksOf = async (name: string) =>
    ((await call('ListTasks', { cluster: arn(`cluster/${name}`) })) as { taskArns: string[] }).taskArns;
  /** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html */
  const agent = async (name: string, tasks: string[]) => {
    await call('GetTaskProtection', { cluster: name, tasks });
    const answer = await call('UpdateTaskProtection', { cluster: name, tasks, protectionEnabled: true });
    expect(answer).toMatchObject({ protectedTasks: tasks.map((taskArn) => ({ taskArn, protectionEnabled: true })) });
  };
  /** A controller finds the tasks of its services, protects them, and looks whether they are. */
  const control = async (name: string) => {
    const services = await call('ListServices', { cluster: arn(`cluster/${name}`) });
    await call('DescribeServices', { cluster: name, services: (services as { serviceArns: string[] }).serviceArns });
    const tasks = await tasksOf(name);
    await call('DescribeTasks', { cluster: name, tasks });
    await agent(name, tasks);
  };
  const heard = async (work: () => Promise<void>) => {
    const asked = new Asked(place);
    asked.listen('ecs', simulator.log);
    await work();
    return asked.all;
  };

  test('by the task role, which the agent uses', async () => {
    const [own, other] = [await tasksOf('games'), await tasksOf('other')];
    const statements = deployed.statementsOf(deployed.roleOf('AWS::ECS::TaskDefinition'));
    const asks = await heard(() => agent('games', own));
    expect(compare(statements, asks)).toEqual(EQUAL);
    expectControls(statements, asks);
    expect(compare(statements, await heard(() => agent('other', other))).denied).toHaveLength(2);
  });

  test('by whom grantManage lets manage, in this cluster and in no other', async () => {
    const [id = ''] = deployed.all('AWS::IAM::Role').find(([name]) => name.startsWith('Controller')) ?? [];
    const statements = deployed.statementsOf(id);
    const asks = await heard(() => control('games'));
    expect(compare(statements, asks)).toEqual(EQUAL);
    expectControls(statements, asks);
    const elsewhere = await heard(() => control('other'));
    expect(new Set(compare(statements, elsewhere).denied.map((one) => one.split(' ')[0]))).toEqual(
      new Set(asks.map(({ action }) => action)),
    );
  });
});
