import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import type { Stored } from '../../engine/ledger/ledger';
import { ECS_PAGE, type EcsAction } from '../../lib/contract/limits';
import { MemoryLedger } from './memory-ledger';
import { brokenIn } from './promises';
import { quiet } from './quiet';
import { MINUTE, PARAMETERS, WORLDS, type WorldSpec, world } from './random-world';
import { Scene, type SceneOptions } from './scene';
import { WorldsUntil } from './worlds-until';

jest.setTimeout(600_000);

/** All of it is old from the beginning, so that nothing becomes due on the way, and pages are as full as was asked. */
const old: fc.Arbitrary<WorldSpec> = fc
  .record({ spec: quiet(world), most: fc.constantFrom(undefined, 1, 2, 3, 5) })
  .map(({ spec, most }) => ({
    ...spec,
    families: spec.families.map((family) => ({ ...family, newestAgeMinutes: 3000 })),
    // What a task that has just stopped ran is kept for an hour, though nobody needs it.
    tasks: spec.tasks.filter(({ stoppedMinutesAgo }) => stoppedMinutesAgo === undefined),
    settings: { ...spec.settings, ...(most === undefined ? {} : { maxActionsPerRun: most }) },
    ways: { ...spec.ways, emptyPages: 0, varyPageSizes: false },
  }));

/** A plan says when a backlog will be done: acting takes so much of a run. */
const SHARE_OF_TIME_ACTING = 0.85;

/** As many as one run lets go, if as many are due. */
function ofOneRun({ maxActionsPerRun = Number.POSITIVE_INFINITY, actionsPerSecond }: WorldSpec['settings']): number {
  return Math.min(maxActionsPerRun, Math.floor(15 * 60 * SHARE_OF_TIME_ACTING * actionsPerSecond));
}

/** Plays the runs that what is left over takes, and says what they did beside the point. */
async function hindered(spec: WorldSpec, options: SceneOptions = {}): Promise<string[]> {
  const scene = new Scene(spec, options);
  const garbage = scene.leftOver().length;
  const found: string[] = [];
  const tick = async () => {
    const before = { acts: scene.acts.length, calls: scene.ecs.log.calls };
    const began = scene.clock.now();
    await scene.tick();
    const acts = scene.acts.length - before.acts;
    if (acts > (spec.settings.maxActionsPerRun ?? Number.POSITIVE_INFINITY)) found.push(`${acts} acts in a run`);
    const most = mostCalls(scene, { acts, duration: scene.clock.now() - began });
    for (const [action, calls] of Object.entries(scene.ecs.log.calls)) {
      const made = calls - (before.calls[action] ?? 0);
      const allowed = most[action as EcsAction] ?? 0;
      if (made > allowed) found.push(`${made} calls of ${action}, where ${allowed} do`);
    }
    return acts;
  };
  await tick();
  scene.clock.advance(spec.settings.noticePeriodMinutes * MINUTE);
  for (let run = 0; run < Math.ceil(garbage / ofOneRun(spec.settings)); run += 1) {
    await tick();
    scene.clock.advance(15 * MINUTE);
  }
  const left = scene.leftOver();
  if (left.length > 0) found.push(`${left.length} of ${garbage} left`);
  if (scene.acts.length > garbage) found.push(`${scene.acts.length} gone of ${garbage}`);
  if ((await tick()) > 0) found.push('more went when all had gone');
  return [...found, ...Object.entries(brokenIn(scene)).flatMap(([promise, what]) => `${promise}: ${what}`)];
}

