import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import type { Clock } from '../clock';
import type { ModifyCall, ModifyTraffic } from '../doctor/probing';
import { PacedLimiter } from './paced-limiter';
import type { SdkChoice } from './probe';
import { REQUEST_TIMES } from './request-times';

/** CloudTrail answers two look-ups a second, each with 50 events at most. @see API_LookupEvents */
const LOOKUPS_PER_SECOND = 2;
const PAGES = 4;
const ATTEMPTS = 3;
const ACTIONS = ['RegisterTaskDefinition', 'DeregisterTaskDefinition'] as const;

/**
 * The latest calls that took a token of the task definition modify bucket, by CloudTrail's event history.
 *
 * An event holds the whole request, container definitions and all: only its time, its name and its error leave this file.
 */
export async function modifyTraffic(choice: SdkChoice, clock: Clock, since: number): Promise<ModifyTraffic> {
  const rateLimiter = new PacedLimiter(clock, LOOKUPS_PER_SECOND, LOOKUPS_PER_SECOND);
  const retryStrategy = new AdaptiveRetryStrategy(ATTEMPTS, { rateLimiter });
  const client = new CloudTrailClient({ ...choice, maxAttempts: ATTEMPTS, retryStrategy, requestHandler: REQUEST_TIMES });
  try {
    const read: ModifyTraffic[] = [];
    for (const action of ACTIONS) read.push(await callsOf(client, action, since));
    const complete = Math.max(...read.map((traffic) => traffic.since));
    const calls = read.flatMap((traffic) => traffic.calls).filter(({ at }) => at >= complete);
    return { calls: calls.sort((one, other) => one.at - other.at), since: complete };
  } finally {
    client.destroy();
  }
}

/** The latest come first, so that a limit cuts off the oldest. */
async function callsOf(client: CloudTrailClient, action: ModifyCall['action'], since: number): Promise<ModifyTraffic> {
  const calls: ModifyCall[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const { Events: events, NextToken: next } = await client.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: action }],
        StartTime: new Date(since),
        MaxResults: 50,
        ...(token ? { NextToken: token } : {}),
      }),
    );
    if (!Array.isArray(events)) throw new Error('CloudTrail answered without a list of events');
    for (const event of events) if (event.EventTime) calls.push(modifyCall(action, event, event.EventTime.getTime()));
    token = next || undefined;
    if (!token) return { calls, since };
  }
  if (calls.length === 0) throw new Error('CloudTrail gave page after page without an event');
  return { calls, since: Math.min(...calls.map(({ at }) => at)) };
}

function modifyCall(action: ModifyCall['action'], { CloudTrailEvent: text }: Event, at: number): ModifyCall {
  const { errorCode } = JSON.parse(text ?? '{}') as { errorCode?: unknown };
  return { at, action, throttled: typeof errorCode === 'string' && errorCode.includes('Throttl') };
}
