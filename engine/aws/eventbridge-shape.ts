import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import type { ServiceShape } from './service-reads';

/** A bus or a rule that is deleted meanwhile takes its targets with it. */
const GONE = ['ResourceNotFoundException'];

/**
 * Amazon EventBridge, its rules.
 *
 * No rates of these reads were found (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, read 2026-11-25,
 * has those of putting events and of endpoints alone): modest, ten calls a second.
 */
export const eventbridgeShape: ServiceShape = {
  client: (options) => new EventBridgeClient(options),
  bucket: { perSecond: 20, burst: 20 },
  actions: {
    ListEventBuses: { command: ListEventBusesCommand, items: 'EventBuses', token: 'NextToken' },
    ListRules: { command: ListRulesCommand, items: 'Rules', token: 'NextToken', gone: GONE },
    ListTargetsByRule: { command: ListTargetsByRuleCommand, items: 'Targets', token: 'NextToken', gone: GONE },
  },
};