const pages = (items: number, size: number) => Math.max(1, Math.ceil(items / size));
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** The most calls a run may make: of the account's size, what it lets go, and how long it takes; and of nothing else. */
function mostCalls({ spec, ecs }: Scene, run: { acts: number; duration: number }): Partial<Record<EcsAction, number>> {
  const { pageSize } = spec.ways;
  const list = Math.min(pageSize, ECS_PAGE.list);
  const clusters = (ecs.perform('ListClusters', {}) as { clusterArns: string[] }).clusterArns;
  const services = clusters.map((cluster) => spec.services.filter((one) => cluster.endsWith(`/${one.cluster}`)).length);
  // Every service of these worlds has a few deployments, and every service may run tasks; ECS forgets neither within these hours.
  const deployments = sum(spec.services.map(({ history }) => history.length + 1));
  const tasks = spec.tasks.length + 3 * spec.services.length;
  // A scan holds for a minute, or twice the time it takes; the next begins early enough never to wait for it.
  const scans = 1 + Math.ceil(run.duration / 20_000);
  const revisions = sum(spec.families.map(({ count }) => count));
  // Families that rules name in full are listed one by one, there or not.
  const listed = sum(spec.settings.rules.map(({ families = [] }) => families.length));
  const keepLatest = Math.max(...spec.settings.rules.map((rule) => rule.keepLatest));
  // To find the age at which a family is old enough takes steps that double, and then halves.
  const looks = sum(spec.families.map(({ count }) => 2 * Math.ceil(Math.log2(count + 1)) + 1));
  // Some of those due are kept by the last look.
  const looked = run.acts > 0 || run.duration > MINUTE ? revisions : run.acts;
  return {
    ListTaskDefinitions: listed + pages(revisions, list) + looked * pages(keepLatest, list),
    DescribeTaskDefinition: looks + revisions + looked,
    DeregisterTaskDefinition: run.acts,
    ListClusters: scans * pages(clusters.length, list),
    ListServices: scans * sum(services.map((count) => pages(count, list))),
    DescribeServices: scans * sum(services.map((count) => Math.ceil(count / ECS_PAGE.describeServices))),
    ListServiceDeployments: scans * sum(spec.services.map(({ history }) => pages(history.length + 1, list))),
    DescribeServiceDeployments: scans * pages(deployments, ECS_PAGE.describeServiceDeployments),
    // What a service revision runs never changes, and is read once.
    DescribeServiceRevisions: 2 * pages(2 * deployments, ECS_PAGE.describeServiceRevisions),
    ListTasks: scans * 2 * sum(clusters.map(() => pages(tasks, list))),
    DescribeTasks: scans * 2 * clusters.length * pages(tasks, ECS_PAGE.describeTasks),
  };
}

test(
  'P-14 P-16 P-23: what nobody needs is gone after as many runs as it takes, one run lets go no more than it was told, ' +
    'keeps to its pace and its time, makes no more calls than the account is large, and then nothing more happens',
  async () => {
    let bounded = 0;
    await fc.assert(
      fc.asyncProperty(old, async (spec) => {
        expect(await hindered(spec)).toEqual([]);
        if (new Scene(spec).leftOver().length > ofOneRun(spec.settings)) bounded += 1;
      }),
      { ...PARAMETERS, numRuns: Math.ceil(WORLDS / 60) },
    );
    // Where one run is enough for everything, nothing is shown of several.
    if (process.env.SAFETY_PATH === undefined) expect(bounded).toBeGreaterThan(WORLDS / 300);
  },
);

describe('a pruner is caught that', () => {
  test.each<[string, RegExp, () => SceneOptions]>([
    ['does not heed how much it may let go', /acts in a run/, () => ({ misread: { maxActionsPerRun: 60 } })],
    ['does not heed its pace', /pace: Deregister/, () => ({ misread: { actionsPerSecond: 0.9 } })],
    ['forgets what it announced', /\d+ of \d+ left/, () => ({ ledger: new ForgetfulLedger() })],
    ['never comes to the last of a family', /\d+ of \d+ left/, () => ({ around: withoutOldest })],
    ['reads every list twice', /calls of List/, () => ({ around: twice })],
    ['describes whatever it lists', /calls of Describe/, () => ({ around: describingAll })],
  ])('%s', async (_, expected, careless) => {
    for (const spec of new WorldsUntil(old, 5, 4000)) {
      if ((await hindered(spec, careless())).some((what) => expected.test(what))) return;
    }
    throw new Error('nothing was caught');
  });
});

class ForgetfulLedger extends MemoryLedger {
  override async read(key: string): Promise<Stored | undefined> {
    return key.startsWith('announcements') ? undefined : super.read(key);
  }
}

/** Keeps the oldest revision on a list for itself. */
function withoutOldest(call: EcsCall): EcsCall {
  return async (action, input) => {
    const answer = (await call(action, input)) as { taskDefinitionArns: string[] };
    if (action !== 'ListTaskDefinitions') return answer;
    return { ...answer, taskDefinitionArns: answer.taskDefinitionArns.filter((arn) => !arn.endsWith(':1')) };
  };
}

function twice(call: EcsCall): EcsCall {
  return async (action, input) => {
    if (action.startsWith('List')) await call(action, input);
    return call(action, input);
  };
}

function describingAll(call: EcsCall): EcsCall {
  return async (action, input) => {
    const answer = (await call(action, input)) as { taskDefinitionArns: string[] };
    if (action === 'ListTaskDefinitions') {
      for (const taskDefinition of answer.taskDefinitionArns) await call('DescribeTaskDefinition', { taskDefinition });
    }
    return answer;
  };
}
