import { createRequire } from 'node:module';
import type { Environment } from '../../lib/contract/arn';
import { OutputCapture } from './output-capture';
import type { SynthesizedPruner } from './synthesized-app';

/** What the handler answers. */
export interface HandlerAnswer {
  readonly outcome: string;
  readonly ended: string;
  readonly deregistered: number;
}

/** What a function's host must know of it. */
export type HostedFunction = Pick<SynthesizedPruner, 'variables' | 'file' | 'handler' | 'memoryMb' | 'timeoutMs'>;

type Handler<Answer> = (event: unknown, context: object) => Promise<Answer>;

/** Runs the function's own bundle in this process, with the environment that Lambda would give it. */
export class LambdaHost<Answer = HandlerAnswer> {
  /** All that the function has written to its standard output. */
  readonly output = new OutputCapture();
  private readonly handler: Handler<Answer>;
  private invocations = 0;

  constructor(
    private readonly pruner: HostedFunction,
    private readonly environment: Environment,
    endpoint: string,
  ) {
    Object.assign(process.env, pruner.variables, lambdaVariables(environment, endpoint));
    const loaded: Record<string, Handler<Answer> | undefined> = createRequire(__filename)(pruner.file);
    const handler = loaded[pruner.handler];
    if (!handler) throw new Error(`${pruner.file} exports no ${pruner.handler}`);
    this.handler = handler;
  }

  /** One invocation; without an event, as the schedule makes it. */
  invoke(event: object = {}): Promise<Answer> {
    const { partition, region, account } = this.environment;
    const began = Date.now();
    this.invocations += 1;
    const context = {
      functionName: 'demo-pruner',
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:${partition}:lambda:${region}:${account}:function:demo-pruner`,
      memoryLimitInMB: String(this.pruner.memoryMb),
      awsRequestId: `00000000-0000-4000-8000-${String(this.invocations).padStart(12, '0')}`,
      getRemainingTimeInMillis: () => began + this.pruner.timeoutMs - Date.now(),
    };
    return this.output.during(() => this.handler(event, context));
  }
}

function lambdaVariables({ region }: Environment, endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    AWS_SESSION_TOKEN: 'demo',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_LOG_LEVEL: 'INFO',
    // The demo's Node may be older than the function's.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    // Nothing of the user's own configuration takes part.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}
