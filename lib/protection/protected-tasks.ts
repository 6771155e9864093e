/** What a deployment does with old tasks that are still protected. */
export enum ProtectedTasks {
  /** The deployment waits for them. It completes when the last protection has ended, and can be rolled back until then. */
  BLOCK_DEPLOYMENT = 'BLOCK_DEPLOYMENT',

  /**
   * The deployment completes once the new tasks are healthy; ECS stops old tasks later, as their protection ends, for up to two weeks.
   * A deployment that has completed is not rolled back any more. Only for rolling deployments of the ECS deployment controller.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
   */
  DRAIN_AFTER_DEPLOYMENT = 'DRAIN_AFTER_DEPLOYMENT',
}
