import type { Duration } from 'aws-cdk-lib';

/** Which families a rule is for, and what of them always stays. The first rule that matches a family decides. */
export interface PruneRule {
  /**
   * Names of task definition families, upper and lower case told apart; `*` stands for any run of characters.
   *
   * @default - the rule needs `allFamilies: true` instead
   */
  readonly families?: string[];

  /**
   * The rule is for every family that no earlier rule matched.
   *
   * @default false
   */
  readonly allFamilies?: boolean;

  /**
   * How many of the newest ACTIVE revisions of each family stay. What is in use stays as well.
   *
   * From 1 to 1,000,000.
   *
   * @default - the pruner's own `keepLatest`
   */
  readonly keepLatest?: number;

  /**
   * Age below which a revision stays, counted from its registration. From one hour to ten years, in whole minutes.
   *
   * @default - the pruner's own `minAge`
   */
  readonly minAge?: Duration;
}
