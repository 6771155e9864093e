import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { StackLambdaReporter } from '../../lambda/stack-lambda-reporter';
import { METRIC_DIMENSION, REASON_DIMENSION, STACK_PRUNE_METRICS, type StackPruneMetric } from '../../lib/contract/metrics';
import { stackPruneSettingsFaults } from '../../lib/contract/stack-prune-settings';
import { STACK_REASONS, type StackReason } from '../../lib/contract/stack-pruning';
import { STACK_SETTINGS } from '../engine/stack/stack-doors';

// biome-ignore lint/suspicious/noExplicitAny: documents are read, and broken, freely in tests
type Document = any;

const schemaOf = (what: string): Document =>
  JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'schema', `prune-stack-${what}.v1.json`), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
const validators = { settings: ajv.compile(schemaOf('settings')), metrics: ajv.compile(schemaOf('metrics')) };
const isValid = (what: keyof typeof validators, document: unknown) => validators[what](JSON.parse(JSON.stringify(document)));

describe('the settings of a stack’s pruner', () => {
  const text = Object.fromEntries(
    Object.entries(STACK_SETTINGS).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  );

  test.each([
    ['the construct’s own', STACK_SETTINGS],
    ['numbers as text', text],
    ['an age of zero', { ...STACK_SETTINGS, minAgeMinutes: 0 }],
    ['DESTROY', { ...STACK_SETTINGS, removalPolicy: 'DESTROY' }],
  ])('%s are valid, to the parser as to the schema', (_, document) => {
    expect(stackPruneSettingsFaults(document)).toEqual([]);
    expect(isValid('settings', document)).toBe(true);
  });

  test.each([
    ['a pattern', { families: ['web-*'] }],
    ['no family', { families: [] }],
    ['nothing kept', { keepLatest: 0 }],
    ['an age below nothing', { minAgeMinutes: -1 }],
    ['another policy', { removalPolicy: 'SNAPSHOT' }],
    ['a version to come', { version: 2 }],
    ['the whole bucket', { actionsPerSecond: 1 }],
    ['a tag of AWS', { keepTag: 'aws:keep' }],
    ['no deployment kept', { keepSuccessfulDeployments: 0 }],
    ['an unknown setting', { mode: 'PLAN' }],
  ])('with %s are refused by both', (_, more) => {
    const document = { ...STACK_SETTINGS, ...more };
    expect(stackPruneSettingsFaults(document)).not.toEqual([]);
    expect(isValid('settings', document)).toBe(false);
  });

  test('several faults are told at once', () => {
    const faults = stackPruneSettingsFaults({ ...STACK_SETTINGS, keepLatest: 0, families: 'web', removalPolicy: 1, speed: 1 });
    expect(faults.map(({ path: at }) => at)).toEqual(['families', 'keepLatest', 'removalPolicy', 'speed']);
    expect(stackPruneSettingsFaults(null)).toHaveLength(1);
  });
});

describe('the metrics of a stack’s pruner', () => {
  test('are all known, each with its unit and its meaning', () => {
    const all = Object.keys(STACK_PRUNE_METRICS) as StackPruneMetric[];
    const [line] = written((reporter) => all.map((metric) => reporter.metric(metric, 1)));
    expect(isValid('metrics', line)).toBe(true);
    const { properties } = schemaOf('metrics');
    const names = Object.values(STACK_PRUNE_METRICS).map(({ name }) => name);
    expect(Object.keys(properties).sort()).toEqual(['_aws', METRIC_DIMENSION, REASON_DIMENSION, ...names].sort());
    for (const { name, meaning } of Object.values(STACK_PRUNE_METRICS)) {
      expect(properties[name].description.toLowerCase()).toBe(`${meaning.toLowerCase()}.`);
    }
    expect(properties.Reason.enum).toEqual(Object.keys(STACK_REASONS));
  });

  test.each(Object.keys(STACK_REASONS) as StackReason[])('count what was passed over as %s in all and by reason', (reason) => {
    const lines = written((reporter) => reporter.passedOver(reason));
    expect(lines.map((line) => isValid('metrics', line))).toEqual([true, true]);
    expect(lines.map(({ _aws }) => _aws.CloudWatchMetrics[0].Dimensions)).toEqual([[['Pruner', 'Reason']], [['Pruner']]]);
    expect(lines[0]).toMatchObject({ Pruner: 'Stack/Pruner', Reason: reason, DeletesPassedOver: 1 });
  });
});

function written(report: (reporter: StackLambdaReporter) => unknown): Document[] {
  const lines = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const reporter = new StackLambdaReporter('Stack/Pruner');
    report(reporter);
    reporter.flush();
    return lines.mock.calls.map(([line]) => JSON.parse(String(line)));
  } finally {
    lines.mockRestore();
  }
}
