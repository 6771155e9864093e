import { type Fault, InputError, shown } from '../lib/contract/fault';
import { givenNumber } from '../lib/contract/given-number';
import {
  DEFAULT_JOB_MINUTES,
  DEFAULT_PROTECTION_MINUTES,
  LEAST_PROTECTION_MINUTES,
  MOST_PROTECTION_MINUTES,
  PROTECTION_ENV,
} from '../lib/contract/protection';
import { MINUTE_MS } from './lease';
import type { HoldTerms } from './protection-state';

/** What a job says of itself. */
export interface HoldOptions {
  /** How long the work takes, in minutes: the first request covers it. Default: `maxMinutes`, or what the construct gave to the container. */
  readonly expectedMinutes?: number;
  /** How long protection may be held for it at the most, in minutes. Never more than the construct allows, which is the default. */
  readonly maxMinutes?: number;
  /**
   * What becomes of the job while ECS refuses protection: it goes on without (`proceed`, the default), or waits up to `maxWait`, and then goes on.
   */
  readonly whenRefused?: 'proceed' | 'wait';
  /** The longest wait for protection, in minutes. Required with `whenRefused: 'wait'`; without, a job waits for ten seconds at the most. */
  readonly maxWait?: number;
}

/** What the construct has given to the container, in minutes. */
export interface Minutes {
  readonly defaultMinutes: number;
  readonly maxMinutes: number;
}

const LONGEST_WAIT_MS = 10_000;

type Environment = Readonly<Record<string, string | undefined>>;

export function minutesOf(environment: Environment): Minutes {
  const faults: Fault[] = [];
  const read = (name: string, otherwise: number) => {
    const text = environment[name];
    return text === undefined ? otherwise : checked(faults, name, givenNumber(text), text);
  };
  const maxMinutes = read(PROTECTION_ENV.maximumMinutes, DEFAULT_PROTECTION_MINUTES);
  const defaultMinutes = read(PROTECTION_ENV.defaultMinutes, Math.min(DEFAULT_JOB_MINUTES, maxMinutes));
  if (faults.length > 0) throw new InputError('TaskProtectionClient', faults);
  return { defaultMinutes, maxMinutes };
}

/** Refuses what cannot be meant; what is beyond the construct's maximum is cut to it. */
export function holdTerms(options: HoldOptions, { defaultMinutes, maxMinutes: mostMinutes }: Minutes): HoldTerms {
  const faults: Fault[] = [];
  const { expectedMinutes, maxMinutes, whenRefused = 'proceed', maxWait } = options;
  for (const [path, value] of Object.entries({ expectedMinutes, maxMinutes, maxWait })) {
    if (value !== undefined) checked(faults, path, value, value);
  }
  if (whenRefused !== 'proceed' && whenRefused !== 'wait') {
    faults.push({ path: 'whenRefused', rule: "must be 'proceed' or 'wait'", got: shown(whenRefused) });
  }
  if ((whenRefused === 'wait') !== (maxWait !== undefined)) {
    faults.push({
      path: 'maxWait',
      rule: "must be given with whenRefused: 'wait', and with nothing else",
      got: shown(maxWait),
    });
  }
  if (faults.length > 0) throw new InputError('protection', faults);
  const max = Math.min(maxMinutes ?? mostMinutes, mostMinutes);
  const expected = Math.min(expectedMinutes ?? maxMinutes ?? defaultMinutes, max);
  const waitMs = maxWait === undefined ? LONGEST_WAIT_MS : maxWait * MINUTE_MS;
  return { expectedMs: expected * MINUTE_MS, maxMs: max * MINUTE_MS, waits: whenRefused === 'wait', waitMs };
}

function checked(faults: Fault[], path: string, minutes: unknown, got: unknown): number {
  const isGood =
    typeof minutes === 'number' &&
    Number.isInteger(minutes) &&
    minutes >= LEAST_PROTECTION_MINUTES &&
    minutes <= MOST_PROTECTION_MINUTES;
  const rule = `must be a whole number of minutes from ${LEAST_PROTECTION_MINUTES} to ${MOST_PROTECTION_MINUTES}`;
  if (!isGood) faults.push({ path, rule, got: shown(got) });
  return minutes as number;
}
