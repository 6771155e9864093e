import type { EcsCall } from '../../engine/aws/ecs-call';
import { Random } from '../../simulator/random';
import { BOLDEST } from './pruner';
import { MINUTE, type ServiceSpec, type WorldSpec } from './random-world';
import { type Deed, nameOf, Scene, type SceneOptions } from './scene';

// Not random: small accounts, and every place at which people and pipelines can come between two calls of the engine.
// The engine is the real one, run anew for every order of events; what it is held to is what docs/safety.md claims.

jest.setTimeout(900_000);

/** Everyday, one order in so many, mostly of one deed; `EXPLORE=all` leaves none out, and two deeds meet in the acting run. */
const ALL = process.env.EXPLORE === 'all';
const SHARE = ALL ? 1 : 1 / 80;

/** One thing that happens before the engine's call of that number, from 0. */
interface Step {
  readonly before: number;
  readonly deed: string;
}

const deed = (kind: Deed['kind'], pick = 0, family = 0): ((scene: Scene) => boolean) => {
  return (scene) => scene.do({ kind, pick, family, when: 0 });
};

const DEEDS: Readonly<Record<string, (scene: Scene) => boolean>> = {
  register: deed('register'),
  'deploy the first choice': deed('update', 0),
  'deploy the second choice': deed('update', 1),
  'run a task': deed('run task'),
  'create a service': deed('create service'),
  'create a task set': deed('create task set'),
  'promote a task set': deed('promote task set'),
  'delete a task set': deed('delete task set'),
  'a deployment fails': deed('fail deployment'),
  'stop a deployment': deed('stop deployment', 0),
  'roll back a deployment': deed('stop deployment', 1),
  'delete the service': deed('delete service'),
  'stop a task': deed('stop task'),
  tag: deed('tag'),
  'deregister the newest': deed('deregister newest'),
};

const CHOOSE = 'choose the newest, and register one more';
const DEPLOY = 'deploy what was chosen';
const chosen = new WeakMap<Scene, string>();
const lost = new WeakMap<Scene, string>();

/** A pipeline that takes its time. */
const PIPELINE: Readonly<Record<string, (scene: Scene) => boolean>> = {
  [CHOOSE]: (scene) => {
    const newest = scene.kept('app').at(-1);
    if (newest !== undefined) chosen.set(scene, `app:${newest}`);
    return scene.do({ kind: 'register', pick: 0, family: 0, when: 0 });
  },
  [DEPLOY]: (scene) => {
    const taskDefinition = chosen.get(scene);
    if (taskDefinition === undefined) return false;
    try {
      scene.ecs.perform('RunTask', { cluster: 'blue', taskDefinition });
      return true;
    } catch {
      if (scene.acts.some((act) => nameOf(act) === taskDefinition)) lost.set(scene, taskDefinition);
      return false;
    }
  },
};

const ALL_DEEDS = { ...DEEDS, ...PIPELINE };

/** Of two deeds in one run, those of which the order may matter. */
const IN_PAIRS = [
  'register',
  'deploy the first choice',
  'deploy the second choice',
  'run a task',
  'a deployment fails',
  'roll back a deployment',
  'delete the service',
  'create a task set',
];

const KINDS: readonly ServiceSpec['kind'][] = ['rolling', 'breaker', 'deferred', 'daemon', 'codedeploy', 'external'];

/** One family of three revisions or two of two, all of them old; of which nothing, a service of every kind, or a task needs one. */
const ACCOUNTS: readonly WorldSpec[] = [[3], [2, 2]].flatMap((counts) => {
  const services = KINDS.flatMap((kind) => [
    { family: 0, pick: 0, history: [], kind, cluster: 'blue' as const },
    { family: 0, pick: 1, history: [0], kind, cluster: 'blue' as const },
  ]);
  const account = (more: Partial<WorldSpec>): WorldSpec => ({
    seed: 1,
    families: counts.map((count) => ({
      count,
      stepMinutes: 90,
      newestAgeMinutes: 3000,
      tagged: 0,
      inactive: 0,
      batch: false,
    })),
    services: [],
    tasks: [],
    settings: BOLDEST,
    ways: { tokens: 'offset', emptyPages: 0, varyPageSizes: false, pageSize: 100, latency: 50, lag: 0 },
    ...more,
  });
  return [account({}), account({ tasks: [{ family: 0, pick: 0 }] }), ...services.map((one) => account({ services: [one] }))];
});

