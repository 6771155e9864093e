import { STACK_RESOURCE, STACK_SECONDS } from '../../lib/contract/stack-pruning';
import { StackSimulator, type StackTemplate, WIRE_FAULT_KINDS, WireFaults } from '../../simulator';
import type { When } from '../engine/fault-outcomes';
import { StackHost, type StackInvocation } from './stack-host';
import { expected, ONE_IN, type WireCase } from './wire-pass';

/** Every read of CloudFormation's, in the order of a run. */
const READS = ['DescribeStacks', 'DescribeStackResource', 'ListStackResources', 'DescribeStackResources'] as const;
const WHEN: readonly When[] = ['first', 'always'];

let host: StackHost;
// A client of its own for each: one that has failed often asks again no more.
beforeEach(async () => {
  host = await StackHost.start();
});
afterEach(() => host.stop());

const template = (image: number): StackTemplate => ({
  resources: [
    {
      logicalId: 'Web',
      type: 'AWS::ECS::TaskDefinition',
      properties: { Family: 'web', ContainerDefinitions: [{ Name: 'web', Image: `web:${image}`, Memory: 64 }] },
      updateReplacePolicy: 'Retain',
      deletionPolicy: 'RetainExceptOnCreate',
    },
    {
      logicalId: 'Service',
      type: 'AWS::ECS::Service',
      properties: { Cluster: 'main', DesiredCount: 1, TaskDefinition: { Ref: 'Web' } },
    },
    {
      logicalId: 'OldRevisions',
      type: STACK_RESOURCE.type,
      properties: { ServiceToken: 'token', ServiceTimeout: STACK_SECONDS.service, taskDefinitions: [{ Ref: 'Web' }] },
    },
  ],
});

/** Three updates; the clean-up of the third, in which web:1 may go, is struck. */
async function play(one?: WireCase): Promise<{ invocation: StackInvocation; gone: string[]; struck: number; status: string }> {
  host.ecs = host.newEcs();
  host.ecs.seedCluster('main');
  let last: StackInvocation | undefined;
  let faults: WireFaults | undefined;
  const clock = { now: () => host.time.now(), sleep: async (ms: number) => host.time.advanceTo(host.time.now() + ms) };
  const isStruck = (ids: string) => one !== undefined && ids.endsWith('/web:2');
  host.stacks = new StackSimulator({
    ecs: host.ecs,
    clock: host.clock,
    customResource: async (event) => {
      const [of = ''] = event.ResourceProperties.taskDefinitions as string[];
      if (one?.on === 'wire' && event.RequestType === 'Delete' && isStruck(of)) {
        faults = new WireFaults([{ ...one, from: 1, times: one.when === 'always' ? 1e9 : 1 }], { clock });
        host.faults = faults;
      }
      last = await host.invoke(event);
      host.faults = undefined;
      return last.answers[0] as never;
    },
  });
  const stack = host.stacks.stack('shop');
  host.configure(stack.id, { keepLatest: 2, minAgeMinutes: 0, keepSuccessfulDeployments: 1 });
  let status = '';
  for (const image of [1, 2, 3]) {
    status = await stack.deploy(template(image));
    host.time.advanceTo(host.time.now() + 2 * 3_600_000);
  }
  const gone = host.ecs.log.destructive.map(({ family, revision }) => `${family}:${revision}`);
  return { invocation: last as StackInvocation, gone, struck: faults?.struck.length ?? 0, status };
}

const cases = (action: string): WireCase[] =>
  WHEN.flatMap((when) => WIRE_FAULT_KINDS.map((kind): WireCase => ({ on: 'wire', kind, action, when }))).filter(
    (_, place) => (place + action.length) % ONE_IN === 0,
  );

describe("P-05 P-06 P-07: CloudFormation's answers, over the real SDK and sockets", () => {
  test('without a fault the oldest goes', async () => {
    expect(await play()).toMatchObject({ gone: ['web:1'], status: 'UPDATE_COMPLETE' });
  });

  test.each(READS)(
    '%s: after a read that is not whole nothing is let go, and the stack goes on',
    async (action) => {
      const wrong: string[] = [];
      for (const one of cases(action)) {
        const { invocation, gone, struck, status } = await play(one);
        const refused = expected(one) === 'refused';
        const told = `${one.kind}, ${one.when}: ${gone} ${status} ${invocation.answers[0]?.Reason}`;
        if (struck === 0) wrong.push(`struck nothing: ${told}`);
        if (gone.join() !== (refused ? '' : 'web:1')) wrong.push(told);
        if (status !== 'UPDATE_COMPLETE' || invocation.answers[0]?.Status !== 'SUCCESS') wrong.push(`kept the stack: ${told}`);
        // The look right before an act may also end with the time for acts.
        const named =
          invocation.output.includes(`${action}: `) || (action === 'DescribeStackResources' && /; deadline$/.test(told));
        if (refused && !named) wrong.push(`does not name the call: ${told}`);
        if (invocation.milliseconds > (STACK_SECONDS.service - 20) * 1000) wrong.push(`${invocation.milliseconds} ms: ${told}`);
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});
