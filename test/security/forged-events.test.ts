import * as fc from 'fast-check';
import { physicalIdFor } from '../../engine/stack/physical-id';
import { InputError } from '../../lib/contract/fault';
import { parsePruneRequest } from '../../lib/contract/prune-request';
import { type PruneSettings, parsePruneSettings } from '../../lib/contract/prune-settings';
import { STACK_RESOURCE } from '../../lib/contract/stack-pruning';
import {
  type CustomResourceAnswer,
  type CustomResourceEvent,
  EcsSimulator,
  StackSimulator,
  type StackTemplate,
  VirtualClock,
} from '../../simulator';
import { MemoryLedger } from '../engine/memory-ledger';
import { Pruner, SETTINGS } from '../engine/pruner';
import { DEFINITION, ENVIRONMENT, HOUR, MINUTE, START } from '../engine/random-world';
import { answersTo, type SimulatedDoors, simulatedStacks } from '../engine/stack/stack-doors';
import { DAY, LambdaHost } from '../lambda/lambda-host';
import { DUE, dueWorld } from '../lambda/small-world';
import { parameters, spoilt } from './hostile';

jest.setTimeout(600_000);

const here = ENVIRONMENT;
const arn = (name: string, { partition, region, account } = here) =>
  `arn:${partition}:ecs:${region}:${account}:task-definition/${name}`;

/** What somebody who may invoke the function would like the settings to be. */
const WISHES = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 1, minAgeMinutes: 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 1,
  noticePeriodMinutes: 10,
  actionsPerSecond: 0.9,
  maxActionsPerRun: 1_000_000,
  keepTag: 'nobody-has-this',
};
const envelope = (more: object) => ({
  version: '0',
  id: '01234567-89ab-cdef-0123-456789abcdef',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: here.account,
  time: '2026-03-01T12:00:00Z',
  region: here.region,
  resources: [`arn:aws:scheduler:${here.region}:${here.account}:schedule/default/wake`],
  detail: '{}',
  ...more,
});
/** Wishes in every place where somebody might look for them. */
const GREEDY: readonly object[] = [
  WISHES,
  { settings: WISHES },
  { planOnly: false, families: ['*'], maxActions: 1_000_000 },
  { families: ['theirs-*', 'web-kept'] },
  envelope({ detail: WISHES }),
  envelope({ ...WISHES, planOnly: false }),
];
/** And shapes in which services invoke functions. */
const EVENTS: readonly object[] = [
  ...GREEDY,
  {},
  { families: ['*'], mode: 'DEREGISTER', keepLatest: 1 },
  { planOnly: true },
  { maxActions: 1 },
  { maxActions: '0', families: ['web-a'] },
  envelope({}),
  envelope({ detail: JSON.stringify(WISHES), account: '999999999999', region: 'us-east-1' }),
  envelope({ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail: { taskDefinitionArn: arn('web-a:1') } }),
  { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(WISHES) } }] },
  { Records: [{ eventSource: 'aws:s3', s3: { object: { key: 'plan.json' } } }] },
  { requestContext: { http: { method: 'POST' } }, body: JSON.stringify(WISHES) },
  { ScheduleArn: 'x', Input: JSON.stringify(WISHES) },
];
const anyEvent = fc.oneof(fc.constantFrom<unknown>(...GREEDY), fc.constantFrom<unknown>(...EVENTS), spoilt(EVENTS));

interface Forged {
  /** From 0, when the first tick is about to come, to 1, when the last two are. */
  readonly when: number;
  readonly event: unknown;
}

/** A few events, sent again and again, at any times. */
const sent = (event: fc.Arbitrary<unknown>) =>
  fc
    .record({
      events: fc.array(event, { minLength: 1, maxLength: 3 }),
      times: fc.array(
        fc.nat(1_000).map((thousandths) => thousandths / 1_000),
        { minLength: 1, maxLength: 7 },
      ),
    })
    .map(({ events, times }) => times.map((when, place): Forged => ({ when, event: events[place % events.length] })));
const forged = sent(anyEvent);