interface Played {
  readonly scene: Scene;
  /** How many calls the engine made, and how many of them before it began to act. */
  readonly calls: number;
  readonly planned: number;
  /** Whether ECS took every deed. */
  readonly taken: boolean;
}

async function play(spec: WorldSpec, steps: readonly Step[], options: SceneOptions): Promise<Played> {
  let calls = 0;
  let taken = true;
  const { around = (inner: EcsCall) => inner } = options;
  const between =
    (call: EcsCall): EcsCall =>
    (action, input) => {
      for (const { before, deed: name } of steps) if (before === calls) taken = (ALL_DEEDS[name]?.(scene) ?? false) && taken;
      calls += 1;
      return call(action, input);
    };
  const scene: Scene = new Scene(spec, { ...options, around: (call) => between(around(call)) });
  await scene.tick();
  const planned = calls;
  scene.clock.advance(spec.settings.noticePeriodMinutes * MINUTE);
  await scene.tick();
  return { scene, calls, planned, taken };
}

interface Breach {
  readonly steps: readonly Step[];
  readonly what: string;
  /** Whether somebody began to use it after the last look of the engine. */
  readonly unseen: boolean;
}

interface Found {
  /** Accounts with what has happened, and how far the engine has come: none is counted twice. */
  states: number;
  orders: number;
  acts: number;
  readonly breaches: Breach[];
}

/** Every order of events in every account, or one in so many; or all until a breach of that kind is found. */
async function explore(make: () => SceneOptions, isSought?: (breach: Breach) => boolean, accounts = ACCOUNTS): Promise<Found> {
  const found: Found = { states: 0, orders: 0, acts: 0, breaches: [] };
  const random = new Random(1);
  const isDue = () => isSought !== undefined || random.next() < SHARE;
  const visit = async (spec: WorldSpec, steps: readonly Step[]): Promise<Played> => {
    const played = await play(spec, steps, make());
    found.orders += 1;
    // Up to the last deed, it is the state of an order that was there before.
    found.states += played.calls - (steps.at(-1)?.before ?? 0);
    found.acts += played.scene.acts.length;
    found.breaches.push(...breachesOf(played.scene).map((breach) => ({ steps, ...breach })));
    return played;
  };
  for (const spec of accounts) {
    const { calls, planned } = await visit(spec, []);
    // A second family adds nothing to what two deeds do to the first.
    const pairs = ALL && spec.families.length === 1;
    // A run that is idle has no calls for anything to come between.
    const acting = planned < calls ? planned : 0;
    const firsts = [...places(acting, calls, [CHOOSE]), ...places(0, calls, Object.keys(DEEDS))];
    for (const [before, deed] of firsts) {
      if (isSought && found.breaches.some(isSought)) return found;
      if (!isDue()) continue;
      const first = await visit(spec, [{ before, deed }]);
      if (!first.taken || before < acting) continue;
      const seconds = deed === CHOOSE ? [DEPLOY] : pairs && IN_PAIRS.includes(deed) ? IN_PAIRS : [];
      // When the notice period is over, a pipeline has deployed what it chose before: later it is kept no more.
      const until = deed === CHOOSE && before < first.planned ? first.planned + 1 : first.calls;
      for (const [later, second] of places(before, until, seconds)) {
        if (isDue())
          await visit(spec, [
            { before, deed },
            { before: later, deed: second },
          ]);
      }
    }
  }
  return found;
}

function* places(from: number, to: number, deeds: readonly string[]): Generator<[number, string]> {
  for (let before = from; before < to; before += 1) for (const deed of deeds) yield [before, deed];
}

