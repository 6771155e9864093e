import type { Context } from 'aws-lambda';
import { CloudFormationStacks } from '../engine/aws/cloudformation';
import { EcsApiReader } from '../engine/aws/ecs-reader';
import { type EcsSdk, ecsSdk } from '../engine/aws/ecs-sdk';
import { ReferrerServices } from '../engine/aws/referrer-services';
import { EcsTaskDefinitions } from '../engine/aws/task-definitions';
import { SECOND } from '../engine/clock';
import { STACK_ENV } from '../lib/contract/environment';
import { parseStackPruneSettings } from '../lib/contract/stack-prune-settings';
import { environmentOf, parseJson, required } from './invocation';
import { putAnswer } from './put-answer';
import { StackLambdaReporter } from './stack-lambda-reporter';
import { answerStackRequest } from './stack-request';
import { systemClock } from './system-clock';

/** The last try to answer ends so long before Lambda ends the function. */
const LAST_TRY = 2 * SECOND;

/**
 * Answers CloudFormation's requests for a custom resource that stands for the task definitions of a stack.
 *
 * Create and Update answer and do nothing else: until an update is over, everything may be rolled back, and a rollback
 * needs every revision. When the update is over, CloudFormation deletes what was replaced; that Delete is the one moment
 * to prune. The same request twice, or never again, is safe: every act follows from what ECS and the stack say then.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  const reporter = new StackLambdaReporter(required(STACK_ENV.pruner));
  const environment = environmentOf(context);
  const deadline = systemClock.now() + context.getRemainingTimeInMillis();
  const services = new ReferrerServices(systemClock);
  let sdk: EcsSdk | undefined;
  try {
    await answerStackRequest(event, {
      environment,
      stackId: required(STACK_ENV.stack),
      pruner: required(STACK_ENV.pruner),
      settings: () => parseStackPruneSettings(parseJson(required(STACK_ENV.settings), STACK_ENV.settings)),
      stacks: new CloudFormationStacks(),
      ecs: ({ actionsPerSecond }) => {
        sdk = ecsSdk({ clock: systemClock, actionsPerSecond });
        const definitions = new EcsTaskDefinitions(environment, sdk.call, sdk.modifyPace);
        return { definitions, reader: new EcsApiReader(sdk.call) };
      },
      services: (kind) => services.of(kind),
      reporter,
      clock: systemClock,
      deadline,
      put: (url, body) => putAnswer(url, body, systemClock, deadline - LAST_TRY),
    });
  } catch (error) {
    reporter.fault(error);
    throw error;
  } finally {
    sdk?.close();
    services.close();
    reporter.flush();
  }
}
