/** Who, beside ECS itself, may need a revision. */
export enum Referrer {
  /** Rules of every EventBridge bus, by their targets. */
  EVENTBRIDGE_RULES = 'EVENTBRIDGE_RULES',

  /** Schedules of EventBridge Scheduler, in every group. */
  EVENTBRIDGE_SCHEDULER = 'EVENTBRIDGE_SCHEDULER',

  /** Pipes, by their targets. */
  EVENTBRIDGE_PIPES = 'EVENTBRIDGE_PIPES',

  /** State machines and their published versions. */
  STEP_FUNCTIONS = 'STEP_FUNCTIONS',

  /** Deployment groups of CodeDeploy: what they deploy, and what a rollback would deploy again. */
  CODE_DEPLOY = 'CODE_DEPLOY',

  /** Stacks that record a revision, and stacks whose update is not over. */
  CLOUD_FORMATION = 'CLOUD_FORMATION',
}
