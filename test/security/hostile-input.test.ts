import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import * as fc from 'fast-check';
import type { EcsCall } from '../../engine/aws/ecs-call';
import { EcsApiReader } from '../../engine/aws/ecs-reader';
import { PacedLimiter } from '../../engine/aws/paced-limiter';
import { EcsTaskDefinitions } from '../../engine/aws/task-definitions';
import { IncompleteScan } from '../../engine/incomplete-scan';
import {
  readAnnouncements,
  readState,
  readUnverified,
  writeAnnouncements,
  writeState,
  writeUnverified,
} from '../../engine/ledger/documents';
import { LedgerError } from '../../engine/ledger/ledger';
import { physicalIdFor } from '../../engine/stack/physical-id';
import { answerBody } from '../../lambda/custom-resource-answer';
import { readRequest } from '../../lambda/custom-resource-request';
import { environmentOf, parseJson } from '../../lambda/invocation';
import { formatTaskDefinitionArn, parseRevision, parseTaskDefinitionArn, revisionName } from '../../lib/contract/arn';
import { isFamilyPattern, matchesFamily } from '../../lib/contract/family-pattern';
import { InputError } from '../../lib/contract/fault';
import { givenNumber } from '../../lib/contract/given-number';
import { parsePruneRequest } from '../../lib/contract/prune-request';
import { parsePruneSettings } from '../../lib/contract/prune-settings';
import { responseUrl } from '../../lib/contract/response-url';
import { parseStackPruneSettings } from '../../lib/contract/stack-prune-settings';
import { visibleText } from '../../lib/contract/visible-text';
import { MemoryLedger } from '../engine/memory-ledger';
import { SETTINGS } from '../engine/pruner';
import { ENVIRONMENT, START } from '../engine/random-world';
import { STACK_SETTINGS } from '../engine/stack/stack-doors';
import { faultsOfError, HOSTILE, hostileText, isPolluted, parameters, STEERS, spoilt, spoiltText } from './hostile';

jest.setTimeout(600_000);

const ARN = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web_1-a:42';
const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/main';

const ajv = new Ajv2020({ strict: false });
const schemaOf = (what: string) =>
  ajv.compile(JSON.parse(readFileSync(path.join(__dirname, '..', '..', 'schema', `prune-${what}.v1.json`), 'utf8')));

/** What accepted and refused inputs there were: a property that only ever refuses, or accepts, shows nothing. */
const met = new Map<string, { accepted: number; refused: number }>();

function count(parser: string, outcome: 'accepted' | 'refused'): void {
  const counts = met.get(parser) ?? { accepted: 0, refused: 0 };
  counts[outcome] += 1;
  met.set(parser, counts);
}

/** What a parser makes of an input: a value to look at, or nothing when it refused as documented. */
function read<T>(parser: string, parse: () => T, ...kinds: Parameters<typeof faultsOfError>[1][]): T | undefined {
  let value: T;
  try {
    value = parse();
  } catch (error) {
    expect(faultsOfError(error, ...kinds)).toEqual([]);
    expect(isPolluted()).toBe(false);
    count(parser, 'refused');
    return undefined;
  }
  expect(isPolluted()).toBe(false);
  count(parser, value === undefined ? 'refused' : 'accepted');
  return value;
}

