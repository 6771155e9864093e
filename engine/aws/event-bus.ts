import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { REQUEST_TIMES } from './request-times';
import { wholeAnswers } from './whole-answer';

/** The event comes last, when little time may be left: two attempts of three seconds. */
const TIMES = { ...REQUEST_TIMES, requestTimeout: 3_000 };

// One client for every run of a process: its connections are worth keeping.
const client = wholeAnswers(new EventBridgeClient({ maxAttempts: 2, requestHandler: TIMES }));

/**
 * Puts one event on the default bus.
 *
 * @throws Error also when EventBridge answers 200 and refuses the entry
 */
export async function putEvent(source: string, type: string, detail: object): Promise<void> {
  const entry = { Source: source, DetailType: type, Detail: JSON.stringify(detail) };
  const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  const refused = Entries?.find(({ ErrorCode }) => ErrorCode);
  if (refused) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
}
