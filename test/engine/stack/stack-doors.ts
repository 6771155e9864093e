import type { EcsCall } from '../../../engine/aws/ecs-call';
import { EcsApiReader } from '../../../engine/aws/ecs-reader';
import { PacedLimiter } from '../../../engine/aws/paced-limiter';
import { EcsTaskDefinitions } from '../../../engine/aws/task-definitions';
import { SECOND } from '../../../engine/clock';
import { EcsCallError } from '../../../engine/ecs-call-error';
import { IncompleteScan } from '../../../engine/incomplete-scan';
import type { StackReporter, Stacks } from '../../../engine/stack/ports';
import { answerStackRequest, type StackDoors } from '../../../lambda/stack-request';
import type { StackPruneMetric } from '../../../lib/contract/metrics';
import type { StackPruneSettings } from '../../../lib/contract/stack-prune-settings';
import { STACK_SECONDS, type StackReason } from '../../../lib/contract/stack-pruning';
import { type EcsSimulator, SimulatedError, type StackSimulator, type VirtualClock } from '../../../simulator';
import { NOBODY_ELSEWHERE } from '../elsewhere';

export const STACK_SETTINGS: StackPruneSettings = {
  version: 1,
  families: ['web'],
  keepLatest: 3,
  minAgeMinutes: 60,
  keepSuccessfulDeployments: 3,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
  removalPolicy: 'RETAIN',
};

/** Everything that a run said, for tests to search. */
export class RecordingStackReporter implements StackReporter {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  readonly metrics: Partial<Record<StackPruneMetric, number>> = {};
  readonly reasons: StackReason[] = [];
  readonly events: { readonly type: string; readonly detail: object }[] = [];

  info(message: string, fields: object): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: object): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  metric(metric: StackPruneMetric, value: number): void {
    this.metrics[metric] = (this.metrics[metric] ?? 0) + value;
  }

  passedOver(reason: StackReason): void {
    this.metric('deletesPassedOver', 1);
    this.reasons.push(reason);
  }

  async event(type: string, detail: object): Promise<void> {
    this.events.push({ type, detail });
  }
}

/** The stack simulator behind the port that the SDK's adapter stands behind in Lambda. */
export function simulatedStacks(stacks: StackSimulator): Stacks {
  const read = async <T>(name: string, look: () => T): Promise<T> => {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof SimulatedError)) throw error;
      throw new IncompleteScan(name, error.message, error.code);
    }
  };
  return {
    status: (id) =>
      read('DescribeStacks', () => {
        const [stack] = stacks.describeStacks(id).Stacks;
        return { status: stack?.StackStatus ?? '', parentId: stack?.ParentId, rootId: stack?.RootId };
      }),
    recordedPhysicalId: (id, logicalId) =>
      read('DescribeStackResource', () => stacks.describeStackResource(id, logicalId).StackResourceDetail.PhysicalResourceId),
    resources: (id) =>
      read('ListStackResources', () =>
        stacks.resourcesOf(id).map(({ type, logicalId, physicalId, status }) => ({ type, logicalId, physicalId, status })),
      ),
    ownerOf: (physicalResourceId) =>
      read('DescribeStackResources', () => {
        const { StackResources: found } = stacks.describeStackResources({ physicalResourceId });
        const own = found.find(({ PhysicalResourceId }) => PhysicalResourceId === physicalResourceId);
        return own && !/^DELETE_(COMPLETE|SKIPPED)$/.test(own.ResourceStatus) ? own.StackId : undefined;
      }).catch((error: IncompleteScan) => {
        if (error.message.includes('does not exist')) return undefined;
        throw error;
      }),
  };
}

export interface SimulatedDoors {
  readonly ecs: EcsSimulator;
  readonly clock: VirtualClock;
  readonly stacks: Stacks;
  readonly stackId: string;
  readonly settings?: Partial<StackPruneSettings>;
  readonly reporter?: StackReporter;
  /** Stands between the engine and ECS: to count, to fail, to look on. */
  readonly around?: (call: EcsCall) => EcsCall;
  readonly put?: StackDoors['put'];
  /** Who beside ECS refers to revisions. */
  readonly services?: StackDoors['services'];
}

/** The doors of the handler on simulators in process: no HTTP, and a clock that jumps. */
export function doorsOf(options: SimulatedDoors): StackDoors {
  const { ecs, clock, stacks, stackId, around = (call) => call } = options;
  const settings = { ...STACK_SETTINGS, ...options.settings };
  return {
    environment: ecs.environment,
    stackId,
    pruner: 'test',
    settings: () => settings,
    stacks,
    ecs: ({ actionsPerSecond }) => {
      const pace = new PacedLimiter(clock, actionsPerSecond, 0);
      const call = around(directCall(ecs, pace));
      return { definitions: new EcsTaskDefinitions(ecs.environment, call, pace), reader: new EcsApiReader(call) };
    },
    services: options.services ?? NOBODY_ELSEWHERE.services,
    reporter: options.reporter ?? new RecordingStackReporter(),
    clock,
    deadline: clock.now() + STACK_SECONDS.function * SECOND,
    put: options.put ?? (async () => undefined),
  };
}

/** One request, answered; gives the bodies that were put. */
export async function answersTo(event: unknown, options: SimulatedDoors): Promise<string[]> {
  const bodies: string[] = [];
  const put = async (_: URL, body: string) => void bodies.push(body);
  await options.clock.run(answerStackRequest(event, doorsOf({ put, ...options })));
  return bodies;
}

/** ECS without a network: only deregistrations take time, as their pace tells. */
function directCall(ecs: EcsSimulator, pace: PacedLimiter): EcsCall {
  return async (action, input) => {
    if (action === 'DeregisterTaskDefinition') await pace.getSendToken();
    try {
      return await ecs.call(action, input);
    } catch (error) {
      if (!(error instanceof SimulatedError)) throw error;
      throw new EcsCallError(action, error.code, error.message);
    }
  };
}
