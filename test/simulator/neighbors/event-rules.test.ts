import { eventbridgeShape } from '../../../engine/aws/eventbridge-shape';
import type { SdkServiceReads } from '../../../engine/aws/service-reads';
import { eventbridgeRules } from '../../../engine/revisions/references/eventbridge-rules';
import { EventRules, type EventRulesOptions } from '../../../simulator/neighbors/event-rules';
import { SimulatedError } from '../../../simulator/simulated-error';
import { RecordedPins, TASK_DEFINITION } from '../../engine/revisions/references/scripted-reads';
import { ENVIRONMENT, hastyClock, overTheWire } from './over-the-wire';

const world = (options: Partial<EventRulesOptions> = {}) => new EventRules({ environment: ENVIRONMENT, ...options });

async function scan(reads: SdkServiceReads) {
  const pins = new RecordedPins();
  return { found: await eventbridgeRules.scan(reads, pins), pins };
}

function fill(rules: EventRules, count = 3): EventRules {
  for (let index = 0; index < count; index += 1) {
    const bus = ['default', 'orders', 'aws.partner/example.com/a'][index % 3];
    rules.put({
      name: `rule-${index}`,
      bus,
      enabled: index % 2 === 0,
      runs: [`a-${index}:1`, `${TASK_DEFINITION}b-${index}:2`],
    });
  }
  return rules;
}

const lost = (rules: EventRules, pins: RecordedPins) =>
  rules.pinned().filter(({ taskDefinition }) => !pins.keeps(taskDefinition));

describe('P-19: everything that rules pin is kept', () => {
  test.each([
    ['in one page', {}, 6],
    ['in pages of one, each behind an empty one (P-05)', { pageSize: 1, emptyPages: true }, 4],
  ])('%s', async (_, options, count) => {
    const rules = fill(world(options), count);
    const { found, pins } = await overTheWire(rules, eventbridgeShape, scan);
    expect(found).toBe(count);
    expect(rules.pinned()).toHaveLength(2 * count);
    expect(lost(rules, pins)).toEqual([]);
    expect(new Set(Object.keys(rules.log.calls))).toEqual(new Set(Object.keys(eventbridgeShape.actions)));
    expect(JSON.stringify(pins)).not.toContain('secret');
  });

  test('control: where the service keeps one back, what it pins is lost', async () => {
    const rules = fill(world());
    rules.intercept = async ({ action }, answer) => {
      const given = (await answer()) as { Targets: unknown[] };
      return action === 'ListTargetsByRule' ? { ...given, Targets: given.Targets.slice(1) } : given;
    };
    const { pins } = await overTheWire(rules, eventbridgeShape, scan);
    expect(lost(rules, pins)).not.toEqual([]);
  });

  test('what goes away while it is read pins nothing', async () => {
    const rules = world();
    rules.put({ name: 'a', bus: 'orders', runs: ['a:1'] });
    rules.put({ name: 'b', runs: ['b:1'] });
    rules.put({ name: 'c', runs: ['c:1'] });
    rules.intercept = async ({ action }, answer) => {
      const given = await answer();
      if (action === 'ListEventBuses') rules.deleteBus('orders');
      if (action === 'ListRules') rules.delete('b');
      return given;
    };
    const { pins } = await overTheWire(rules, eventbridgeShape, scan);
    expect(pins.pinned).toHaveLength(1);
    expect(pins.keeps('c:1')).toBe(true);
  });
});

test.each<[string, string, () => unknown]>([
  ['an answer has no list', 'ListTargetsByRule', () => ({})],
  ['a page token comes again', 'ListTargetsByRule', () => ({ Targets: [], NextToken: 'again' })],
  ['a call is denied', 'ListTargetsByRule', () => Promise.reject(new SimulatedError('AccessDeniedException', 'not you', 403))],
])('P-06: the scan has failed where %s', async (_, failing, answer) => {
  const rules = fill(world());
  rules.intercept = async ({ action }, given) => (action === failing ? answer() : given());
  await expect(overTheWire(rules, eventbridgeShape, scan)).rejects.toThrow(new RegExp(`^${failing}: `));
});

test('a throttle is waited for', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const rules = fill(world());
  rules.intercept = ({ action, attempt }, answer) =>
    action === 'ListTargetsByRule' && attempt < 3
      ? Promise.reject(new SimulatedError('ThrottlingException', 'Rate exceeded', 429))
      : answer();
  const { pins } = await overTheWire(rules, eventbridgeShape, scan);
  jest.restoreAllMocks();
  expect(lost(rules, pins)).toEqual([]);
});

test('a scan takes half of what we suppose EventBridge allows: ten calls a second after the first ten', async () => {
  const rules = fill(world(), 17);
  const clock = hastyClock();
  await overTheWire(rules, eventbridgeShape, scan, clock);
  // One for the buses, three for their rules and one a rule.
  expect(Object.values(rules.log.calls).reduce((sum, calls) => sum + calls, 0)).toBe(21);
  expect(clock.waited()).toBeGreaterThanOrEqual(1_000);
  expect(clock.waited()).toBeLessThan(3_000);
});
