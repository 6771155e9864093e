import { REFERRERS } from '../../lib/contract/referrers';
import {
  FAULT_KINDS,
  FaultFace,
  type PlannedFault,
  type PlannedWireFault,
  WIRE_FAULT_KINDS,
  WireFaults,
} from '../../simulator';
import { TIMES } from '../engine/fault-outcomes';
import { REFERRER_READS, type ReferrerRead } from '../engine/referrer-fault-outcomes';
import { seedReferrers } from '../engine/seed-referrers';
import { ENVIRONMENT, LambdaHost, World } from './lambda-host';
import { dueWorld } from './small-world';
import { faultsOfRead, ONE_IN, type Played, Tally, told, type WireCase } from './wire-pass';

const tally = new Tally();
let host: LambdaHost;
let due: readonly string[];
beforeAll(async () => {
  host = await LambdaHost.start();
  due = (await play()).gone;
});
afterAll(async () => {
  if (process.env.WIRE_FAULTS) process.stdout.write(tally.toString());
  await host.stop();
});

const arn = (name: string) => `arn:aws:ecs:${ENVIRONMENT.region}:${ENVIRONMENT.account}:task-definition/${name}`;
/** Of what would be due these are kept by somebody beside ECS. */
const PINNED = ['web:1', 'web:4', 'api:1', 'api:3'];

/** Pages without an end end with the run's time, which is shown in process. */
const CASES: readonly WireCase[] = REFERRER_READS.flatMap(({ action }) =>
  TIMES.flatMap((when): WireCase[] => [
    ...WIRE_FAULT_KINDS.map((kind): WireCase => ({ on: 'wire', kind, action, when })),
    ...FAULT_KINDS.filter((kind) => kind !== 'empty page').map((kind): WireCase => ({ on: 'answers', kind, action, when })),
  ]),
);
/** `WIRE_FAULTS=all` plays every case; otherwise a dozen of them. */
const SHARE = ONE_IN === 1 ? 1 : 211;
const casesOf = (read: ReferrerRead) => CASES.filter(({ action }, place) => action === read.action && place % SHARE === 0);

/** One run of the bundle in a world with some of every kind beside ECS, a page each, under a fault. */
async function play(one?: WireCase): Promise<Played> {
  const world = await dueWorld(host, new World({ neighborPages: { pageSize: 1 } }));
  const { neighbors, stacks } = world;
  seedReferrers(neighbors, (place) => arn(PINNED[place % PINNED.length] as string), arn('web:8'));
  // A stack that is at rest, and records the newest revision.
  const [Family, Image] = ['web', 'nginx'];
  const properties = { Family, ContainerDefinitions: [{ Name: 'web', Image, Memory: 64 }] };
  const web = { logicalId: 'Web', type: 'AWS::ECS::TaskDefinition', properties };
  const queue = { logicalId: 'Queue', type: 'AWS::SQS::Queue', properties: {} };
  expect(await stacks.stack('jobs').deploy({ resources: [web, queue] })).toBe('CREATE_COMPLETE');
  const advance = (ms: number) => host.time.advanceTo(host.time.now() + ms);
  // Time goes on for whoever waits for an answer, too.
  const clock = { now: () => host.time.now(), sleep: async (ms: number) => advance(ms), advance };
  const planned = one && { ...one, from: one.when === 'later' ? 2 : 1, times: one.when === 'always' ? 1e9 : 1 };
  const read = REFERRER_READS.find(({ action }) => action === one?.action);
  const answers = planned?.on === 'answers' ? [planned as PlannedFault] : [];
  const face = new FaultFace(answers, {
    clock,
    seed: 1,
    mention: arn('web:2'),
    token: read?.token,
    resultOf: () => read?.result,
  });
  if (read) (read.kind === 'CLOUD_FORMATION' ? stacks : neighbors.byKind[read.kind]).intercept = face.intercept;
  world.faults = new WireFaults(planned?.on === 'wire' ? [planned as PlannedWireFault] : [], { clock });
  const invocation = await host.invoke();
  const struck = world.faults.struck.length + face.struck.length;
  const mentioned = [...face.mentioned.keys()].map((name) => name.slice(name.lastIndexOf('/') + 1));
  return { ...invocation, world, struck, mentioned, gone: [...world.deregistered].sort() };
}

describe('P-05 P-06 P-07 P-14: every read beside ECS, struck by every fault, over the real SDK and sockets', () => {
  test('the world without a fault lets go what is due, and nothing that somebody beside ECS needs', () => {
    expect(due).toEqual(['api:4', 'api:5', 'web:2', 'web:5']);
  });

  test.each(REFERRER_READS.map((read) => [read.action, read] as const))(
    '%s: after a read that is not whole nothing is let go; what is asked again makes no difference',
    async (_, read) => {
      const wrong: string[] = [];
      let struck = 0;
      for (const one of casesOf(read)) {
        const played = await play(one);
        tally.add(one, played);
        struck += played.struck;
        wrong.push(...faultsOfRead(one, played, due));
        const refusal = played.answer?.refusals.join() ?? '';
        if (one.kind === 'access denied' && played.struck > 0) {
          const rights = Object.keys(REFERRERS[read.kind].actions);
          if (!rights.every((right) => refusal.includes(`${right} on `)))
            wrong.push(`does not name the rights: ${told(one, played)}`);
          if (!refusal.includes(`name ${read.kind} in 'tolerateDenied'`))
            wrong.push(`does not name the settings: ${told(one, played)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(host.leaks()).toEqual([]);
      if (ONE_IN === 1) expect(struck).toBeGreaterThan(WIRE_FAULT_KINDS.length + FAULT_KINDS.length);
    },
    900_000,
  );

  test('control: an answer that is spoiled and yet passes for whole is found', async () => {
    const one = { on: 'wire', kind: 'half a document', action: 'ListSchedules', when: 'first' } as const;
    expect(faultsOfRead(one, await play(one), due)).toEqual([]);
    expect(faultsOfRead(one, { ...(await play()), struck: 1 }, due)).not.toEqual([]);
  });
});
