/** Where each document lies in the ledger, be it a bucket or a folder. */
export const LEDGER = {
  /** The small state that a tick reads first. */
  state: 'state.json',
  /** What earlier plans announced, and since when. */
  announcements: 'announcements.json',
  /** Deregistrations that no complete scan has confirmed yet. */
  unverified: 'unverified.json',
  /** Present while a run is at work. */
  running: 'running.json',
  /** Put an object here, whatever its content, and no run acts until it is removed. */
  stop: 'stop',
  /** The newest plan, under a name that does not change. */
  latestPlan: 'plan.json',
  plans: 'plans/',
  results: 'results/',
} as const;
