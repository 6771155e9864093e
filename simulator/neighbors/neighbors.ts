import type { Environment } from '../../lib/contract/arn';
import type { ListedReferrer } from '../../lib/contract/referrers';
import { CodeDeploy } from './code-deploy';
import { EventRules } from './event-rules';
import type { Neighbor, Pinning } from './neighbor';
import { Pipes } from './pipes';
import { Schedules } from './schedules';
import { StateMachines } from './state-machines';
import type { PageOptions } from './token-pages';

export interface NeighborsOptions extends PageOptions {
  readonly clock: { now(): number };
  readonly environment: Environment;
}

/** Every service of one account and Region that can pin a revision, with nothing in it yet. */
export class Neighbors {
  readonly rules: EventRules;
  readonly schedules: Schedules;
  readonly pipes: Pipes;
  readonly stateMachines: StateMachines;
  readonly codeDeploy: CodeDeploy;

  constructor(options: NeighborsOptions) {
    this.rules = new EventRules(options);
    this.schedules = new Schedules(options);
    this.pipes = new Pipes(options);
    this.stateMachines = new StateMachines(options);
    this.codeDeploy = new CodeDeploy(options);
  }

  get byKind(): Readonly<Record<ListedReferrer, Neighbor & Pinning>> {
    return {
      EVENTBRIDGE_RULES: this.rules,
      EVENTBRIDGE_SCHEDULER: this.schedules,
      EVENTBRIDGE_PIPES: this.pipes,
      STEP_FUNCTIONS: this.stateMachines,
      CODE_DEPLOY: this.codeDeploy,
    };
  }

  get all(): readonly (Neighbor & Pinning)[] {
    return Object.values(this.byKind);
  }
}
