import type { Context } from 'aws-lambda';
import { EcsApiReader } from '../engine/aws/ecs-reader';
import { type EcsSdk, ecsSdk } from '../engine/aws/ecs-sdk';
import { ReferrerServices } from '../engine/aws/referrer-services';
import { S3Ledger } from '../engine/aws/s3-ledger';
import { EcsTaskDefinitions } from '../engine/aws/task-definitions';
import { prune } from '../engine/revisions/prune';
import type { PruneReport } from '../engine/revisions/report';
import { ENV } from '../lib/contract/environment';
import { parsePruneRequest } from '../lib/contract/prune-request';
import { parsePruneSettings } from '../lib/contract/prune-settings';
import { environmentOf, parseJson, required } from './invocation';
import { LambdaReporter } from './lambda-reporter';
import { systemClock } from './system-clock';

/** What an invocation by hand is told; the log and the ledger have the rest. */
type Answer = Pick<PruneReport, 'outcome' | 'ended' | 'deregistered' | 'refusals'>;

/**
 * Prunes task definition revisions, one tick of a schedule.
 *
 * The schedule wakes it every quarter of an hour; most ticks find nothing due and end at once. Running it twice, or
 * never again after half a run, is safe: ECS itself is the checkpoint. A refusal is an outcome; a fault is thrown
 * after it was reported, so that alarms and the dead-letter queue see it.
 */
export async function handler(event: unknown, context: Context): Promise<Answer> {
  const reporter = new LambdaReporter(required(ENV.pruner));
  const services = new ReferrerServices(systemClock);
  let sdk: EcsSdk | undefined;
  try {
    const settings = parsePruneSettings(parseJson(required(ENV.settings), ENV.settings));
    const request = parsePruneRequest(event);
    sdk = ecsSdk({ clock: systemClock, actionsPerSecond: settings.actionsPerSecond });
    const { outcome, ended, deregistered, refusals } = await prune({
      settings,
      request,
      pruner: required(ENV.pruner),
      definitions: new EcsTaskDefinitions(environmentOf(context), sdk.call, sdk.modifyPace),
      ecs: new EcsApiReader(sdk.call),
      services: (kind) => services.of(kind),
      stacks: services.stacks,
      ledger: new S3Ledger(required(ENV.ledgerBucket)),
      reporter,
      clock: systemClock,
      deadline: systemClock.now() + context.getRemainingTimeInMillis(),
    });
    if (outcome === 'failed') throw new Error(refusals.join('; '));
    return { outcome, ended, deregistered, refusals };
  } catch (error) {
    reporter.fault(error);
    throw error;
  } finally {
    sdk?.close();
    services.close();
    reporter.flush();
  }
}
