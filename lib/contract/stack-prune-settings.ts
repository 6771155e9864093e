import { type Fault, InputError, shown } from './fault';
import {
  actionsPerSecond,
  type Check,
  checkFields,
  exactFamilies,
  exactly,
  type IsUnresolved,
  isRecord,
  keepLatest,
  keepSuccessfulDeployments,
  keepTag,
  LONGEST_AGE_MINUTES,
  optional,
  referrers,
  wholeNumber,
} from './field-checks';
import { LISTED_REFERRERS, type ReferrerSettings, referrerSettings } from './referrers';

export const STACK_SETTINGS_VERSION = 1;

/** What becomes of a stack's older revisions when the stack is deleted. */
export type StackRemovalPolicy = 'RETAIN' | 'DESTROY';

/** What the pruner of a stack is told, as one JSON document: rendered at synth, read once at the door. */
export interface StackPruneSettings extends ReferrerSettings {
  readonly version: typeof STACK_SETTINGS_VERSION;
  /** The families that the stack owns, by their exact names. */
  readonly families: readonly string[];
  readonly keepLatest: number;
  readonly minAgeMinutes: number;
  readonly keepSuccessfulDeployments: number;
  readonly actionsPerSecond: number;
  /** A revision that carries this tag stays, whatever the tag's value. */
  readonly keepTag: string;
  readonly removalPolicy: StackRemovalPolicy;
}

/**
 * Reads a settings document; numbers may come as strings, as CloudFormation makes them.
 *
 * @throws InputError with every fault of the document
 */
export function parseStackPruneSettings(document: unknown): StackPruneSettings {
  const faults = stackPruneSettingsFaults(document);
  if (faults.length > 0) throw new InputError('the settings cannot be used', faults);
  const given = document as Record<keyof StackPruneSettings, unknown>;
  return {
    version: STACK_SETTINGS_VERSION,
    families: [...new Set(given.families as string[])],
    keepLatest: Number(given.keepLatest),
    minAgeMinutes: Number(given.minAgeMinutes),
    keepSuccessfulDeployments: Number(given.keepSuccessfulDeployments),
    actionsPerSecond: Number(given.actionsPerSecond),
    keepTag: given.keepTag as string,
    removalPolicy: given.removalPolicy as StackRemovalPolicy,
    ...referrerSettings(given as ReferrerSettings),
  };
}

/**
 * Everything wrong with a settings document, all at once.
 *
 * @param isUnresolved says of a value that only the deployment will know it: such a value is checked at run time
 */
export function stackPruneSettingsFaults(document: unknown, isUnresolved: IsUnresolved = () => false): Fault[] {
  if (!isRecord(document)) return [{ path: 'settings', rule: 'must be an object', got: shown(document) }];
  const faults: Fault[] = [];
  checkFields(document, SETTINGS, '', isUnresolved, faults);
  return faults;
}

const SETTINGS: Record<keyof StackPruneSettings, Check> = {
  version: exactly(STACK_SETTINGS_VERSION),
  families: exactFamilies,
  keepLatest,
  minAgeMinutes: wholeNumber(0, LONGEST_AGE_MINUTES),
  keepSuccessfulDeployments,
  actionsPerSecond,
  keepTag,
  removalPolicy: (value) => (value === 'RETAIN' || value === 'DESTROY' ? undefined : 'must be RETAIN or DESTROY'),
  withoutReferrers: optional(referrers(LISTED_REFERRERS)),
  tolerateDenied: optional(referrers(LISTED_REFERRERS)),
};
