import { CallLog } from './call-log';
import type { Intercept } from './ecs-simulator';
import type { Input } from './input';
import { SimulatedError } from './simulated-error';

/** An entry as it was put; `Detail` is JSON in a string. */
export interface BusEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  readonly Time?: number;
}

/** EventBridge's PutEvents. It keeps what was put and routes nothing. */
export class EventBus {
  intercept: Intercept | undefined;
  readonly log = new CallLog();
  private readonly kept: BusEntry[] = [];

  get entries(): readonly BusEntry[] {
    return this.kept;
  }

  async call(action: string, input: object): Promise<unknown> {
    const given = input as Input;
    const attempt = this.log.count(action, given);
    const answer = async () => this.answer(action, given);
    return this.intercept ? this.intercept({ action, input: given, attempt }, answer) : answer();
  }

  /** One to ten entries; a malformed one fails alone. @see API_PutEvents */
  private answer(action: string, input: Input): unknown {
    if (action !== 'PutEvents')
      throw new SimulatedError('UnknownOperationException', `The simulator knows no action ${action}.`);
    const { Entries: entries } = input;
    if (!Array.isArray(entries) || entries.length < 1 || entries.length > 10) {
      throw new SimulatedError('ValidationException', 'Entries must hold 1 to 10 items.');
    }
    const results = (entries as BusEntry[]).map((entry) => this.put(entry));
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  private put(entry: BusEntry): Input {
    if (!entry.Source || !entry.DetailType || !isJsonObject(entry.Detail)) {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Source, DetailType and a Detail of JSON are needed.' };
    }
    this.kept.push(entry);
    return { EventId: `00000000-0000-4000-8000-${String(this.kept.length).padStart(12, '0')}` };
  }
}

function isJsonObject(text: string | undefined): boolean {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
