import { physicalIdFor } from '../../engine/stack/physical-id';
import { revisionName } from '../../lib/contract/arn';
import { STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import {
  type CustomResourceAnswer,
  type CustomResourceEvent,
  Random,
  randomTrace,
  runTrace,
  success,
  type TracePort,
  type TraceRun,
  type TraceWorld,
} from '../../simulator';
import { StackHost, type StackInvocation } from './stack-host';

/** How many lives of a stack are played. `.ci/run` plays 150; STACK_BUNDLE_TRACES=2000 takes two minutes. */
const TRACES = Number(process.env.STACK_BUNDLE_TRACES ?? 30);
const SLICES = 5;
/** Beyond those that `test/engine/stack/lifecycle.test.ts` plays in every run. */
const FIRST_SEED = 1_000_000;

/** What goes wrong is told here, with the seed that shows it again. */
interface Finding {
  readonly seed: number;
  readonly what: string;
}

const counts = { requests: 0, resent: 0, acts: 0, retired: 0, rollbacks: 0 };
let host: StackHost;
beforeAll(async () => {
  host = await StackHost.start();
});
afterAll(() => host.stop());

const traceOf = (seed: number) =>
  randomTrace(new Random(seed), {
    customResourceType: STACK_RESOURCE.type,
    // Shorter lives than in process: every call goes over a socket.
    deployments: 4,
    serviceTimeoutSeconds: STACK_SECONDS.service,
    customResourceProperties: (taskDefinitions, version) => ({
      [STACK_RESOURCE.taskDefinitions]: taskDefinitions,
      ...(version > 1 ? { version } : {}),
    }),
  });

/** One life of a stack whose custom resource is the bundle, with every promise that its answers and acts break. */
async function live(seed: number): Promise<Finding[]> {
  const found: string[] = [];
  const trace = traceOf(seed);
  const random = new Random(seed);
  const ids = new Map<string, string>();
  const port: TracePort = async (event, world) => {
    counts.requests += 1;
    configure(event, world, seed);
    const attempts = stumble(random);
    const invocation = await host.invoke(event);
    if (attempts() > 1) counts.resent += 1;
    found.push(...brokenByInvocation(event, invocation, ids));
    if (invocation.error) throw invocation.error;
    return accepted(invocation)[0];
  };
  const prepare = (world: TraceWorld) => {
    host.ecs = world.ecs;
    host.stacks = world.stacks;
    world.ecs.intercept = async ({ action, input }, answer) => {
      if (action === 'DeregisterTaskDefinition' && recorded(world).has(input.taskDefinition as string))
        found.push(`deregistered ${input.taskDefinition}, which a stack records`);
      return answer();
    };
  };
  const run = await runTrace(trace, port, { clock: host.clock, prepare });
  found.push(...brokenByRun(run));
  // An operator who skips resources can block a rollback all alone: then it is blocked without the pruner as well.
  if (isBlocked(run) && !isBlocked(await runTrace(trace, answerOnly))) found.push('a rollback is blocked');
  const acts = run.deregistrations.filter(({ by }) => by === 'handler');
  counts.acts += acts.length;
  counts.retired += acts.filter(({ stackStatus }) => stackStatus === 'DELETE_IN_PROGRESS').length;
  counts.rollbacks += run.statuses.filter((status) => status === 'UPDATE_ROLLBACK_IN_PROGRESS').length;
  return found.map((what) => ({ seed, what }));
}

/** The function's environment as the template that is deployed now gives it. */
function configure(event: CustomResourceEvent, { trace, functionProperties }: TraceWorld, seed: number): void {
  const { Families = ['none'], RemovalPolicy = trace.removalPolicy } = functionProperties(event);
  host.configure(event.StackId, {
    families: Families as string[],
    removalPolicy: RemovalPolicy as 'RETAIN' | 'DESTROY',
    keepLatest: 1 + (seed % 3),
    minAgeMinutes: seed % 2 === 0 ? 0 : 60,
  });
}

/** Now and then S3 refuses an answer, or breaks the connection, once or twice before it takes it. */
function stumble(random: Random): () => number {
  const failures = random.chance(0.15) ? 1 + random.below(2) : 0;
  let attempts = 0;
  host.respond = (response) => {
    attempts += 1;
    if (attempts > failures) response.writeHead(200).end();
    else if (random.chance(0.5)) response.destroy();
    else response.writeHead(random.pick([500, 503])).end();
  };
  return () => attempts;
}

const accepted = ({ delivered }: StackInvocation): CustomResourceAnswer[] =>
  delivered.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body));