/** How an event becomes a run: the handler’s own way, or a careless one. */
type Door = (
  event: unknown,
  settings: PruneSettings,
) => { settings: PruneSettings; request: ReturnType<typeof parsePruneRequest> };

const handler: Door = (event, settings) => ({ settings, request: parsePruneRequest(event) });

const OWN: PruneSettings = {
  ...SETTINGS,
  rules: [{ families: ['web-*'], keepLatest: 3, minAgeMinutes: 60 }],
  exceptFamilies: ['web-kept'],
  noticePeriodMinutes: 30,
};

/** A life under a schedule: what was deregistered after the forged events, and after the two ordinary ticks behind them. */
async function life(events: readonly Forged[], door: Door = handler): Promise<{ before: string[]; after: string[] }> {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: here, deregistrationLagMinutes: 0 });
  ecs.seedCluster('main');
  for (const family of ['web-a', 'web-b', 'web-kept', 'theirs-a']) {
    const tags = (place: number) => (place === 2 ? { tags: [{ key: SETTINGS.keepTag }] } : {});
    const ages = Array.from({ length: 8 }, (_, place) => ({ registeredAt: START - (30 - place) * DAY, ...tags(place) }));
    ecs.seedFamily({ family, ...DEFINITION }, ages);
    ecs.seedService({ cluster: 'main', name: family, taskDefinition: `${family}:4`, history: [`${family}:1`] });
  }
  const ledger = new MemoryLedger();
  const invoke = async (event: unknown) => {
    try {
      const { settings, request } = door(event, OWN);
      await new Pruner({ ecs, clock, ledger, settings }).tick(request);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  };
  const gone = () => ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`).sort();
  const span = 3 * HOUR;
  const ordinary = [0, 0.4].map((when): Forged => ({ when, event: {} }));
  for (const { when, event } of [...ordinary, ...events].sort((a, b) => a.when - b.when)) {
    clock.advanceTo(Math.max(clock.now(), START + when * span));
    await invoke(event);
  }
  const before = gone();
  for (const wait of [span, 15 * MINUTE]) {
    clock.advance(wait);
    await invoke({});
  }
  return { before, after: gone() };
}

/** What forged events changed, against a life without them, and one in which ordinary ticks come in their place. */
async function changedBy(events: readonly Forged[], door: Door = handler): Promise<string[]> {
  const [given, without] = [await life(events, door), await life([])];
  const more = (some: string[], others: string[]) => some.filter((name) => !others.includes(name));
  const early = more(given.before, without.before);
  const ticks = early.length > 0 ? await life(events.map(({ when }) => ({ when, event: {} }))) : without;
  return [
    ...more(early, ticks.before).map((name) => `${name} went, which no ordinary tick would have let go`),
    ...more(given.after, without.after).map((name) => `${name} went, which would have stayed`),
    ...more(without.after, given.after).map((name) => `${name} stayed for good`),
  ];
}

describe('X-06 P-13: events that anybody makes up, of whatever shape, any number of times, in any order,', () => {
  test('make a pruner do less, or nothing else: the end is the same without them', async () => {
    expect((await life([])).after).toHaveLength(4);
    let acted = 0;
    await fc.assert(
      fc.asyncProperty(forged, async (events) => {
        expect(await changedBy(events)).toEqual([]);
        acted += events.length;
      }),
      parameters(0.006),
    );
    if (!process.env.HOSTILE_PATH) expect(acted).toBeGreaterThan(50);
  });

  const wished = (event: unknown): Record<string, unknown> => {
    const { detail, settings, ...rest } = (event ?? {}) as Record<string, unknown>;
    return { ...rest, ...(settings as object), ...(typeof detail === 'object' ? detail : {}) };
  };
  test.each<[string, Door]>([
    [
      'takes settings from the event',
      (event, settings) => {
        const known = Object.fromEntries(Object.entries(wished(event)).filter(([name]) => Object.hasOwn(WISHES, name)));
        return { settings: parsePruneSettings({ ...settings, ...known }), request: {} };
      },
    ],
    [
      'lets the event say which families',
      (event, settings) => {
        const { families } = parsePruneRequest(event);
        const [rule] = settings.rules;
        return { settings: families && rule ? { ...settings, rules: [{ ...rule, families }] } : settings, request: {} };
      },
    ],
  ])('and a handler that %s is caught', async (_, door) => {
    const greedy = sent(fc.constantFrom(...GREEDY));
    const property = fc.asyncProperty(greedy, async (events) => (await changedBy(events, door)).length === 0);
    expect((await fc.check(property, { seed: 1, numRuns: 60, endOnFailure: true })).failed).toBe(true);
  });

  describe('through the bundle,', () => {
    let host: LambdaHost;
    beforeAll(async () => {
      host = await LambdaHost.start();
    });
    afterAll(() => host.stop());

    test('make it do what an ordinary tick does, or less', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { minLength: 2, maxLength: 4 }), async (events) => {
          const world = await dueWorld(host);
          for (const event of events) {
            const { error } = await host.invoke(event);
            if (error) expect(error.name).toBe('InputError');
          }
          expect(world.deregistered.length).toBeLessThanOrEqual(DUE);
          await host.invoke({});
          expect(world.deregistered).toHaveLength(DUE);
          expect(new Set(world.deregistered).size).toBe(DUE);
          for (const act of world.ecs.log.destructive) expect(act).toMatchObject({ referencedBy: [], newestActive: false });
        }),
        parameters(0.0008),
      );
    });
  });
});

/** One forgery of a request, made from those that CloudFormation has sent so far. */
interface Forgery {
  readonly pick: number;
  readonly kind: (typeof KINDS)[number];
  /** How many genuine requests come first. */
  readonly after: number;
  readonly spoil: (event: unknown) => unknown;
}

const KINDS = ['replay', 'delete', 'other id', 'other stack', 'other account', 'widened', 'narrowed', 'spoilt'] as const;

const forgeries = fc.array(
  fc.record({
    pick: fc.nat(30),
    kind: fc.constantFrom(...KINDS),
    after: fc.nat(24),
    spoil: fc.infiniteStream(fc.nat(1_000_000)).map((stream) => (event: unknown) => {
      const seed = stream.next().value as number;
      return fc.sample(spoilt([event]), { seed, numRuns: 1 })[0];
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

function forge({ kind, spoil }: Forgery, genuine: CustomResourceEvent): unknown {
  const { ResourceProperties, StackId } = genuine;
  const own = ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[];
  const removal = { PhysicalResourceId: physicalIdFor(own), ...genuine, RequestType: 'Delete' };
  const naming = (taskDefinitions: string[]) => ({
    ...removal,
    PhysicalResourceId: physicalIdFor(taskDefinitions),
    ResourceProperties: { ...ResourceProperties, [STACK_RESOURCE.taskDefinitions]: taskDefinitions },
  });
  switch (kind) {
    case 'replay':
      return genuine;
    case 'delete':
      return removal;
    case 'other id':
      return { ...removal, PhysicalResourceId: physicalIdFor([arn('web:77')]) };
    case 'other stack':
      return { ...removal, StackId: StackId.replace('/shop/', '/theirs/') };
    case 'other account':
      return naming([arn('web:1', { ...here, account: '999999999999' }), arn('web:1', { ...here, region: 'us-east-1' })]);
    case 'widened':
      return naming([...own, arn('theirs:1'), arn('theirs:9')]);
    case 'narrowed':
      return naming(own.slice(0, 1));
    default:
      return spoil(removal);
  }
}

const shop = (version: number): StackTemplate => ({
  resources: [
    ...['Web', 'Api'].flatMap((logicalId) => [
      {
        logicalId,
        type: 'AWS::ECS::TaskDefinition',
        properties: {
          Family: logicalId.toLowerCase(),
          ContainerDefinitions: [{ Name: 'main', Image: `x:${version}`, Memory: 64 }],
        },
        updateReplacePolicy: 'Retain' as const,
        deletionPolicy: 'RetainExceptOnCreate' as const,
      },
      {
        logicalId: `${logicalId}Service`,
        type: 'AWS::ECS::Service',
        properties: { Cluster: 'main', DesiredCount: 1, TaskDefinition: { Ref: logicalId } },
      },
    ]),
    {
      logicalId: 'OldRevisions',
      type: STACK_RESOURCE.type,
      properties: { ServiceToken: 'token', ServiceTimeout: 600, taskDefinitions: [{ Ref: 'Web' }, { Ref: 'Api' }] },
    },
  ],
});

type Careless = (doors: SimulatedDoors, event: unknown) => SimulatedDoors;

/** Five updates, one of which fails, with forgeries before, between and after the requests that they cause. */
async function stackLife(given: readonly Forgery[], careless: Careless = (doors) => doors): Promise<string[]> {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: here, deregistrationLagMinutes: 0 });
  ecs.seedCluster('main');
  const old = Array.from({ length: 9 }, (_, place) => ({ registeredAt: START - (30 - place) * DAY }));
  ecs.seedFamily({ family: 'theirs', ...DEFINITION }, old);
  const genuine: CustomResourceEvent[] = [];
  const doors: SimulatedDoors = {
    ecs,
    clock,
    get stacks() {
      return simulatedStacks(stacks);
    },
    get stackId() {
      return stack.id;
    },
    settings: {
      families: ['web', 'api'],
      keepLatest: 1,
      minAgeMinutes: 0,
      keepSuccessfulDeployments: 1,
      actionsPerSecond: 0.9,
    },
  };
  const invoke = (event: unknown) => answersTo(event, careless(doors, event));
  const forgeNow = async () => {
    for (const forgery of given.filter(({ after }) => after === genuine.length)) {
      const event = genuine[forgery.pick % genuine.length];
      if (event) await invoke(forge(forgery, event));
    }
  };
  const stacks = new StackSimulator({
    ecs,
    clock,
    customResource: async (event) => {
      genuine.push(event);
      await forgeNow();
      const [body = '{}'] = await invoke(event);
      return JSON.parse(body) as CustomResourceAnswer;
    },
  });
  const stack = stacks.stack('shop');
  for (const version of [1, 2, 3, 4, 5]) {
    const fails = { logicalId: 'ApiService', during: 'forward', when: 'after' } as const;
    await stack.deploy(shop(version), version === 3 ? { faults: [fails] } : {});
    clock.advance(2 * HOUR);
    // At rest nothing that comes is CloudFormation's.
    for (const forgery of given) await invoke(forge(forgery, genuine[forgery.pick % genuine.length] as CustomResourceEvent));
  }
  return ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`).sort();
}

