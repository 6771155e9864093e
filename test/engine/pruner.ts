import type { EcsCall } from '../../engine/aws/ecs-call';
import { EcsApiReader } from '../../engine/aws/ecs-reader';
import { paces } from '../../engine/aws/pace';
import { EcsTaskDefinitions } from '../../engine/aws/task-definitions';
import { MINUTE } from '../../engine/clock';
import { EcsCallError } from '../../engine/ecs-call-error';
import type { Ledger } from '../../engine/ledger/ledger';
import type { Reporter } from '../../engine/revisions/ports';
import { type PruneOptions, prune } from '../../engine/revisions/prune';
import type { PruneReport } from '../../engine/revisions/report';
import { ECS_ACTIONS } from '../../lib/contract/limits';
import type { PruneMetric } from '../../lib/contract/metrics';
import type { PruneRequest } from '../../lib/contract/prune-request';
import type { PruneSettings } from '../../lib/contract/prune-settings';
import { type EcsSimulator, SimulatedError, type VirtualClock } from '../../simulator';
import { NOBODY_ELSEWHERE } from './elsewhere';
import { MemoryLedger } from './memory-ledger';

export const SETTINGS: PruneSettings = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 10, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
};

/** What lets go of the most that settings allow, and as fast. */
export const BOLDEST: PruneSettings = {
  ...SETTINGS,
  rules: [{ allFamilies: true, keepLatest: 1, minAgeMinutes: 60 }],
  noticePeriodMinutes: 10,
  actionsPerSecond: 0.9,
};

/** Everything that a run said, for tests to search. */
export class RecordingReporter implements Reporter {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  readonly metrics: { readonly metric: PruneMetric; readonly value: number }[] = [];
  readonly events: { readonly type: string; readonly detail: Record<string, unknown> }[] = [];

  info(message: string, fields: object): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: object): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  metric(metric: PruneMetric, value: number): void {
    this.metrics.push({ metric, value });
  }

  async event(type: string, detail: object): Promise<void> {
    this.events.push({ type, detail: detail as Record<string, unknown> });
  }
}

export interface PrunerOptions {
  readonly ecs: EcsSimulator;
  readonly clock: VirtualClock;
  readonly settings?: Partial<PruneSettings>;
  readonly ledger?: Ledger;
  /** How long a call takes. */
  readonly latency?: number;
  /** Asks for fewer items a page than the engine does. */
  readonly pageSize?: number;
  /** Who beside ECS refers to revisions. */
  readonly elsewhere?: Partial<Pick<PruneOptions, 'services' | 'stacks'>>;
  /** Stands between the engine and ECS: to count, to fail, to lie. */
  readonly around?: (call: EcsCall) => EcsCall;
}

/** The engine on a simulated account and a virtual clock: the real reading, planning, acting, without HTTP. */
export class Pruner {
  readonly ledger: Ledger;
  readonly reporter = new RecordingReporter();
  readonly settings: PruneSettings;

  constructor(private readonly options: PrunerOptions) {
    this.ledger = options.ledger ?? new MemoryLedger();
    this.settings = { ...SETTINGS, ...options.settings };
  }

  /** One tick, run to its end. */
  tick(request: PruneRequest = {}, minutes = 15): Promise<PruneReport> {
    return this.options.clock.run(this.start(request, minutes));
  }

  /** One tick, for a test that drives the clock itself. */
  start(request: PruneRequest = {}, minutes = 15): Promise<PruneReport> {
    const { ecs, clock, latency = 50, pageSize, around = (inner) => inner } = this.options;
    const paceOf = paces(clock, this.settings.actionsPerSecond);
    const call = around(smallPages(simulatedCall(ecs, clock, paceOf, latency), pageSize));
    return prune({
      settings: this.settings,
      request,
      pruner: 'test',
      definitions: new EcsTaskDefinitions(ecs.environment, call, paceOf('definitionModify')),
      ecs: new EcsApiReader(call),
      ...NOBODY_ELSEWHERE,
      ...this.options.elsewhere,
      ledger: this.ledger,
      reporter: this.reporter,
      clock,
      deadline: clock.now() + minutes * MINUTE,
    });
  }
}

function smallPages(call: EcsCall, pageSize: number | undefined): EcsCall {
  if (pageSize === undefined) return call;
  return (action, input) =>
    call(action, typeof input.maxResults === 'number' ? { ...input, maxResults: Math.min(input.maxResults, pageSize) } : input);
}

/** The simulator in the place of the SDK, paced in the same way. */
export function simulatedCall(
  ecs: EcsSimulator,
  clock: VirtualClock,
  paceOf: ReturnType<typeof paces>,
  latency: number,
): EcsCall {
  return async (action, input) => {
    const pace = paceOf(ECS_ACTIONS[action]);
    await pace.getSendToken();
    await clock.sleep(latency);
    try {
      const answer = await ecs.call(action, input);
      pace.updateClientSendingRate({});
      return answer;
    } catch (error) {
      if (!(error instanceof SimulatedError)) throw error;
      pace.updateClientSendingRate({ errorType: error.code === 'ThrottlingException' ? 'THROTTLING' : 'CLIENT_ERROR' });
      throw new EcsCallError(action, error.code, error.message);
    }
  };
}