function brokenByInvocation(event: CustomResourceEvent, invocation: StackInvocation, ids: Map<string, string>): string[] {
  const { RequestType, ResponseURL, ResourceProperties } = event;
  const { delivered, calls, error, milliseconds, output, refused } = invocation;
  const found: string[] = [];
  const answers = accepted(invocation);
  const [answer] = answers;
  if (answers.length !== 1) found.push(`${RequestType} was answered ${answers.length} times`);
  if (new Set(delivered.map(({ body }) => body)).size > 1) found.push(`${RequestType} was answered in two ways`);
  if (delivered.some(({ host: name, path }) => `https://${name}${path}` !== ResponseURL))
    found.push('another address was asked');
  if (delivered.some(({ body }) => Buffer.byteLength(body) > 4096)) found.push('an answer is too long');
  if (answer?.Status !== 'SUCCESS') found.push(`${RequestType} was answered ${answer?.Status}`);
  if (error) found.push(`${RequestType} threw ${error.message}`);
  if (milliseconds > (STACK_SECONDS.service - 20) * 1000) found.push(`${RequestType} took ${milliseconds} ms`);
  if (refused.length > 0) found.push(`${RequestType} wanted ${refused.join(', ')}`);
  if (/X-Amz-|Signature=/.test(output) || output.includes(new URL(ResponseURL).search.slice(-64)))
    found.push('a secret is logged');
  if (RequestType === 'Delete') {
    if (answer?.PhysicalResourceId !== event.PhysicalResourceId) found.push('the id of a Delete changed');
    return found;
  }
  if (Object.keys(calls).length > 0) found.push(`${RequestType} called ${Object.keys(calls).join(', ')}`);
  const key = JSON.stringify([...(ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[])].sort());
  const id = answer?.PhysicalResourceId ?? '';
  if ((ids.get(key) ?? id) !== id) found.push('the same ARNs gave another id');
  ids.set(key, id);
  return found;
}

function brokenByRun({ deregistrations, trace }: TraceRun): string[] {
  const found: string[] = [];
  for (const { by, stackStatus, family, revision, referencedBy, statusBefore } of deregistrations) {
    if (by !== 'handler') continue;
    const name = revisionName({ family, revision });
    const retired = trace.removalPolicy === 'DESTROY' && stackStatus === 'DELETE_IN_PROGRESS';
    if (stackStatus !== 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' && !retired) found.push(`deregistered ${name} in ${stackStatus}`);
    if (!retired && referencedBy.length > 0) found.push(`deregistered ${name}, used by ${referencedBy.join(', ')}`);
    if (statusBefore !== 'ACTIVE') found.push(`deregistered ${name} again`);
  }
  return found;
}

/** The task definitions that any stack records. */
function recorded({ stacks }: TraceWorld): Set<string | undefined> {
  const all = stacks.describeStacks().Stacks.flatMap(({ StackId }) => stacks.resourcesOf(StackId));
  return new Set(all.filter(({ type }) => type === 'AWS::ECS::TaskDefinition').map(({ physicalId }) => physicalId));
}

const isBlocked = ({ blocked }: TraceRun) => blocked.some(({ isInactive }) => isInactive);

const answerOnly: TracePort = async (event) => {
  const id = physicalIdFor(event.ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[]);
  return success(event, event.RequestType === 'Delete' ? event.PhysicalResourceId : id);
};

describe(`${TRACES} lives of a stack, played through the bundle`, () => {
  test.each(Array.from({ length: SLICES }, (_, slice) => slice))(
    'no rollback is blocked, every request is answered once and in time, nothing goes outside the clean-up (C-01 to C-08), part %i',
    async (slice) => {
      const findings: Finding[] = [];
      for (let place = slice; place < TRACES && findings.length === 0; place += SLICES) {
        findings.push(...(await live(FIRST_SEED + place)));
      }
      expect(findings).toEqual([]);
    },
    30_000 + TRACES * 500,
  );

  test('and they were not idle: there was much to answer, also again, to roll back, and to let go', () => {
    expect(counts.requests).toBeGreaterThan(TRACES * 2);
    expect(counts.resent).toBeGreaterThan(TRACES / 10);
    expect(counts.rollbacks).toBeGreaterThan(TRACES / 10);
    expect(counts.acts).toBeGreaterThan(TRACES / 20);
    expect(counts.retired).toBeGreaterThan(0);
  });
});