/** At the act, or by the end: a rollback may go to what was let go before. */
function breachesOf(scene: Scene): Omit<Breach, 'steps'>[] {
  const atTheAct = scene.breaches().map(({ act, promises }) => {
    const used = act.at - (scene.usedSince.get(nameOf(act)) ?? Number.NEGATIVE_INFINITY);
    const unseen = promises.join() === 'referenced' && used <= scene.longestBlindness();
    return { what: `${nameOf(act)}: ${promises.join(', ')}`, unseen };
  });
  const later = scene.acts.filter((act) => act.referencedBy.length === 0 && scene.ecs.referencedBy(nameOf(act)).length > 0);
  const gone = [
    ...later.map(nameOf).map((name) => `${name}: needed later`),
    ...(lost.has(scene) ? [`${lost.get(scene)}: chosen`] : []),
  ];
  return [...atTheAct, ...gone.map((what) => ({ what, unseen: false }))];
}

test('P-01 P-03 P-24: in no order of events does anything go that is needed, as long as what is kept is deployed', async () => {
  const { breaches, ...counts } = await explore(() => ({ choice: 'kept' }));
  told('what is kept is deployed', counts);
  expect(breaches).toEqual([]);
  expect(counts.states).toBeGreaterThan(ALL ? 250_000 : 500);
  expect(counts.acts).toBeGreaterThan(counts.orders / 10);
});

test('P-01: where anything is deployed, what goes and is needed was taken into use after the last look, and such orders exist', async () => {
  const { breaches, ...counts } = await explore(() => ({ choice: 'any' }));
  told(`anything is deployed: ${breaches.length} late`, counts);
  expect(breaches.filter(({ unseen }) => !unseen)).toEqual([]);
  expect(breaches.length).toBeGreaterThan(0);
});

function told(what: string, { states, orders, acts }: Omit<Found, 'breaches'>): void {
  if (ALL) process.stdout.write(`${what}: ${states} states, ${orders} orders of events, ${acts} let go\n`);
}

describe('an engine is caught that', () => {
  const withService = (kind: string, history: number) =>
    ACCOUNTS.filter(({ services }) => services.some((one) => one.kind === kind && one.history.length === history));
  const around = (one: (call: EcsCall) => EcsCall) => (): SceneOptions => ({ choice: 'any', around: one });
  const noNotice = (): SceneOptions => ({ misread: { noticePeriodMinutes: 0 } });
  test.each<[string, RegExp, () => SceneOptions, readonly WorldSpec[]]>([
    ['overlooks task sets', /referenced/, around(answersOf('DescribeServices', withoutTaskSets)), withService('external', 1)],
    [
      'does not ask what a service may roll back to',
      /referenced/,
      around(answersOf('ListServiceDeployments', without)),
      withService('rolling', 1),
    ],
    ['looks at references when it announces, and not again', /referenced/, around(remembering()), ACCOUNTS],
    ['gives no notice', /chosen/, noNotice, withService('rolling', 1)],
  ])('%s', async (_, expected, make, accounts) => {
    const isSought = ({ what, unseen }: Breach) => !unseen && expected.test(what);
    const { breaches } = await explore(make, isSought, accounts);
    expect(breaches.some(isSought)).toBe(true);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of ECS, changed at will
type Loose = any;

function answersOf(which: string, change: (answer: Loose) => unknown): (call: EcsCall) => EcsCall {
  return (call) => async (action, input) => {
    const answer = await call(action, input);
    return action === which ? change(answer) : answer;
  };
}

function withoutTaskSets(answer: Loose): unknown {
  return { ...answer, services: answer.services.map(({ taskSets: _, ...service }: Loose) => service) };
}

function without(answer: Loose): unknown {
  return { ...answer, serviceDeployments: [] };
}

/** What refers to what is answered from memory, in later runs as well. */
function remembering(): (call: EcsCall) => EcsCall {
  const known = new Map<string, unknown>();
  return (call) => async (action, input) => {
    if (action.includes('TaskDefinition')) return call(action, input);
    const asked = JSON.stringify([action, input]);
    if (!known.has(asked)) known.set(asked, await call(action, input));
    return known.get(asked);
  };
}
