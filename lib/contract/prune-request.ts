import { isFamilyPattern } from './family-pattern';
import { type Fault, InputError, shown, shownName } from './fault';
import { givenNumber } from './given-number';

/** What an invocation may ask for. It can only narrow the settings, so whoever may invoke the function gains nothing. */
export interface PruneRequest {
  /** Plan and report, act on nothing. */
  readonly planOnly?: boolean;
  /** Only these of the families in scope: names or patterns. */
  readonly families?: readonly string[];
  /** At most so many acts. */
  readonly maxActions?: number;
}

/**
 * Reads the event of an invocation. An empty event and an EventBridge envelope are the ordinary tick.
 *
 * @throws InputError with every fault of the event: a misspelt field must not run everything
 */
export function parsePruneRequest(event: unknown): PruneRequest {
  if (event === undefined || event === null || isEnvelope(event)) return {};
  if (typeof event !== 'object' || Array.isArray(event)) {
    throw new InputError('the event cannot be used', [{ path: 'event', rule: 'must be an object', got: shown(event) }]);
  }
  const { planOnly, families, maxActions, ...unknown } = event as Record<string, unknown>;
  const faults: Fault[] = Object.keys(unknown).map((name) => ({
    path: shownName(name),
    rule: "is not one of 'planOnly', 'families', 'maxActions'",
    got: typeof unknown[name],
  }));
  const most = givenNumber(maxActions);
  if (planOnly !== undefined && typeof planOnly !== 'boolean') {
    faults.push({ path: 'planOnly', rule: 'must be true or false', got: shown(planOnly) });
  }
  if (families !== undefined && !isPatternList(families)) {
    faults.push({ path: 'families', rule: 'must be a list of family names or patterns', got: shown(families) });
  }
  if (maxActions !== undefined && !(Number.isInteger(most) && most >= 0)) {
    faults.push({ path: 'maxActions', rule: 'must be a whole number, 0 or more', got: shown(maxActions) });
  }
  if (faults.length > 0) throw new InputError('the event cannot be used', faults);
  return {
    ...(planOnly === undefined ? {} : { planOnly: planOnly as boolean }),
    ...(families === undefined ? {} : { families: families as string[] }),
    ...(maxActions === undefined ? {} : { maxActions: most }),
  };
}

/** Whether the request narrows anything: such a run neither announces nor counts as the last plan. */
export function narrows(request: PruneRequest): boolean {
  return request.planOnly === true || request.families !== undefined || request.maxActions !== undefined;
}

function isEnvelope(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'detail-type' in event && 'source' in event;
}

function isPatternList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && isFamilyPattern(item));
}
