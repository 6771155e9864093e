import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { physicalIdFor } from '../../engine/stack/physical-id';
import { LEDGER } from '../../lib/contract/ledger-keys';
import { STACK_RESOURCE } from '../../lib/contract/stack-pruning';
import { CANARIES, canariesIn, EcsSimulator, RawAnswer, SimulatedError, StackSimulator, VirtualClock } from '../../simulator';
import { definitionWithCanaries } from '../../simulator/real-definitions';
import { MemoryLedger } from '../engine/memory-ledger';
import { Pruner } from '../engine/pruner';
import { DEFINITION, ENVIRONMENT, HOUR, START } from '../engine/random-world';
import { BUCKET, DAY, type Invocation, LambdaHost } from '../lambda/lambda-host';
import { dueWorld, SMALL_SETTINGS, smallWorld } from '../lambda/small-world';
import { S3_HOST, StackHost } from '../lambda/stack-host';
import { parameters, piece, STEERS } from './hostile';

/** What names and sentences may bring: controls, escapes, bidi and zero-width marks, line separators, halves of a pair, quotes. */
const HOSTILE_NAME =
  'a\n\r\u0000\u001b[31m\u001b]0;owned\u0007\u009b31m\u0085\u2028\u2029\u202e\u2066\u200b\ufeff\ud800"\\\'`$(id)';

/** What a text says to whoever breaks it into lines in any of the ways there are, or shows it on a terminal. */
function faultsOfText(text: string, where: string): string[] {
  const at = STEERS.exec(text)?.index;
  return at === undefined ? [] : [`${where} steers: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`];
}

/** Standard output is one record of JSON a line, and nothing in it is anything but a line break unseen. */
function faultsOfOutput(output: string): string[] {
  const found: string[] = [];
  for (const line of output.split('\n').filter((one) => one !== '')) {
    found.push(...faultsOfText(line, 'a line'));
    try {
      if (typeof JSON.parse(line) !== 'object') found.push(`a line is no record: ${line.slice(0, 80)}`);
    } catch {
      found.push(`a line is no JSON: ${line.slice(0, 80)}`);
    }
  }
  return found;
}

/** As a careless logger would print it. */
const everythingIn = (thing: unknown) =>
  inspect(thing, { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null });

