import { nothing, publish } from '../../../engine/revisions/report';
import { RecordingReporter } from '../pruner';
import { ENVIRONMENT, START } from '../random-world';

const RUN = { environment: ENVIRONMENT, pruner: 'web', mode: 'DEREGISTER', began: START, ended: START + 2500 };

async function told(...report: Parameters<typeof nothing>) {
  const reporter = new RecordingReporter();
  await publish(nothing(...report), RUN, reporter);
  return reporter;
}
const numbers = ({ metrics }: RecordingReporter) => Object.fromEntries(metrics.map(({ metric, value }) => [metric, value]));

test.each(['idle', 'busy'] as const)('a tick that is %s counts as a success, and sends no event', async (outcome) => {
  const reporter = await told(outcome, 'nothing is due');
  expect(numbers(reporter)).toEqual({ runsSucceeded: 1 });
  expect(reporter.events).toEqual([]);
  expect(reporter.lines).toHaveLength(1);
});

test.each<['refused' | 'failed', object]>([
  ['refused', { runsRefused: 1 }],
  ['failed', { runsFailed: 1 }],
])('a run that is %s has a metric of its own, and its event says why', async (outcome, metric) => {
  const reporter = await told(outcome, outcome, ['ListTasks: no']);
  expect(numbers(reporter)).toEqual({ ...metric, revisionsDeregistered: 0, lateReferences: 0, throttles: 0, runSeconds: 2.5 });
  expect(reporter.events).toMatchObject([
    {
      type: 'Prune Refused',
      detail: { version: 1, ...ENVIRONMENT, pruner: 'web', at: '2026-03-01T12:00:00.000Z', refusals: ['ListTasks: no'] },
    },
  ]);
});

test('an event that cannot be sent is a line in the log, and no failure of the run', async () => {
  const reporter = new RecordingReporter();
  reporter.event = () => Promise.reject(new Error('InternalFailure: no'));
  await publish(nothing('done', 'planned only'), RUN, reporter);
  expect(reporter.lines.at(-1)).toEqual({
    level: 'warn',
    message: 'Could not send the event of the run',
    fields: { error: 'InternalFailure: no' },
  });
});
