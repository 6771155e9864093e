import { success } from '../../../simulator/cloudformation/custom-resource';
import { randomTrace, type Trace } from '../../../simulator/cloudformation/random-trace';
import { runTrace, type TracePort, type TraceRun } from '../../../simulator/cloudformation/run-trace';
import { Random } from '../../../simulator/random';

const TRACES = Number(process.env.STACK_TRACES ?? 250);

const doesNothing: TracePort = async (event) => {
  const id = (event.ResourceProperties.TaskDefinitions as string[]).map((arn) => arn.split('/')[1]).join();
  return success(event, event.RequestType === 'Delete' ? event.PhysicalResourceId : id);
};

/** The design to avoid: it deregisters what an Update has replaced, while that may still be rolled back. */
const prunesInUpdate: TracePort = async (event, world) => {
  if (event.RequestType === 'Update') {
    const wanted = event.ResourceProperties.TaskDefinitions as string[];
    const before = (event.OldResourceProperties.TaskDefinitions ?? []) as string[];
    for (const taskDefinition of before.filter((arn) => !wanted.includes(arn))) {
      await world.ecs.call('DeregisterTaskDefinition', { taskDefinition });
    }
  }
  return doesNothing(event, world);
};

const trace = (seed: number): Trace => randomTrace(new Random(seed));

async function play(port: TracePort, traces = TRACES): Promise<readonly TraceRun[]> {
  const runs: TraceRun[] = [];
  for (let seed = 0; seed < traces; seed += 1) runs.push(await runTrace(trace(seed), port));
  return runs;
}

describe('random traces', () => {
  let runs: readonly TraceRun[];
  beforeAll(async () => {
    runs = await play(doesNothing);
  });

  test('a handler that does nothing blocks no rollback with an inactive revision', () => {
    expect(runs.flatMap(({ blocked }) => blocked).filter(({ isInactive }) => isInactive)).toEqual([]);
    expect(runs.flatMap(({ deregistrations }) => deregistrations).filter(({ by }) => by !== 'stack')).toEqual([]);
  });

  test('pruning in Update blocks rollbacks, because ECS refuses the revision to go back to', async () => {
    const blocked = (await play(prunesInUpdate)).filter((run) => run.blocked.some(({ isInactive }) => isInactive));
    expect(blocked.length).toBeGreaterThan(TRACES / 50);
    expect(blocked[0]?.statuses).toContain('UPDATE_ROLLBACK_FAILED');
    expect(
      blocked[0]?.deregistrations.some(({ by, stackStatus }) => by === 'handler' && stackStatus === 'UPDATE_IN_PROGRESS'),
    ).toBe(true);
  });

  test('reach every status, every kind of delivery, and every kind of step', () => {
    const statuses = new Set(runs.flatMap((run) => run.statuses));
    expect([...statuses].sort()).toEqual([
      'CREATE_COMPLETE',
      'CREATE_FAILED',
      'CREATE_IN_PROGRESS',
      'DELETE_COMPLETE',
      'DELETE_FAILED',
      'DELETE_IN_PROGRESS',
      'ROLLBACK_COMPLETE',
      'ROLLBACK_FAILED',
      'ROLLBACK_IN_PROGRESS',
      'UPDATE_COMPLETE',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_FAILED',
      'UPDATE_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_ROLLBACK_FAILED',
      'UPDATE_ROLLBACK_IN_PROGRESS',
    ]);
    const deliveries = new Set(runs.flatMap(({ requests }) => requests.map(({ delivery }) => delivery)));
    expect([...deliveries].sort()).toEqual(['answer-lost', 'cancelled', 'later', 'lost', 'once', 'twice']);
    const steps = new Set(runs.flatMap((run) => run.trace.steps.map((step) => step.do)));
    expect(steps.size).toBe(7);
  });

  test('are the same again from the same seed', async () => {
    for (const seed of [1, 2, 3]) {
      const [one, other] = [await runTrace(trace(seed), doesNothing), await runTrace(trace(seed), doesNothing)];
      expect(one.happenings).toEqual(other.happenings);
      expect(trace(seed)).toEqual(JSON.parse(JSON.stringify(trace(seed))));
    }
  });

  test('give the handler the function as it is deployed now', async () => {
    const families = new Set<string>();
    for (let seed = 0; seed < 50; seed += 1) {
      await runTrace(trace(seed), async (event, world) => {
        families.add(String(world.functionProperties(event).Families));
        return doesNothing(event, world);
      });
    }
    expect(families).toContain('web,worker');
    expect(families).not.toContain('undefined');
  });
});
