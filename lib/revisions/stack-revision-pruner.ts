import { CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { STACK_ENV } from '../contract/environment';
import { STACK_PRUNE_METRICS, type StackPruneMetric } from '../contract/metrics';
import { STACK_RESOURCE, STACK_SECONDS } from '../contract/stack-pruning';
import { BundledFunction, functionOptionFaults } from '../function/bundled-function';
import { refuse } from '../function/refuse';
import { prunerMetric } from '../monitoring/prune-metric';
import { acknowledgeReads, allowEvents, allowPruning, allowReferrers } from './prune-permissions';
import { prunerName } from './pruner-name';
import { Referrer } from './referrer';
import { claimTaskDefinitions, rendered, renderStackSettings, stackRenderFaults } from './render-stack-settings';
import { earlierPolicyFaults, inertFaults, laterPolicyFaults, renderPolicies } from './stack-removal-policies';
import type { StackRevisionPrunerProps } from './stack-revision-pruner-props';

/**
 * Keeps the last revisions of a stack's task definitions ACTIVE, so that there is something to roll back to, and deregisters older
 * ones once an update of the stack is over and cannot be rolled back any more.
 *
 * While an update is under way nothing is deregistered, neither by the pruner nor by CloudFormation. Never put anything into the
 * stack that depends on the pruner.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cfn-customresource.html
 */
export class StackRevisionPruner extends Construct {
  /** The function that answers CloudFormation, and prunes. */
  public readonly handler: lambda.IFunction;

  /** Where requests go that could not be answered. They hold an address that lets anybody answer in the function's place for a while. */
  public readonly deadLetterQueue: sqs.IQueue;

  private readonly pruner: string;

  /** @throws Error that tells all faults of the props at once */
  constructor(scope: Construct, id: string, props: StackRevisionPrunerProps) {
    super(scope, id);
    refuse(this, [...stackRenderFaults(this, props), ...functionOptionFaults(props)]);
    const settings = renderStackSettings(props);
    const definitions = props.taskDefinitions.map(rendered).filter((resource) => resource !== undefined);
    refuse(
      this,
      definitions.flatMap((resource, index) => {
        return earlierPolicyFaults(`taskDefinitions[${index}]`, resource, settings.removalPolicy);
      }),
    );
    for (const resource of definitions) renderPolicies(resource, settings.removalPolicy);
    claimTaskDefinitions(this, props.taskDefinitions);

    this.pruner = prunerName(this);
    // CloudFormation lets the function behind a custom resource never change: neither may the ids on this path.
    const handler = new BundledFunction(this, 'Handler', {
      ...props,
      bundle: 'prune-on-stack-update',
      description: 'Deregisters old task definition revisions when an update of the stack is over',
      timeout: Duration.seconds(STACK_SECONDS.function),
      // A request that was not answered is worth another try, for as long as CloudFormation waits.
      retryAttempts: 2,
      maxEventAge: Duration.seconds(STACK_SECONDS.service),
      environment: {
        [STACK_ENV.settings]: Stack.of(this).toJsonString(settings),
        [STACK_ENV.stack]: Stack.of(this).stackId,
        [STACK_ENV.pruner]: this.pruner,
      },
    });
    this.handler = handler.function;
    this.deadLetterQueue = handler.deadLetterQueue;

    const read = [
      ...allowPruning(handler.role, this, 'DEREGISTER'),
      ...allowReferrers(handler.role, this, [Referrer.CLOUD_FORMATION, ...(settings.withoutReferrers ?? [])]),
    ];
    this.allowStackReads(handler.role);
    allowEvents(handler.role, this);
    if (handler.ownsRole) acknowledgeReads(handler.role, this, read);

    const customResource = new CustomResource(this, 'Resource', {
      serviceToken: handler.function.functionArn,
      serviceTimeout: Duration.seconds(STACK_SECONDS.service),
      resourceType: STACK_RESOURCE.type,
      properties: {
        [STACK_RESOURCE.taskDefinitions]: props.taskDefinitions.map(({ taskDefinitionArn }) => taskDefinitionArn),
      },
    });
    // When the stack is deleted, the last Delete must find the function, its role and its way out still there.
    customResource.node.addDependency(handler);
    if (props.vpc) {
      customResource.node.addDependency(props.vpc.selectSubnets(props.vpcSubnets).internetConnectivityEstablished);
    }
    this.node.addValidation({
      validate: () => [
        ...definitions.flatMap((resource) => laterPolicyFaults(resource, settings.removalPolicy)),
        ...customResource.node.children.filter(CfnResource.isCfnResource).flatMap(inertFaults),
      ],
    });
  }

  /** Runs that ended well. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsSucceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsSucceeded', options);
  }

  /** Runs that an incomplete read, or the stack itself, kept from acting. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsRefused(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsRefused', options);
  }

  /** Runs that ended with a fault. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRunsFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runsFailed', options);
  }

  /**
   * Requests to delete after which nothing was looked at. Sum over 5 minutes, unless `options` says otherwise. The same number stands
   * under the further dimension `Reason`.
   */
  public metricDeletesPassedOver(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('deletesPassedOver', options);
  }

  /** Requests that could not be answered. Sum over 5 minutes, unless `options` says otherwise. */
  public metricAnswersFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('answersFailed', options);
  }

  /** ACTIVE revisions of the families of a run. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsActive(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsActive', options);
  }

  /** Revisions kept because something refers to them. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsReferenced(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsReferenced', options);
  }

  /** Revisions deregistered. Sum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsDeregistered(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsDeregistered', options);
  }

  /** Superseded revisions that a run had no time for. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRevisionsLeft(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('revisionsLeft', options);
  }

  /** Deregistered revisions that something refers to after all. Sum over 5 minutes, unless `options` says otherwise. */
  public metricLateReferences(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('lateReferences', options);
  }

  /** Deregistrations that ECS throttled. Sum over 5 minutes, unless `options` says otherwise. */
  public metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('throttles', options);
  }

  /** How long a run took, in seconds. Maximum over 5 minutes, unless `options` says otherwise. */
  public metricRunSeconds(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('runSeconds', options);
  }

  /** What this stack, and those that it is nested in, are doing; what this one records; and whether another owns a revision. */
  private allowStackReads(role: iam.IRole): void {
    const own = Stack.of(this);
    const above: string[] = [];
    for (let stack = own.nestedStackParent; stack; stack = stack.nestedStackParent) above.push(stack.stackId);
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['cloudformation:DescribeStackResource', 'cloudformation:ListStackResources'],
        resources: [own.stackId],
      }),
    );
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources: [own.stackId, ...above] }),
    );
    // Asked by the ARN of a revision, before anybody knows which stack has it, if one has.
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['cloudformation:DescribeStackResources'], resources: ['*'] }),
    );
  }

  private metric(metric: StackPruneMetric, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return prunerMetric(this, this.pruner, STACK_PRUNE_METRICS[metric], options);
  }
}