/** The same for one that reads elsewhere first. */
async function readLater<T>(
  parser: string,
  parse: () => Promise<T>,
  ...kinds: Parameters<typeof faultsOfError>[1][]
): Promise<T | undefined> {
  const outcome = await parse().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return read(
    parser,
    () => {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
    ...kinds,
  );
}

/** What JSON says of a value, and nothing else, makes the same value again. */
const again = <T>(value: T): T => JSON.parse(JSON.stringify(value));

describe(`X-10 X-12: of ${HOSTILE} hostile inputs every one is read as what it is, or refused in one clear error:`, () => {
  test('names and ARNs of revisions', () => {
    const right = [ARN, ARN.replace('aws', 'aws-cn'), 'web:1', 'a:2147483647', `${'a'.repeat(255)}:1`];
    fc.assert(
      fc.property(spoiltText(right), (text) => {
        const arn = read('ARN', () => parseTaskDefinitionArn(text));
        if (arn) expect(formatTaskDefinitionArn(arn, arn)).toBe(text);
        const revision = read('revision', () => parseRevision(text));
        if (revision) expect([text, `${revisionName(revision)}`]).toContain(arn ? text : revisionName(revision));
        if (revision && !arn) expect(revisionName(revision)).toBe(text);
      }),
      parameters(0.15),
    );
  });

  test('patterns of families', () => {
    const right = ['web-*', '*', 'a*b*c', 'app_2', '*-*'];
    const names = ['web-a', 'a', 'abc', 'axbxc', 'app_2', '__proto__', '-', 'web-'];
    fc.assert(
      fc.property(spoiltText(right), (text) => {
        if (!read('pattern', () => isFamilyPattern(text) || undefined)) return;
        expect(text).toMatch(/^[A-Za-z0-9_*-]{1,255}$/);
        const meaning = new RegExp(`^${text.replace(/\*+/g, '[A-Za-z0-9_-]*')}$`);
        // A regular expression of many stars is what takes for ever: it is the reference only where it does not.
        if (text.split(/\*+/).length < 8) for (const name of names) expect(matchesFamily(text, name)).toBe(meaning.test(name));
      }),
      parameters(0.1),
    );
  });

  const settings = [
    SETTINGS,
    {
      ...SETTINGS,
      rules: [{ families: ['web-*', 'api'], keepLatest: '3', minAgeMinutes: '60' }, ...SETTINGS.rules],
      version: '1',
    },
    { ...SETTINGS, mode: 'PLAN', exceptFamilies: ['legacy'], maxActionsPerRun: 7 },
  ];

  test('settings of a pruner', () => {
    const validate = schemaOf('settings');
    fc.assert(
      fc.property(spoilt(settings), (document) => {
        const value = read('settings', () => parsePruneSettings(document), InputError);
        if (!value) return;
        expect(JSON.stringify(parsePruneSettings(again(value)))).toBe(JSON.stringify(value));
        expect(validate(again(value)) || validate.errors).toBe(true);
        expect(value.rules.flatMap(({ families = [] }) => families).every(isFamilyPattern)).toBe(true);
        expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      }),
      parameters(0.15),
    );
  });

  test('settings of a stack’s pruner', () => {
    const validate = schemaOf('stack-settings');
    const right = [STACK_SETTINGS, { ...STACK_SETTINGS, keepLatest: '2', removalPolicy: 'DESTROY', families: ['web', 'api'] }];
    fc.assert(
      fc.property(spoilt(right), (document) => {
        const value = read('stack settings', () => parseStackPruneSettings(document), InputError);
        if (!value) return;
        expect(JSON.stringify(parseStackPruneSettings(again(value)))).toBe(JSON.stringify(value));
        expect(validate(again(value)) || validate.errors).toBe(true);
      }),
      parameters(0.1),
    );
  });

  test('events of invocations, of which none can ask for more than the settings do', () => {
    const envelope = {
      version: '0',
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      account: ENVIRONMENT.account,
      detail: {},
    };
    const right = [{}, { planOnly: true }, { families: ['web-*'] }, { maxActions: '3', families: ['a', 'b'] }, envelope];
    fc.assert(
      fc.property(spoilt(right), (event) => {
        const value = read('event', () => parsePruneRequest(event), InputError);
        if (!value) return;
        const { planOnly, families = ['a'], maxActions = 0, ...more } = value;
        expect(more).toEqual({});
        expect([undefined, true, false]).toContain(planOnly);
        expect(families.length > 0 && families.every(isFamilyPattern)).toBe(true);
        expect(Number.isInteger(maxActions) && maxActions >= 0).toBe(true);
        expect(JSON.stringify(parsePruneRequest(again(value)))).toBe(JSON.stringify(value));
      }),
      parameters(0.15),
    );
  });

  test('requests of CloudFormation', () => {
    const request = {
      RequestType: 'Delete',
      ServiceToken: 'token',
      ResponseURL: 'https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/key?X-Amz-Signature=abc',
      StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/01234567-89ab-cdef-0123-456789abcdef',
      RequestId: '11111111-2222-3333-4444-555555555555',
      LogicalResourceId: 'OldRevisions',
      PhysicalResourceId: physicalIdFor([ARN]),
      ResourceProperties: { ServiceToken: 'token', ServiceTimeout: '600', taskDefinitions: [ARN] },
    };
    const { PhysicalResourceId: _, ...create } = { ...request, RequestType: 'Create' };
    fc.assert(
      fc.property(spoilt([request, create]), (event) => {
        const value = read('request', () => readRequest(event, ENVIRONMENT));
        if (!value) return expect(value).toBeDefined();
        if ('unanswerable' in value)
          return expect(STEERS.test(value.unanswerable) || value.unanswerable.length > 100).toBe(false);
        expect(value.answerTo.protocol).toBe('https:');
        for (const arn of value.taskDefinitions ?? []) expect(parseTaskDefinitionArn(arn)).toMatchObject(ENVIRONMENT);
        const body = answerBody(value, { status: 'FAILED', reason: value.type, physicalId: value.physicalId ?? 'none' });
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
        expect(body.split(/[\r\n]/)).toHaveLength(1);
        const { RequestId, StackId, PhysicalResourceId, Reason } = JSON.parse(body);
        const given = event as typeof request;
        expect([RequestId, StackId, PhysicalResourceId]).toEqual([
          given.RequestId,
          given.StackId,
          given.PhysicalResourceId ?? 'none',
        ]);
        expect(Reason).toMatch(/^[\x20-\x7e]+$/);
      }),
      parameters(0.1),
    );
  });

  test('C-06: ids that an answer would have no room for, once JSON has spelt them out', () => {
    const ids = { StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/a/b', RequestId: 'a', LogicalResourceId: 'A' };
    const read = (PhysicalResourceId: string) =>
      readRequest({ ...ids, ResponseURL: 'https://s3.amazonaws.com/a', PhysicalResourceId }, ENVIRONMENT);
    for (const one of ['\u0000', '"', '\ud800', '\u2028']) expect(read(one.repeat(1024))).toHaveProperty('unanswerable');
    expect(read('a'.repeat(1024))).toHaveProperty('physicalId');
    const elsewhere = { ...ids, StackId: ids.StackId.replace('eu-west-1', 'a-'.repeat(5_000)) };
    expect(readRequest({ ...elsewhere, ResponseURL: 'https://s3.amazonaws.com/a' }, ENVIRONMENT)).toHaveProperty(
      'unanswerable',
    );
  });

  test('addresses for answers', () => {
    const right = [
      'https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/key?X-Amz-Signature=abc',
      'https://s3-eu-west-1.amazonaws.com/bucket/key',
      'https://bucket.s3.dualstack.eu-west-1.amazonaws.com/key',
    ];
    fc.assert(
      fc.property(spoiltText(right), (text) => {
        const url = read('address', () => responseUrl(text, 'aws'));
        if (!url) return;
        expect([url.protocol, url.port, url.username, url.password]).toEqual(['https:', '', '', '']);
        expect(url.hostname).toMatch(/^([a-z0-9.-]+\.)?s3[a-z0-9.-]*\.amazonaws\.com$/);
        // Spelt out, it may be longer than what is taken.
        if (url.href.length <= 8_192) expect(responseUrl(url.href, 'aws')?.href).toBe(url.href);
      }),
      parameters(0.05),
    );
  });

  test('documents of the ledger', async () => {
    const ledger = new MemoryLedger();
    await writeState(ledger, ENVIRONMENT, {
      settings: 'digest',
      plannedAt: START,
      dueAt: START,
      sightings: [{ at: START, clusters: 1, services: 2 }],
    });
    const announcements = {
      spans: new Map([['web', [{ from: 1, to: 9, since: START }]]]),
      ages: new Map([['web', { revision: 7, registeredAt: START }]]),
    };
    await writeAnnouncements(ledger, ENVIRONMENT, announcements, { plannedAt: START, after: { absent: true } });
    const acts = [{ family: 'web', revision: 3, at: START }];
    await writeUnverified(ledger, ENVIRONMENT, { acts, unchanged: { absent: true } });
    const readers = {
      'state.json': async (one: MemoryLedger) =>
        readState(one, ENVIRONMENT).then(async (value) => value && writeState(one, ENVIRONMENT, value)),
      'announcements.json': async (one: MemoryLedger) => {
        const found = await readAnnouncements(one, ENVIRONMENT);
        const { plannedAt = START, unchanged } = found;
        await writeAnnouncements(one, ENVIRONMENT, found, { plannedAt, after: unchanged });
      },
      'unverified.json': async (one: MemoryLedger) => writeUnverified(one, ENVIRONMENT, await readUnverified(one, ENVIRONMENT)),
    };
    const keys = Object.keys(readers) as (keyof typeof readers)[];
    const right = keys.map((key) => [key, JSON.parse(ledger.documents.get(key)?.text ?? '')] as const);
    const spoiltOnes = fc.oneof(...right.map(([key, document]) => fc.tuple(fc.constant(key), spoilt([document]))));
    await fc.assert(
      fc.asyncProperty(spoiltOnes, async ([key, document]) => {
        const text = textOf(document);
        if (text === undefined) return;
        const one = new MemoryLedger();
        await one.write(key, text);
        if (!(await readLater(`ledger ${key}`, () => readers[key](one).then(() => true), LedgerError))) return;
        // What was read is written and read again, and written the same.
        const written = one.documents.get(key)?.text;
        await readers[key](one);
        expect(one.documents.get(key)?.text).toBe(written);
      }),
      parameters(0.1),
    );
  });

  test('answers of ECS: what they say is read, or the read was incomplete', async () => {
    const uses = { taskDefinition: ARN, deployments: [{ id: 'a', taskDefinition: ARN, status: 'PRIMARY' }], taskSets: [] };
    const service = { serviceArn: 'arn:aws:ecs:eu-west-1:111122223333:service/main/web', ...uses, currentServiceRevisions: [] };
    const task = { taskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/main/0123', taskDefinitionArn: ARN };
    const answers: Readonly<Record<string, unknown>> = {
      ListTaskDefinitions: { taskDefinitionArns: [ARN, ARN.replace(':42', ':43')] },
      DescribeTaskDefinition: {
        taskDefinition: { taskDefinitionArn: ARN, status: 'ACTIVE', registeredAt: 1, registeredBy: 'x' },
        tags: [{ key: 'a' }],
      },
      ListClusters: { clusterArns: [CLUSTER] },
      ListServices: { serviceArns: [service.serviceArn] },
      DescribeServices: { services: [service], failures: [] },
      ListTasks: { taskArns: [task.taskArn] },
      DescribeTasks: { tasks: [task], failures: [] },
    };
    const looks: Readonly<Record<string, (call: EcsCall) => Promise<unknown>>> = {
      ListTaskDefinitions: (call) => definitions(call).active(),
      DescribeTaskDefinition: (call) => definitions(call).describe({ family: 'web_1-a', revision: 42 }),
      ListClusters: (call) => new EcsApiReader(call).clusters(),
      DescribeServices: (call) => new EcsApiReader(call).services(CLUSTER),
      DescribeTasks: (call) => new EcsApiReader(call).tasks(CLUSTER),
    };
    const spoiltOnes = fc.oneof(
      ...Object.keys(looks).map((action) => fc.tuple(fc.constant(action), spoilt([answers[action]]))),
    );
    await fc.assert(
      fc.asyncProperty(spoiltOnes, async ([action, answer]) => {
        const called: string[] = [];
        let pages = 0;
        const call: EcsCall = async (name) => {
          called.push(name);
          // A page that promises another for ever is told by its token.
          pages += 1;
          expect(pages).toBeLessThan(10);
          return name === action ? answer : answers[name];
        };
        await readLater(`answer ${action}`, async () => (await looks[action]?.(call)) ?? true, IncompleteScan);
        expect(called).not.toContain('DeregisterTaskDefinition');
      }),
      parameters(0.1),
    );
  });

  test('numbers, documents and ARNs of the environment', () => {
    const right = ['3', '0.5', '1440', '{"version":1}', 'arn:aws:lambda:eu-west-1:111122223333:function:pruner'];
    fc.assert(
      fc.property(fc.oneof(spoiltText(right), hostileText), (text) => {
        const number = read('number', () => givenNumber(text));
        expect(typeof number).toBe('number');
        if (Number.isFinite(number)) expect(givenNumber(String(number))).toBe(number);
        const document = read('JSON', () => [parseJson(text, 'CARETAKER_SETTINGS')], Error);
        if (document) expect(() => again(document)).not.toThrow();
        const here = read('own ARN', () => environmentOf({ invokedFunctionArn: text } as never), Error);
        if (here) expect(text.startsWith(`${text.split(':')[0]}:${here.partition}:`)).toBe(true);
      }),
      parameters(0.05),
    );
  });

  test('and there were enough of both', () => {
    if (process.env.HOSTILE_PATH) return;
    const total = [...met.values()].reduce((sum, { accepted, refused }) => sum + accepted + refused, 0);
    expect(total).toBeGreaterThanOrEqual(HOSTILE);
    for (const [parser, counts] of met) {
      const never = Object.entries(counts).filter(([outcome, times]) => times === 0 && !ONLY[parser]?.includes(outcome));
      expect([parser, never]).toEqual([parser, []]);
    }
  });
});

/** A number is always one, if only NaN; a request that cannot be answered is an outcome. */
const ONLY: Readonly<Record<string, readonly string[]>> = { number: ['refused'], request: ['refused'] };

const definitions = (call: EcsCall) =>
  new EcsTaskDefinitions(ENVIRONMENT, call, new PacedLimiter({ now: () => START, sleep: async () => undefined }, 1, 0));

/** As text, unless it is nested too deep to have one. */
function textOf(document: unknown): string | undefined {
  try {
    return JSON.stringify(document);
  } catch {
    return undefined;
  }
}

describe('the check sees a parser that', () => {
  const seen = (parse: (document: unknown) => unknown) => {
    const property = fc.property(spoilt([SETTINGS]), (document) => {
      const value = read('control', () => parse(document), InputError);
      if (value) expect(JSON.stringify(parsePruneSettings(again(value)))).toBe(JSON.stringify(value));
    });
    return fc.check(property, { seed: 1, numRuns: 500, endOnFailure: true }).failed;
  };

  test.each<[string, (document: unknown) => unknown]>([
    ['throws of another kind', (document) => (document as typeof SETTINGS).rules.map((rule) => rule.keepLatest) && undefined],
    ['takes what is not well-formed', (document) => document],
    [
      'tells the whole of what it was given',
      (document) => {
        throw new InputError(`got ${textOf(document)}`, []);
      },
    ],
    [
      'puts members where all objects have them',
      (document) => {
        merge({}, document);
        return undefined;
      },
    ],
  ])('%s', (_, parse) => {
    expect(seen(parse)).toBe(true);
    delete (Object.prototype as { polluted?: unknown }).polluted;
    for (const name of ['mode', 'keepLatest', '__proto__'] as const) {
      if (name !== '__proto__') delete (Object.prototype as Record<string, unknown>)[name];
    }
    expect(isPolluted()).toBe(false);
  });
});

/** As careless programs merge settings. */
function merge(into: Record<string, unknown>, from: unknown): void {
  if (typeof from !== 'object' || from === null) return;
  for (const [name, value] of Object.entries(from)) {
    if (typeof value === 'object' && value !== null && typeof into[name] === 'object' && into[name] !== null) {
      merge(into[name] as Record<string, unknown>, value);
    } else into[name] = value;
  }
}

describe('X-10: a megabyte of the worst text takes no longer than a hundred looks at it', () => {
  const MEGABYTE = 1_000_000;
  /** How many times longer than looking at every character once: a pattern that backtracks takes thousands of times as long. */
  const MOST = 100;

  const fill = (of: string, length: number) => of.repeat(Math.ceil(length / of.length)).slice(0, length);
  const fastest = (work: () => unknown) => {
    let best = Number.POSITIVE_INFINITY;
    for (let time = 0; time < 2; time += 1) {
      const began = performance.now();
      work();
      best = Math.min(best, performance.now() - began);
    }
    return best;
  };
  const looking = (text: string) =>
    fastest(() => {
      let sum = 0;
      for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
      return sum;
    });
  const slowdown = (text: string, read: (text: string) => unknown, once = looking(text)) =>
    fastest(() => read(text)) / Math.max(once, 0.05);
  const refused = (parse: () => unknown) => {
    try {
      return parse();
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  };

  const READERS: readonly [string, (text: string) => unknown][] = [
    ['ARNs', parseTaskDefinitionArn],
    ['revisions', parseRevision],
    ['patterns', (text) => isFamilyPattern(text) && matchesFamily(text, text)],
    ['names against a pattern', (text) => matchesFamily(`${'*a'.repeat(126)}*b`, text.slice(0, 255))],
    ['numbers', givenNumber],
    ['addresses', (text) => responseUrl(text, 'aws')],
    ['addresses that are not too long', (text) => responseUrl(`https://${text.slice(0, 8_000)}.amazonaws.com/`, 'aws')],
    ['tags', (text) => refused(() => parsePruneSettings({ ...SETTINGS, keepTag: text }))],
    ['names of settings', (text) => refused(() => parsePruneSettings({ ...SETTINGS, [text]: 1 }))],
    ['families', (text) => refused(() => parsePruneSettings({ ...SETTINGS, exceptFamilies: [text] }))],
    ['events', (text) => refused(() => parsePruneRequest({ [text]: text, families: [text] }))],
    [
      'requests',
      (text) =>
        readRequest(
          { ResponseURL: 'https://s3.amazonaws.com/', StackId: text, RequestId: text, LogicalResourceId: text },
          ENVIRONMENT,
        ),
    ],
    ['shown texts', (text) => visibleText(text, 1_000)],
  ];
  const WORST = ['a', '-', 'a-', '*', '*a', ':', '/', '9', '.', 'a.', 's3.', 'arn:aws:ecs:', 'a:1', ' ', '\u202e', '\ud800'];

  const worst = WORST.map((of) => {
    const text = fill(of, MEGABYTE);
    return { of, text, once: looking(text) };
  });

  test.each(READERS)('for %s', (_, read) => {
    const slow = worst.filter(({ text, once }) => slowdown(text, read, once) > MOST).map(({ of }) => of);
    expect(slow).toEqual([]);
  });

  test('and the check sees a pattern that backtracks', () => {
    expect(slowdown(fill('a', 10_000), (text) => /a*b/.test(text))).toBeGreaterThan(MOST);
  });
});
