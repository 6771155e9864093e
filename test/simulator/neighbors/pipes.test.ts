import { pipesShape } from '../../../engine/aws/pipes-shape';
import type { SdkServiceReads } from '../../../engine/aws/service-reads';
import { eventbridgePipes } from '../../../engine/revisions/references/eventbridge-pipes';
import { Pipes, type PipesOptions } from '../../../simulator/neighbors/pipes';
import { SimulatedError } from '../../../simulator/simulated-error';
import { RecordedPins, TASK_DEFINITION } from '../../engine/revisions/references/scripted-reads';
import { ENVIRONMENT, NOW, overTheWire } from './over-the-wire';

const world = (options: Partial<PipesOptions> = {}) =>
  new Pipes({ clock: { now: () => NOW + 250 }, environment: ENVIRONMENT, ...options });

async function scan(reads: SdkServiceReads) {
  const pins = new RecordedPins();
  return { found: await eventbridgePipes.scan(reads, pins), pins };
}

function fill(pipes: Pipes, count = 3): Pipes {
  for (let index = 0; index < count; index += 1) {
    pipes.put({
      name: `pipe-${index}`,
      state: index % 2 ? 'STOPPED' : 'RUNNING',
      runs: `${index % 3 ? TASK_DEFINITION : ''}a-${index}:1`,
    });
  }
  return pipes;
}

const lost = (pipes: Pipes, pins: RecordedPins) => pipes.pinned().filter(({ taskDefinition }) => !pins.keeps(taskDefinition));

describe('P-19: everything that pipes pin is kept', () => {
  test.each([
    ['in one page', {}, 7],
    ['in pages of one, each behind an empty one (P-05)', { pageSize: 1, emptyPages: true }, 4],
  ])('%s', async (_, options, count) => {
    const pipes = fill(world(options), count);
    const { found, pins } = await overTheWire(pipes, pipesShape, scan);
    expect(found).toBe(count);
    expect(pipes.pinned()).toHaveLength(1 * count);
    expect(lost(pipes, pins)).toEqual([]);
    expect(new Set(Object.keys(pipes.log.calls))).toEqual(new Set(Object.keys(pipesShape.actions)));
    expect(JSON.stringify(pins)).not.toContain('secret');
  });

  test('control: where the service keeps one back, what it pins is lost', async () => {
    const pipes = fill(world());
    pipes.intercept = async ({ action }, answer) => {
      const given = (await answer()) as { Pipes: unknown[] };
      return action === 'ListPipes' ? { ...given, Pipes: given.Pipes.slice(1) } : given;
    };
    const { pins } = await overTheWire(pipes, pipesShape, scan);
    expect(lost(pipes, pins)).not.toEqual([]);
  });

  test('what goes away while it is read pins nothing', async () => {
    const pipes = world();
    for (const name of ['b', 'c']) pipes.put({ name, runs: `${name}:1` });
    pipes.intercept = async ({ action }, answer) => {
      const given = await answer();
      if (action === 'ListPipes') pipes.delete('b');
      return given;
    };
    const { pins } = await overTheWire(pipes, pipesShape, scan);
    expect(pins.pinned).toHaveLength(1);
    expect(pins.keeps('c:1')).toBe(true);
  });
});

test.each<[string, string, () => unknown]>([
  ['an answer has no list', 'ListPipes', () => ({})],
  ['a page token comes again', 'ListPipes', () => ({ Pipes: [], NextToken: 'again' })],
  ['a call is denied', 'DescribePipe', () => Promise.reject(new SimulatedError('AccessDeniedException', 'not you', 403))],
])('P-06: the scan has failed where %s', async (_, failing, answer) => {
  const pipes = fill(world());
  pipes.intercept = async ({ action }, given) => (action === failing ? answer() : given());
  await expect(overTheWire(pipes, pipesShape, scan)).rejects.toThrow(new RegExp(`^${failing}: `));
});

test('a throttle is waited for', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const pipes = fill(world());
  pipes.intercept = ({ action, attempt }, answer) =>
    action === 'DescribePipe' && attempt < 3
      ? Promise.reject(new SimulatedError('ThrottlingException', 'Rate exceeded', 429))
      : answer();
  const { pins } = await overTheWire(pipes, pipesShape, scan);
  jest.restoreAllMocks();
  expect(lost(pipes, pins)).toEqual([]);
});