describe('X-06 C-02 C-08: requests that anybody makes up for a stack’s pruner, and its own again at any time,', () => {
  test('change nothing: what is gone in the end is what would have gone', async () => {
    const without = await stackLife([]);
    expect(without.length).toBeGreaterThan(3);
    await fc.assert(
      fc.asyncProperty(forgeries, async (given) => {
        expect(await stackLife(given)).toEqual(without);
      }),
      parameters(0.006),
    );
  });

  test.each<[string, Careless]>([
    [
      'believes that a Delete means a clean-up',
      (doors) => ({
        ...doors,
        stacks: {
          ...doors.stacks,
          status: async () => ({ status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' }),
          recordedPhysicalId: async () => 'another',
        },
      }),
    ],
    [
      'lets the request say which stack and which families',
      (doors, event) => {
        const { ResourceProperties, StackId } = (event ?? {}) as Partial<CustomResourceEvent>;
        const names = [ResourceProperties?.[STACK_RESOURCE.taskDefinitions]]
          .flat()
          .map((one) => /\/([\w-]+):/.exec(String(one))?.[1]);
        const families = names.filter((name) => name !== undefined);
        return { ...doors, stackId: StackId ?? '', settings: { ...doors.settings, families } };
      },
    ],
  ])('and a handler that %s is caught', async (_, careless) => {
    const without = (await stackLife([])).join();
    const property = fc.asyncProperty(forgeries, async (given) => (await stackLife(given, careless)).join() === without);
    expect((await fc.check(property, { seed: 1, numRuns: 40, endOnFailure: true })).failed).toBe(true);
  });
});
