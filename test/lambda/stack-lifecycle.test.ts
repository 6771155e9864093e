import { physicalIdFor } from '../../engine/stack/physical-id';
import { STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import { Random, randomTrace, runTrace, success, type TracePort, type TraceRun } from '../../simulator';
import { StackHost } from './stack-host';

/** How many lives of a stack are played through the bundle: 2,000 by STACK_BUNDLE_TRACES=2000. */
const TRACES = Number(process.env.STACK_BUNDLE_TRACES ?? 150);
/** Other lives than those that are played in process. */
const FIRST_SEED = 1_000_000;

let host: StackHost;
beforeAll(async () => {
  host = await StackHost.start();
});
afterAll(() => host.stop());

const traceOf = (seed: number) =>
  randomTrace(new Random(seed), {
    customResourceType: STACK_RESOURCE.type,
    serviceTimeoutSeconds: STACK_SECONDS.service,
    customResourceProperties: (taskDefinitions, version) => ({
      [STACK_RESOURCE.taskDefinitions]: taskDefinitions,
      ...(version > 1 ? { version } : {}),
    }),
  });

const isBlocked = ({ blocked }: TraceRun) => blocked.some(({ isInactive }) => isInactive);
const answerOnly: TracePort = async (event) => {
  const id = physicalIdFor(event.ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[]);
  return success(event, event.RequestType === 'Delete' ? event.PhysicalResourceId : id);
};

test(
  `${TRACES} lives of a stack through the bundle: answered once, in time, SUCCESS; nothing goes outside the clean-up (C-01 to C-08)`,
  async () => {
    const found: string[] = [];
    let [requests, acts] = [0, 0];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + TRACES && found.length === 0; seed += 1) {
      const trace = traceOf(seed);
      const port: TracePort = async (event, world) => {
        const settings = world.functionProperties(event);
        host.configure(event.StackId, {
          families: (settings.Families as string[] | undefined) ?? ['none'],
          removalPolicy: (settings.RemovalPolicy as 'RETAIN' | 'DESTROY' | undefined) ?? trace.removalPolicy,
          keepLatest: 1 + (seed % 3),
          minAgeMinutes: seed % 2 === 0 ? 0 : 60,
          actionsPerSecond: 0.9,
        });
        const { answers, delivered, calls, error, milliseconds, output } = await host.invoke(event);
        requests += 1;
        const say = (what: string) => found.push(`${seed}, ${event.RequestType}: ${what}`);
        if (error) say(error.message);
        if (answers.length !== 1) say(`answered ${answers.length} times`);
        if (answers[0]?.Status !== 'SUCCESS') say(`answered ${answers[0]?.Status}`);
        if (delivered.some(({ body }) => Buffer.byteLength(body) > 4096)) say('an answer is too long');
        if (milliseconds > (STACK_SECONDS.service - 20) * 1000) say(`took ${milliseconds} ms`);
        if (event.RequestType !== 'Delete' && Object.keys(calls).length > 0) say(`called ${Object.keys(calls)}`);
        if (event.RequestType === 'Delete' && answers[0]?.PhysicalResourceId !== event.PhysicalResourceId) say('another id');
        if (output.includes('X-Amz-Signature')) say('told the ResponseURL');
        return answers[0] as never;
      };
      const run = await runTrace(trace, port, {
        clock: host.clock,
        prepare: ({ ecs, stacks }) => {
          host.ecs = ecs;
          host.stacks = stacks;
        },
      });
      for (const { by, stackStatus, family, revision, referencedBy } of run.deregistrations) {
        if (by !== 'handler') continue;
        acts += 1;
        const retired = trace.removalPolicy === 'DESTROY' && stackStatus === 'DELETE_IN_PROGRESS';
        const name = `${family}:${revision}`;
        if (!retired && stackStatus !== 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') found.push(`${seed}: ${name} in ${stackStatus}`);
        if (!retired && referencedBy.length > 0) found.push(`${seed}: ${name}, used by ${referencedBy}`);
      }
      if (isBlocked(run) && !isBlocked(await runTrace(trace, answerOnly))) found.push(`${seed}: a rollback is blocked`);
    }
    expect(found).toEqual([]);
    expect(requests).toBeGreaterThan(TRACES * 2);
    expect(acts).toBeGreaterThan(TRACES / 20);
  },
  60_000 + TRACES * 400,
);
