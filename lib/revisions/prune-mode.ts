/** What a pruner may do with what it has found. */
export enum PruneMode {
  /** Plan, announce and report. Nothing in ECS is changed, and the function's role could not change it. */
  PLAN = 'PLAN',

  /** Also deregister the revisions that an earlier plan announced, once the notice period has passed. */
  DEREGISTER = 'DEREGISTER',
}
