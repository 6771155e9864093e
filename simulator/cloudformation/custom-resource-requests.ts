import type { Environment } from '../../lib/contract/arn';
import type { Random } from '../random';
import {
  type CustomResourceAnswer,
  type CustomResourceEvent,
  type CustomResourcePort,
  type Delivery,
  faultOfAnswer,
  stringified,
} from './custom-resource';
import type { Journal } from './journal';
import { ResourceFailure, type StackClock } from './resource-kinds';
import type { StackStatus } from './statuses';
import type { Properties } from './template';

/** The stack on whose behalf a request is sent. */
export interface RequestingStack {
  readonly name: string;
  readonly id: string;
  readonly status: StackStatus | undefined;
  /** Cancels the update under way. */
  cancelUpdate(): void;
}

export interface ResourceRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly resourceType: string;
  readonly logicalId: string;
  readonly properties: Properties;
  /** For Update and Delete. */
  readonly physicalId?: string;
  /** For Update. */
  readonly oldProperties?: Properties;
}

export interface RequestsOptions {
  readonly clock: StackClock;
  readonly random: Random;
  readonly journal: Journal;
  readonly environment: Environment;
  readonly port: CustomResourcePort | undefined;
  readonly lambdaRetries: number;
}

/** @see AWS::CloudFormation::CustomResource, ServiceTimeout */
const DEFAULT_TIMEOUT_S = 3600;

/** Lambda waits a minute before the second try, two before the third. @see invocation-async.html */
const RETRY_AFTER_MS = 60_000;

/** Sends requests to the function behind custom resources, and waits for its answers as CloudFormation does. */
export class CustomResourceRequests {
  private readonly later: { in: number; stack: RequestingStack; event: CustomResourceEvent }[] = [];

  constructor(private readonly options: RequestsOptions) {}

  /**
   * Sends one request. Gives the physical id that the answer names.
   *
   * @throws ResourceFailure after FAILED, after an answer that can not be accepted, and when none came in time
   */
  async send(stack: RequestingStack, request: ResourceRequest, planned: Delivery): Promise<string> {
    const { clock, journal } = this.options;
    const event = this.eventOf(stack, request);
    const deadline = clock.now() + timeoutMs(request.properties);
    const { status } = stack;
    const isCancellable = status === 'UPDATE_IN_PROGRESS' || status === 'CREATE_IN_PROGRESS';
    const delivery = planned === 'cancelled' && !isCancellable ? 'once' : planned;
    if (status) journal.add({ kind: 'request', at: clock.now(), stack: stack.name, stackStatus: status, delivery, event });
    if (delivery === 'later') this.later.push({ in: this.options.random.below(8), stack, event });
    if (delivery === 'cancelled') stack.cancelUpdate();
    const isHeard = delivery !== 'lost' && delivery !== 'answer-lost' && delivery !== 'cancelled';
    const answer = delivery === 'lost' ? undefined : await this.invoke(stack, event, isHeard, deadline);
    if (delivery === 'twice') await this.invoke(stack, event, false, deadline);
    if (delivery === 'cancelled') throw new ResourceFailure(`Resource ${request.type.toLowerCase()} cancelled`);
    if (!isHeard || !answer) {
      await clock.advance(Math.max(0, deadline - clock.now()));
      throw new ResourceFailure('CloudFormation did not receive a response from your Custom Resource.');
    }
    return this.accept(event, answer);
  }

  /** Lets time go on for requests that arrive again later; without a number, all that are left arrive now. */
  async arrive(steps = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.later.length === 0) return;
    for (const entry of [...this.later]) {
      entry.in -= steps;
      if (entry.in > 0) continue;
      this.later.splice(this.later.indexOf(entry), 1);
      await this.invoke(entry.stack, entry.event, false, this.options.clock.now());
    }
  }

  /** One asynchronous invocation, with Lambda's own retries when the function throws. */
  private async invoke(
    stack: RequestingStack,
    event: CustomResourceEvent,
    isHeard: boolean,
    deadline: number,
  ): Promise<CustomResourceAnswer | undefined> {
    const { clock, port, lambdaRetries } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      let answer: CustomResourceAnswer | undefined;
      let error: unknown;
      try {
        this.options.journal.settle('others', stack);
        answer = await port?.(event);
      } catch (thrown) {
        error = thrown ?? 'nothing';
      }
      const counts = isHeard && answer !== undefined && clock.now() <= deadline;
      this.note(stack, { event, answer, counts, error });
      if (error === undefined || attempt >= lambdaRetries) return counts ? answer : undefined;
      await clock.advance(RETRY_AFTER_MS * 2 ** attempt);
    }
  }

  private note(
    stack: RequestingStack,
    what: { event: CustomResourceEvent; answer: CustomResourceAnswer | undefined; counts: boolean; error: unknown },
  ): void {
    const { clock, journal } = this.options;
    journal.settle('handler', stack);
    if (stack.status) {
      journal.add({ kind: 'answer', at: clock.now(), stack: stack.name, stackStatus: stack.status, ...what });
    }
  }

  private accept(event: CustomResourceEvent, answer: CustomResourceAnswer): string {
    const fault = faultOfAnswer(answer, event);
    if (fault) throw new ResourceFailure(fault);
    const { Status, PhysicalResourceId, Reason } = answer;
    if (Status === 'FAILED') {
      const reason = `Received response status [FAILED] from custom resource. Message returned: ${Reason}`;
      throw new ResourceFailure(reason, PhysicalResourceId);
    }
    return PhysicalResourceId;
  }

  private eventOf(stack: RequestingStack, request: ResourceRequest): CustomResourceEvent {
    const { random } = this.options;
    const properties = stringified(request.properties) as CustomResourceEvent['ResourceProperties'];
    const hex = random.hex(32);
    const RequestId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    const whole = {
      ServiceToken: properties.ServiceToken,
      ResponseURL: this.responseUrl(`${stack.id}|${request.logicalId}|${RequestId}`),
      StackId: stack.id,
      RequestId,
      LogicalResourceId: request.logicalId,
      ResourceType: request.resourceType,
      ResourceProperties: properties,
    };
    const PhysicalResourceId = request.physicalId ?? '';
    if (request.type === 'Create') return { RequestType: 'Create', ...whole };
    if (request.type === 'Delete') return { RequestType: 'Delete', ...whole, PhysicalResourceId };
    const OldResourceProperties = stringified(request.oldProperties ?? {}) as Properties;
    return { RequestType: 'Update', ...whole, PhysicalResourceId, OldResourceProperties };
  }

  private responseUrl(key: string): string {
    const { partition, region } = this.options.environment;
    const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const host = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.${suffix}`;
    const signature = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=7200&X-Amz-Signature=${this.options.random.hex(16).repeat(4)}`;
    return `https://${host}/${encodeURIComponent(key)}?${signature}`;
  }
}

function timeoutMs(properties: Properties): number {
  const seconds = Number(properties.ServiceTimeout ?? DEFAULT_TIMEOUT_S);
  return Math.min(Math.max(seconds, 1), DEFAULT_TIMEOUT_S) * 1000;
}