describe('X-08: names and sentences from outside steer nothing and break no line, X-01: and no secret comes out, by way of', () => {
  describe('the pruner on a schedule, through its bundle:', () => {
    let host: LambdaHost;
    beforeAll(async () => {
      host = await LambdaHost.start();
    });
    beforeEach(() => dueWorld(host));
    afterAll(() => host.stop());

    const faults = ({ output, events, error }: Invocation): string[] => {
      const { objects } = host.world;
      return [
        ...faultsOfOutput(output),
        ...events.flatMap(({ Detail = '' }) => faultsOfText(Detail, 'an event')),
        ...objects.keys(BUCKET).flatMap((key) => faultsOfText(objects.text(BUCKET, key) ?? '', key)),
        ...faultsOfText(error?.message ?? '', 'an error'),
      ];
    };

    test('what clusters, services, tasks and their tags are called', async () => {
      const { ecs } = host.world;
      ecs.seedCluster(HOSTILE_NAME);
      const tags = [{ key: HOSTILE_NAME, value: `${HOSTILE_NAME}${CANARIES.tagValue}` }];
      const events = [`${HOSTILE_NAME}${CANARIES.serviceEvent}`];
      const made = { cluster: HOSTILE_NAME, name: HOSTILE_NAME, taskDefinition: 'web:1', history: ['web:2'], tags, events };
      ecs.seedService(made);
      ecs.seedService({ ...made, name: `${HOSTILE_NAME}2`, controller: 'EXTERNAL', desiredCount: 0 });
      const reasons = { group: HOSTILE_NAME, startedBy: HOSTILE_NAME, stoppedReason: CANARIES.stoppedReason };
      ecs.seedTask({ cluster: HOSTILE_NAME, taskDefinition: 'web:4', stopAt: Date.now() - HOUR / 2, ...reasons });
      ecs.seedFamily({ family: 'odd', ...DEFINITION }, [
        { registeredAt: Date.now() - 90 * DAY, tags, registeredBy: HOSTILE_NAME },
        { registeredAt: Date.now() - 80 * DAY },
      ]);
      const invocation = await host.invoke();
      expect(invocation.answer?.outcome).toBe('done');
      expect(faults(invocation)).toEqual([]);
      expect(host.leaks()).toEqual([]);
      // They are told, in their place, as what they are.
      expect(JSON.stringify(host.world.plan)).toContain('service a\\\\u{a}\\\\u{d}\\\\u{0}\\\\u{1b}[31m');
    });

    test('what ECS, S3 and EventBridge say when they refuse', async () => {
      const { world } = host;
      const sentence = `${HOSTILE_NAME.repeat(200)} is not authorized`;
      const refuse = async () => {
        throw new SimulatedError('AccessDeniedException', sentence);
      };
      const seen: Invocation[] = [];
      const tick = async () => {
        seen.push(await host.invoke());
        world.mend();
      };
      world.ecs.intercept = async ({ action }, answer) => (action === 'ListTasks' ? refuse() : answer());
      await tick();
      world.ecs.intercept = async ({ action }, answer) => (action === 'DeregisterTaskDefinition' ? refuse() : answer());
      await tick();
      world.ecs.intercept = async ({ action }, answer) =>
        action === 'DescribeServices' ? { services: [], failures: [{ arn: HOSTILE_NAME, reason: sentence }] } : answer();
      await tick();
      const xml = `<Error><Code>AccessDenied</Code><Message>\u202e\u2028\u009b31m${'x'.repeat(50_000)}</Message></Error>`;
      world.objects.intercept = async ({ key }, answer) =>
        key === LEDGER.announcements ? new RawAnswer(403, xml, 'application/xml') : answer();
      await tick();
      world.events.intercept = async () => ({
        FailedEntryCount: 1,
        Entries: [{ ErrorCode: HOSTILE_NAME, ErrorMessage: sentence }],
      });
      await tick();
      expect(seen.map(({ answer, error }) => answer?.outcome ?? typeof error)).toEqual([
        'refused',
        'object',
        'refused',
        'object',
        'done',
      ]);
      expect(seen.flatMap(faults)).toEqual([]);
      for (const { output } of seen) expect(output.length).toBeLessThan(40_000);
      expect(host.leaks()).toEqual([]);
    });

    test('what a ledger, settings and an event hold that are not as they should be', async () => {
      const seen: Invocation[] = [];
      host.world.objects.put(BUCKET, LEDGER.announcements, JSON.stringify({ version: HOSTILE_NAME.repeat(100) }));
      seen.push(await host.invoke());
      seen.push(await host.invoke({ [HOSTILE_NAME]: HOSTILE_NAME, families: [HOSTILE_NAME] }));
      host.configure({ ...SMALL_SETTINGS, [HOSTILE_NAME.repeat(50)]: 1, keepTag: HOSTILE_NAME, mode: HOSTILE_NAME });
      seen.push(await host.invoke());
      // What the test itself has put into the ledger is no sink.
      host.world.objects.delete(BUCKET, LEDGER.announcements);
      for (const { error } of seen) expect(['InputError', 'Error']).toContain(error?.name);
      expect(seen.flatMap(faults)).toEqual([]);
      expect(host.leaks()).toEqual([]);
    });
  });

  describe('the pruner of a stack, through its bundle:', () => {
    let host: StackHost;
    beforeAll(async () => {
      host = await StackHost.start();
    });
    afterAll(() => host.stop());

    test('ids, reasons and whatever the stack, its task definitions and ECS say', async () => {
      host.ecs = host.newEcs();
      host.ecs.seedCluster('main');
      const spoken: string[] = [];
      const texts: string[] = [];
      const take = async (event: unknown) => {
        const { output, answers, delivered, error } = await host.invoke(event);
        spoken.push(output, everythingIn(error));
        texts.push(...faultsOfOutput(output), ...delivered.flatMap(({ body }) => faultsOfText(body, 'an answer')));
        for (const { body } of delivered) {
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
          expect(body).toMatch(/^[\x20-\x7e]*$/);
        }
        return answers[0] as never;
      };
      host.stacks = new StackSimulator({ ecs: host.ecs, clock: host.clock, customResource: take });
      const stack = host.stacks.stack('shop');
      host.configure(stack.id, { keepLatest: 1, minAgeMinutes: 0, keepSuccessfulDeployments: 1 });
      const secret = definitionWithCanaries('nginx', 'web', ENVIRONMENT);
      for (const version of [1, 2, 3, 4]) {
        // In the third clean-up ECS refuses, in words of its own.
        host.ecs.intercept = async ({ action }, answer) => {
          if (version === 3 && action === 'DeregisterTaskDefinition')
            throw new SimulatedError('ClientException', HOSTILE_NAME.repeat(200));
          return answer();
        };
        const Tags = [{ Key: HOSTILE_NAME, Value: `${version} ${CANARIES.tagValue}` }];
        await stack.deploy({
          resources: [
            {
              logicalId: 'Web',
              type: 'AWS::ECS::TaskDefinition',
              properties: {
                Family: 'web',
                ContainerDefinitions: capitals(secret.containerDefinitions),
                Cpu: `${version * 256}`,
                Tags,
              },
              updateReplacePolicy: 'Retain',
              deletionPolicy: 'RetainExceptOnCreate',
            },
            {
              logicalId: 'OldRevisions',
              type: STACK_RESOURCE.type,
              properties: { ServiceToken: 'token', ServiceTimeout: 600, taskDefinitions: [{ Ref: 'Web' }] },
            },
          ],
        });
        host.time.advanceTo(host.time.now() + 2 * HOUR);
      }
      host.ecs.intercept = undefined;
      expect(host.ecs.log.destructive.length).toBeGreaterThan(0);
      const arn = `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/web:1`;
      const forged = {
        RequestType: HOSTILE_NAME,
        ResponseURL: `https://${S3_HOST}/key?X-Amz-Signature=0123456789abcdef-CANARY`,
        StackId: stack.id,
        RequestId: '11111111-2222-3333-4444-555555555555',
        LogicalResourceId: 'OldRevisions',
        ResourceProperties: { taskDefinitions: [arn], [HOSTILE_NAME]: CANARIES.command },
      };
      await take(forged);
      await take({ ...forged, RequestId: HOSTILE_NAME });
      await take({ ...forged, RequestType: 'Delete', PhysicalResourceId: physicalIdFor([arn]), StackId: `${stack.id}x` });
      expect(texts).toEqual([]);
      const sinks = [...spoken, JSON.stringify(host.events.entries)].join('\n');
      expect(canariesIn(sinks)).toEqual([]);
      expect(sinks).not.toMatch(/X-Amz-Signature|CANARY/);
    });
  });

  test('any names at all, of clusters, services, tasks and tags, into plans, events, lines and the ledger', async () => {
    const names = fc.uniqueArray(
      fc
        .array(
          piece.filter((one) => !/[/:]/.test(one)),
          { minLength: 1, maxLength: 6 },
        )
        .map((pieces) => `n${pieces.join('')}`),
      { minLength: 3, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(names, async (given) => {
        const clock = new VirtualClock(START);
        const ecs = new EcsSimulator({ clock, environment: ENVIRONMENT });
        const ages = Array.from({ length: 14 }, (_, place) => ({
          registeredAt: START - (60 - place) * DAY,
          tags: [{ key: given[0] as string, value: CANARIES.tagValue }],
        }));
        ecs.seedFamily(definitionWithCanaries('nginx', 'web', ENVIRONMENT), ages);
        for (const [place, name] of given.entries()) {
          const cluster = given[place % 2] as string;
          ecs.seedCluster(cluster);
          ecs.seedService({ cluster, name, taskDefinition: `web:${place + 1}`, history: [`web:${place + 2}`] });
          ecs.seedTask({ cluster, taskDefinition: `web:${place + 1}`, group: name, startedBy: name });
        }
        const ledger = new MemoryLedger();
        const pruner = new Pruner({ ecs, clock, ledger, settings: { noticePeriodMinutes: 60 } });
        await pruner.tick();
        clock.advance(2 * HOUR);
        await pruner.tick();
        const { lines, metrics, events } = pruner.reporter;
        const sinks = [
          ...ledger.history.map(({ text }) => text),
          ...[...lines, ...metrics, ...events].map((one) => JSON.stringify(one)),
        ];
        expect(sinks.flatMap((text) => faultsOfText(text, 'a document'))).toEqual([]);
        expect(canariesIn(sinks.join('\n'))).toEqual([]);
      }),
      parameters(0.004),
    );
  });
});

/** A definition as a template has it: names of members begin with a capital. */
function capitals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitals);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.charAt(0).toUpperCase() + name.slice(1), capitals(inner)]),
  );
}

test('the checks see a line that is broken, one that steers, and one that is no record', () => {
  expect(faultsOfOutput('{"a":1}\n{"b":\n')).toEqual(['a line is no JSON: {"b":']);
  expect(faultsOfOutput('"text"\n')).toEqual(['a line is no record: "text"']);
  for (const unseen of ['\u2028', '\u202e', '\u009b', '\u200b']) expect(faultsOfOutput(`{"a":"${unseen}"}\n`)).toHaveLength(1);
  for (const unseen of ['\u001b', '\r']) expect(faultsOfOutput(`{"a":"${unseen}"}\n`)).toHaveLength(2);
});

test('what is told of a small world holds no secret even where it is printed whole', async () => {
  const world = smallWorld();
  expect(
    canariesIn(everythingIn(await world.ecs.call('DescribeTaskDefinition', { taskDefinition: 'web:1' }))).length,
  ).toBeGreaterThan(3);
});
