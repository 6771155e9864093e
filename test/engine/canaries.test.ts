import { CANARIES, canariesIn, EcsSimulator, fillBelievableAccount, VirtualClock } from '../../simulator';
import { MemoryLedger } from './memory-ledger';
import { Pruner } from './pruner';
import { ENVIRONMENT, HOUR, START } from './random-world';

test('X-01: nothing that a container definition, a tag value, an event or an override holds reaches the ledger, a line or an event', async () => {
  const clock = new VirtualClock(START);
  const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
  fillBelievableAccount(ecs, { revisions: 600, families: 20 });
  const answers: string[] = [];
  ecs.intercept = async (_, answer) => {
    const given = await answer();
    answers.push(JSON.stringify(given));
    return given;
  };
  const ledger = new MemoryLedger();
  const pruner = new Pruner({ ecs, clock, ledger, settings: { keepTag: 'retain' } });
  await pruner.tick();
  clock.advance(25 * HOUR);
  await pruner.tick();
  expect(ecs.log.destructive.length).toBeGreaterThan(100);
  expect(canariesIn(answers.join()).length).toBeGreaterThanOrEqual(Object.keys(CANARIES).length - 1);
  const { lines, metrics, events } = pruner.reporter;
  expect(canariesIn(JSON.stringify([ledger.history, lines, metrics, events]))).toEqual([]);
});
