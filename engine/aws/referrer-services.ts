import type { ListedReferrer } from '../../lib/contract/referrers';
import type { Clock } from '../clock';
import { type CloudFormationStacks, pacedStacks } from './cloudformation';
import { codeDeployShape } from './code-deploy-shape';
import { eventbridgeShape } from './eventbridge-shape';
import { pipesShape } from './pipes-shape';
import { schedulerShape } from './scheduler-shape';
import { SdkServiceReads, type ServiceShape } from './service-reads';
import { stepFunctionsShape } from './step-functions-shape';

/** Where each kind of referrer is read. */
export const REFERRER_SHAPES: Readonly<Record<ListedReferrer, ServiceShape>> = {
  EVENTBRIDGE_RULES: eventbridgeShape,
  EVENTBRIDGE_SCHEDULER: schedulerShape,
  EVENTBRIDGE_PIPES: pipesShape,
  STEP_FUNCTIONS: stepFunctionsShape,
  CODE_DEPLOY: codeDeployShape,
};

/** The services that may refer to revisions, through the SDK: a client for those that are asked, and none for the others. */
export class ReferrerServices {
  private readonly made = new Map<ListedReferrer, SdkServiceReads>();

  private owning: CloudFormationStacks | undefined;

  constructor(private readonly clock: Clock) {}

  public get stacks(): CloudFormationStacks {
    this.owning ??= pacedStacks(this.clock);
    return this.owning;
  }

  public of(kind: ListedReferrer): SdkServiceReads {
    const known = this.made.get(kind);
    if (known) return known;
    const reads = new SdkServiceReads(REFERRER_SHAPES[kind], this.clock);
    this.made.set(kind, reads);
    return reads;
  }

  /** Lets go of the connections. */
  public close(): void {
    for (const reads of this.made.values()) reads.close();
    this.owning?.close();
  }
}
