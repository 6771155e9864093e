/** Names of the environment variables that a construct sets and a handler reads. */
export const ENV = {
  /** The settings document, as JSON. */
  settings: 'CARETAKER_SETTINGS',
  /** The bucket that keeps plans, results and the state between ticks. */
  ledgerBucket: 'CARETAKER_LEDGER_BUCKET',
  /** Which pruner this is: the value of the metrics' dimension. */
  pruner: 'CARETAKER_PRUNER',
} as const;

/** The same, for the function of a custom resource. */
export const STACK_ENV = {
  settings: ENV.settings,
  pruner: ENV.pruner,
  /** The one stack whose requests count. */
  stack: 'CARETAKER_STACK',
} as const;
