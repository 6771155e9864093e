import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { Duration } from 'aws-cdk-lib';
import { PruneMode, type RevisionPrunerProps } from 'cdk-ecs-caretaker';
import type { Ended } from '../../engine/revisions/act';
import { LambdaReporter } from '../../lambda/lambda-reporter';
import { METRIC_DIMENSION, METRIC_NAMESPACE, PRUNE_METRICS, type PruneMetric } from '../../lib/contract/metrics';
import { EVENT_VERSION, PRUNE_EVENTS } from '../../lib/contract/prune-events';
import { PLAN_VERSION, REASONS } from '../../lib/contract/prune-plan';
import { type PruneSettings, pruneSettingsFaults, SETTINGS_VERSION } from '../../lib/contract/prune-settings';
import { renderSettings } from '../../lib/revisions/render-settings';
import { EcsSimulator, fillBelievableAccount, VirtualClock } from '../../simulator';
import { MemoryLedger } from '../engine/memory-ledger';
import { Pruner } from '../engine/pruner';
import { prunerIn, settingsOf } from '../lib/template-of';

const FOLDER = path.join(__dirname, '..', '..', 'schema');
const HOUR = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: documents are read, and broken, freely in tests
type Document = any;

const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const schemas = new Map<string, Document>(
  files.map((file) => [file, JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'))]),
);
const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
for (const schema of schemas.values()) ajv.addSchema(schema);

const schemaOf = (what: string): Document => schemas.get(`prune-${what}.v1.json`);
const validatorOf = (what: string): ValidateFunction => ajv.getSchema(schemaOf(what).$id) as ValidateFunction;

/** What the schema finds wrong with a document, as it is read back from its text. */
function faultsIn(what: string, document: unknown): string[] {
  const validate = validatorOf(what);
  validate(JSON.parse(JSON.stringify(document)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** A copy with one thing done to it. */
function but(document: Document, change: (copy: Document) => void): Document {
  const copy = JSON.parse(JSON.stringify(document));
  change(copy);
  return copy;
}

/** The believable account, planned and acted on by the engine. */
function account(settings: Partial<PruneSettings> = {}) {
  const clock = new VirtualClock(Date.parse('2026-03-01T12:00:00Z'));
  const environment = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
  const ecs = new EcsSimulator({ clock, environment });
  fillBelievableAccount(ecs, { revisions: 600, families: 20 });
  const ledger = new MemoryLedger();
  const pruner = new Pruner({ ecs, clock, ledger, settings });
  const texts = (prefix: string) => ledger.history.filter(({ key }) => key.startsWith(prefix)).map(({ text }) => text);
  const plans = (): Document[] => texts('plans/').map((text) => JSON.parse(text));
  const events = (): Document[] => pruner.reporter.events.map(({ detail }) => detail);
  return { clock, ecs, ledger, pruner, plans, events };
}

async function actedOn() {
  const world = account();
  await world.pruner.tick();
  world.clock.advance(24 * HOUR);
  const report = await world.pruner.tick();
  expect(report.deregistered).toBeGreaterThan(0);
  // Somebody starts a task from a revision that has just gone, while ECS still lets it.
  const gone = world.ecs.log.destructive.at(-1);
  world.ecs.seedTask({ cluster: 'production', taskDefinition: `${gone?.family}:${gone?.revision}` });
  world.clock.advance(HOUR);
  await world.pruner.tick({ maxActions: 1 });
  await world.ledger.write('stop', '');
  await world.pruner.tick({ families: ['web-*'] });
  return world;
}

let acted: Awaited<ReturnType<typeof actedOn>>;
beforeAll(async () => {
  acted = await actedOn();
});

describe('every schema', () => {
  test.each(files)('%s says what it is, and where it stands', (file) => {
    const { $id, $schema, title, description } = schemas.get(file);
    expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect($id).toMatch(new RegExp(`/${file.replaceAll('.', '\\.')}$`));
    expect(title).toBeTruthy();
    expect(description).toBeTruthy();
    expect(ajv.getSchema($id)).toBeInstanceOf(Function);
  });

  test.each(files)('%s describes every member, and allows no other', (file) => {
    const undescribed: string[] = [];
    walk(schemas.get(file), '', (schema, at) => {
      if (schema.type === 'object' && schema.propertyNames === undefined && schema.additionalProperties !== false) {
        undescribed.push(`${at} is open`);
      }
      if (/\/properties\/[^/]+$/.test(at) && !/\/(then|else|if|anyOf)\//.test(at) && !schema.description && !schema.$ref) {
        undescribed.push(at);
      }
    });
    expect(undescribed).toEqual([]);
  });
});

describe('the settings', () => {
  const PROPS: [string, RevisionPrunerProps][] = [
    ['the defaults', { families: ['web-*'] }],
    ['every family', { allFamilies: true, mode: PruneMode.DEREGISTER, exceptFamilies: ['audit-*'] }],
    [
      'rules and every other prop',
      {
        rules: [{ families: ['a', 'b-*'], keepLatest: 3, minAge: Duration.hours(1) }, { allFamilies: true }],
        keepSuccessfulDeployments: 1,
        noticePeriod: Duration.minutes(10),
        actionsPerSecond: 0.9,
        maxActionsPerRun: 5,
        keepTag: 'équipe: garder',
      },
    ],
  ];

  test.each(PROPS)('that the construct renders from %s are valid', (_, props) => {
    expect(faultsIn('settings', renderSettings(props))).toEqual([]);
    expect(faultsIn('settings', settingsOf(prunerIn(props).stack))).toEqual([]);
  });

  test('are valid with numbers as text, as CloudFormation makes them', () => {
    const text = but(renderSettings({ allFamilies: true, maxActionsPerRun: 5 }), (copy) => {
      copy.rules[0].allFamilies = 'true';
      for (const holder of [copy, ...copy.rules]) {
        for (const [name, value] of Object.entries(holder)) if (typeof value === 'number') holder[name] = String(value);
      }
    });
    expect(pruneSettingsFaults(text)).toEqual([]);
    expect(faultsIn('settings', text)).toEqual([]);
  });

  const valid = renderSettings({ families: ['web-*'] });
  const BROKEN: [string, Document][] = [
    ['an unknown setting', but(valid, (copy) => Object.assign(copy, { keepLatest: 3 }))],
    ['an unknown member of a rule', but(valid, (copy) => Object.assign(copy.rules[0], { minAge: 3 }))],
    ['no version', but(valid, (copy) => delete copy.version)],
    ['a version to come', but(valid, (copy) => Object.assign(copy, { version: 2 }))],
    ['another mode', but(valid, (copy) => Object.assign(copy, { mode: 'DELETE' }))],
    ['no rule', but(valid, (copy) => Object.assign(copy, { rules: [] }))],
    ['a rule for no family', but(valid, (copy) => delete copy.rules[0].families)],
    [
      'a rule for no family in two ways',
      but(valid, (copy) => Object.assign(copy.rules[0], { families: [], allFamilies: true })),
    ],
    ['a rule for both', but(valid, (copy) => Object.assign(copy.rules[0], { allFamilies: true }))],
    ["'*' alone", but(valid, (copy) => Object.assign(copy.rules[0], { families: ['*'] }))],
    ['a family with a space', but(valid, (copy) => Object.assign(copy.rules[0], { families: ['a b'] }))],
    ["'*' alone excepted", but(valid, (copy) => Object.assign(copy, { exceptFamilies: ['**'] }))],
    ['nothing kept', but(valid, (copy) => Object.assign(copy.rules[0], { keepLatest: 0 }))],
    ['half a revision kept', but(valid, (copy) => Object.assign(copy.rules[0], { keepLatest: 1.5 }))],
    ['an age below an hour', but(valid, (copy) => Object.assign(copy.rules[0], { minAgeMinutes: 59 }))],
    ['a notice of nine minutes', but(valid, (copy) => Object.assign(copy, { noticePeriodMinutes: 9 }))],
    ['the whole bucket', but(valid, (copy) => Object.assign(copy, { actionsPerSecond: 1 }))],
    ['no deployment kept', but(valid, (copy) => Object.assign(copy, { keepSuccessfulDeployments: 0 }))],
    ['a tag of AWS', but(valid, (copy) => Object.assign(copy, { keepTag: 'aws:keep' }))],
    ['null', null],
    ['a list', []],
  ];

  test.each(BROKEN)('with %s are refused, by the parser as by the schema', (_, document) => {
    expect(pruneSettingsFaults(document)).not.toEqual([]);
    expect(faultsIn('settings', document)).not.toEqual([]);
  });
});

describe('the plan', () => {
  test('that only announces is valid', async () => {
    const { pruner, plans } = account({ mode: 'PLAN' });
    await pruner.tick();
    expect(plans().map((plan) => faultsIn('plan', plan))).toEqual([[]]);
  });

  test('that lets go, and those of narrowed runs, are valid', () => {
    const plans = acted.plans();
    expect(plans.flatMap((plan) => faultsIn('plan', plan))).toEqual([]);
    expect(plans.some(({ backlog }) => backlog.due > 0)).toBe(true);
    expect(plans.some(({ request }) => request?.maxActions === 1)).toBe(true);
  });

  test.each<[string, (plan: Document) => void]>([
    ['an unknown member', (plan) => Object.assign(plan, { containerDefinitions: [] })],
    ['a reason that there is not', (plan) => Object.assign(plan.families[0].verdicts[0], { reason: 'unused' })],
    ['a reason in its totals that there is not', (plan) => Object.assign(plan.totals.byReason, { unused: 1 })],
    ['a kept revision let go', (plan) => Object.assign(plan.families[0].verdicts.at(-1), { action: 'deregister' })],
    ['a verdict on revision 0', (plan) => Object.assign(plan.families[0].verdicts[0], { from: 0 })],
    ['a family without verdicts', (plan) => Object.assign(plan.families[0], { verdicts: [] })],
    ['a superseded revision that nobody announced', (plan) => delete verdictOf(plan, 'superseded').since],
    ['settings that cannot be used', (plan) => Object.assign(plan.settings, { mode: 'DELETE' })],
    ['another account', (plan) => Object.assign(plan, { account: '1234' })],
    ['no list of what was not examined', (plan) => delete plan.notExamined],
    ['a local time', (plan) => Object.assign(plan, { at: '2026-03-01 12:00' })],
  ])('with %s is refused', (_, change) => {
    const plan = acted.plans().find(({ backlog }) => backlog.due > 0);
    expect(faultsIn('plan', but(plan, change))).not.toEqual([]);
  });

  test('has the reasons and the version of the contract', () => {
    expect(schemaOf('plan').$defs.reason.enum).toEqual(Object.keys(REASONS));
    expect(schemaOf('plan').properties.version.const).toBe(PLAN_VERSION);
    expect(schemaOf('settings').properties.version.enum).toEqual([SETTINGS_VERSION, String(SETTINGS_VERSION)]);
  });
});

describe('the event', () => {
  test('of every run is valid, refused ones and late references included', () => {
    const events = acted.events();
    expect(events.flatMap((event) => faultsIn('event', event))).toEqual([]);
    expect(events.length).toBeGreaterThan(3);
    expect(events.some(({ lateReferences }) => lateReferences.length > 0)).toBe(true);
    expect(new Set(acted.pruner.reporter.events.map(({ type }) => type))).toEqual(new Set(Object.values(PRUNE_EVENTS)));
  });

  test.each<[string, (event: Document) => void]>([
    ['an unknown member', (event) => Object.assign(event, { command: 'secret' })],
    ['a count below nothing', (event) => Object.assign(event, { deregistered: -1 })],
    ['an end that there is not', (event) => Object.assign(event, { ended: 'well' })],
    ['no version', (event) => delete event.version],
    ['refusals that are no list', (event) => Object.assign(event, { refusals: 'none' })],
  ])('with %s is refused', (_, change) => {
    expect(faultsIn('event', but(acted.events()[0], change))).not.toEqual([]);
  });

  test('has the ends, the version and the names of the contract', () => {
    // The type makes this table whole: an end that the engine learns fails the type check until it stands here.
    const ends: Record<Ended | 'refused' | 'planned only', true> = {
      'nothing left': true,
      deadline: true,
      'most acts': true,
      stopped: true,
      throttled: true,
      'incomplete scan': true,
      failed: true,
      refused: true,
      'planned only': true,
    };
    const { properties, description } = schemaOf('event');
    expect(properties.ended.enum).toEqual(Object.keys(ends));
    expect(properties.version.const).toBe(EVENT_VERSION);
    for (const type of Object.values(PRUNE_EVENTS)) expect(description).toContain(`'${type}'`);
  });
});

describe('the metrics', () => {
  const all = Object.keys(PRUNE_METRICS) as PruneMetric[];

  test('of every run are valid', () => {
    const runs: { metric: PruneMetric; value: number }[][] = [];
    for (const emission of acted.pruner.reporter.metrics) {
      if (/^runs[A-Z]/.test(emission.metric)) runs.push([]);
      runs.at(-1)?.push(emission);
    }
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.flatMap((run) => faultsIn('metrics', emitted(run)))).toEqual([]);
  });

  test('are all known, each with its unit', () => {
    const line = emitted(all.map((metric) => ({ metric, value: 1 })));
    expect(faultsIn('metrics', line)).toEqual([]);
    expect(Object.keys(schemaOf('metrics').properties).sort()).toEqual(
      ['_aws', METRIC_DIMENSION, ...Object.values(PRUNE_METRICS).map(({ name }) => name)].sort(),
    );
    expect(line._aws.CloudWatchMetrics[0].Namespace).toBe(METRIC_NAMESPACE);
    for (const { name, meaning } of Object.values(PRUNE_METRICS)) {
      expect(schemaOf('metrics').properties[name].description.toLowerCase()).toBe(`${meaning.toLowerCase()}.`);
    }
  });

  test.each<[string, (line: Document) => void]>([
    ['a name that there is not', (line) => Object.assign(line._aws.CloudWatchMetrics[0].Metrics[0], { Name: 'RunsLost' })],
    ['a number that there is not', (line) => Object.assign(line, { RunsLost: 1 })],
    ['another unit', (line) => Object.assign(line._aws.CloudWatchMetrics[0].Metrics[0], { Unit: 'Bytes' })],
    ['one dimension more', (line) => line._aws.CloudWatchMetrics[0].Dimensions[0].push('service')],
    ['another namespace', (line) => Object.assign(line._aws.CloudWatchMetrics[0], { Namespace: 'Other' })],
    ['no pruner', (line) => delete line.Pruner],
  ])('with %s are refused', (_, change) => {
    const line = emitted([{ metric: 'runsSucceeded', value: 1 }]);
    expect(faultsIn('metrics', but(line, change))).not.toEqual([]);
  });
});

/** The line that the function writes for these numbers. */
function emitted(metrics: readonly { readonly metric: PruneMetric; readonly value: number }[]): Document {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const reporter = new LambdaReporter('Stack/Pruner');
    for (const { metric, value } of metrics) reporter.metric(metric, value);
    reporter.flush();
    return JSON.parse(String(written.mock.calls.at(-1)?.[0]));
  } finally {
    written.mockRestore();
  }
}

function verdictOf(plan: Document, reason: string): Document {
  return plan.families.flatMap(({ verdicts }: Document) => verdicts).find((verdict: Document) => verdict.reason === reason);
}

function walk(schema: Document, at: string, visit: (schema: Document, at: string) => void): void {
  if (typeof schema !== 'object' || schema === null) return;
  visit(schema, at);
  for (const [name, inner] of Object.entries(schema)) walk(inner, `${at}/${name}`, visit);
}
