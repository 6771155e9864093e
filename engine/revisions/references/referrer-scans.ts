import type { ListedReferrer } from '../../../lib/contract/referrers';
import { codeDeploy } from './code-deploy';
import { eventbridgePipes } from './eventbridge-pipes';
import { eventbridgeRules } from './eventbridge-rules';
import { eventbridgeScheduler } from './eventbridge-scheduler';
import type { ReferrerScan } from './referrer';
import { stepFunctions } from './step-functions';

/** A new kind is one file, one line here, and its facts in `lib/contract/referrers.ts`; docs/architecture.md shows how. */
export const REFERRER_SCANS: Readonly<Record<ListedReferrer, ReferrerScan>> = {
  EVENTBRIDGE_RULES: eventbridgeRules,
  EVENTBRIDGE_SCHEDULER: eventbridgeScheduler,
  EVENTBRIDGE_PIPES: eventbridgePipes,
  STEP_FUNCTIONS: stepFunctions,
  CODE_DEPLOY: codeDeploy,
};
