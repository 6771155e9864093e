import type { EcsCall } from '../../engine/aws/ecs-call';
import { EcsCallError } from '../../engine/ecs-call-error';
import type { Stored } from '../../engine/ledger/ledger';
import type { EcsAction } from '../../lib/contract/limits';
import { MemoryLedger } from './memory-ledger';
import { brokenIn, type FaultedWorld, faultedWorld, PROMISES, type PromiseName, playAndJudge } from './promises';
import { BOLDEST } from './pruner';
import { MINUTE, type WorldSpec } from './random-world';
import { nameOf, Scene, type SceneOptions } from './scene';
import { WorldsUntil } from './worlds-until';

// A promise that no pruner could break would promise nothing: for each, one that does, and is caught.

jest.setTimeout(120_000);

const worlds = new WorldsUntil(faultedWorld, 11, 4000);

interface Careless extends Pick<SceneOptions, 'misread' | 'ledger'> {
  readonly around?: (call: EcsCall, scene: () => Scene) => EcsCall;
  /** Worlds in which its carelessness can show. */
  readonly where?: (given: FaultedWorld) => boolean;
}

const CARELESS: readonly [PromiseName, string, () => Careless][] = [
  ['fail closed', 'takes a read that failed for an empty one', () => ({ around: emptyOnFailure })],
  ['plan fidelity', 'lets go the neighbor of what was due', () => ({ around: ofTheNextRevision })],
  [
    'plausible',
    'does not remember what it saw',
    () => ({ ledger: new LedgerWithoutSightings(), where: ({ collapses }) => collapses }),
  ],
  ['last look', 'believes what it read of a revision when it planned', () => ({ around: readingOnce })],
  ['pace', 'takes its pace from itself', () => ({ misread: { actionsPerSecond: 0.9 } })],
  ['in time', 'waits for an answer as long as it takes', () => ({ around: patiently })],
  ['no leak', 'puts an answer into an error', () => ({ around: tellingAll })],
];

test('every promise has a pruner that breaks it, here, among the peers, or among the mutants of our own', () => {
  const { safety: _, 'fresh scan': __, 'seen in use': ___, 'noted first': ____, ...promises } = PROMISES;
  expect(Object.keys(promises).sort()).toEqual(CARELESS.map(([name]) => name).sort());
});

test.each(CARELESS)('%s: a pruner that %s is caught', async (promise, _, careless) => {
  const { where = () => true } = careless();
  for (const given of worlds) {
    if (!where(given)) continue;
    const { around, misread, ledger } = careless();
    const { spec, schedule, ticks, ...rest } = given;
    const options = { ...rest, ...(misread ? { misread } : {}), ...(ledger ? { ledger } : {}) };
    const scene: Scene = new Scene(spec, { ...options, around: (call) => (around ? around(call, () => scene) : call) });
    await scene.play(schedule, ticks);
    if (brokenIn(scene)[promise]) return;
  }
  throw new Error(`${promise} was not broken in ${worlds.most} worlds`);
});

describe('somebody takes the newest away, and deploys the one before it', () => {
  /** Of seven old revisions the newest stays, and two that services run or may roll back to. */
  const spec: WorldSpec = {
    seed: 0,
    families: [{ count: 7, stepMinutes: 1, newestAgeMinutes: 90, tagged: 0, inactive: 0, batch: false }],
    services: [
      { family: 0, pick: 1, history: [3, 2], kind: 'rolling', cluster: 'blue' },
      { family: 0, pick: 0, history: [], kind: 'rolling', cluster: 'blue' },
    ],
    tasks: [],
    settings: BOLDEST,
    ways: { tokens: 'offset', emptyPages: 0, varyPageSizes: false, pageSize: 2, latency: 5, lag: 0 },
  };
  const stale = { kind: 'stale', from: 2, times: 400 } as const;
  const play = async (when: number, faults: FaultedWorld['faults']) => {
    const schedule = [
      { kind: 'deregister newest', when, family: 0, pick: 0 },
      { kind: 'update', when, family: 0, pick: 24 },
    ] as const;
    const [broken, scene] = await playAndJudge({ spec, schedule, faults, collapses: false, ticks: 2 });
    return { broken, gone: scene.acts.map(nameOf) };
  };

  test('P-01: right before the acts, and ECS shows nothing of it yet: nobody could have seen that it is needed', async () => {
    expect(await play(1.083, [stale])).toEqual({ broken: {}, gone: ['app:5', 'app:6'] });
  });

  test.each<[string, number, FaultedWorld['faults']]>([
    ['ECS shows it', 1.083, []],
    ['ten minutes ago', 0, [stale]],
  ])('P-24: and %s: it stays', async (_, when, faults) => {
    expect(await play(when, faults)).toEqual({ broken: {}, gone: ['app:5'] });
  });
});

const RESULTS: Partial<Record<EcsAction, string>> = {
  ListServices: 'serviceArns',
  DescribeServices: 'services',
  ListServiceDeployments: 'serviceDeployments',
  DescribeServiceDeployments: 'serviceDeployments',
  DescribeServiceRevisions: 'serviceRevisions',
  ListTasks: 'taskArns',
  DescribeTasks: 'tasks',
};

function emptyOnFailure(call: EcsCall): EcsCall {
  return async (action, input) => {
    const result = RESULTS[action];
    try {
      const answer = await call(action, input);
      return result === undefined || Array.isArray((answer as Record<string, unknown> | null)?.[result])
        ? answer
        : { [result]: [] };
    } catch (error) {
      if (result === undefined) throw error;
      return { [result]: [] };
    }
  };
}

function ofTheNextRevision(call: EcsCall): EcsCall {
  const next = (name: string) => name.replace(/\d+$/, (revision) => String(Number(revision) + 1));
  return (action, input) =>
    call(action, action === 'DeregisterTaskDefinition' ? { taskDefinition: next(String(input.taskDefinition)) } : input);
}

function readingOnce(call: EcsCall): EcsCall {
  const known = new Map<unknown, unknown>();
  return async (action, input) => {
    if (action !== 'DescribeTaskDefinition') return call(action, input);
    if (!known.has(input.taskDefinition)) known.set(input.taskDefinition, await call(action, input));
    return known.get(input.taskDefinition);
  };
}

function patiently(call: EcsCall, scene: () => Scene): EcsCall {
  return async (action, input) => {
    if (action === 'DeregisterTaskDefinition') await scene().clock.sleep(15 * MINUTE);
    return call(action, input);
  };
}

function tellingAll(call: EcsCall): EcsCall {
  return async (action, input) => {
    const answer = await call(action, input);
    if (action === 'DescribeTaskDefinition') throw new EcsCallError(action, 'ServerException', JSON.stringify(answer));
    return answer;
  };
}

class LedgerWithoutSightings extends MemoryLedger {
  override async read(key: string): Promise<Stored | undefined> {
    const stored = await super.read(key);
    return stored && { ...stored, text: stored.text.replace(/"sightings":\[[^\]]*\]/, '"sightings":[]') };
  }
}
