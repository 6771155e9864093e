import { type IResolveContext, Lazy, Tokenization } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { PROTECTION_ENV } from '../contract/protection';
import type { ProtectionSettings } from './findings';

type Container = ecs.CfnTaskDefinition.ContainerDefinitionProperty;
type Variable = ecs.CfnTaskDefinition.KeyValuePairProperty;

/**
 * Tells every container of a task definition the durations, those that come later as well. They are put into what the task definition
 * renders, and not into its containers by an Aspect: all Aspects have been there by then, and a synthesis pays a fraction for it.
 */
export function addEnvironment(taskDefinition: ecs.TaskDefinition, settings: () => ProtectionSettings): void {
  const resource = taskDefinition.node.children.find((child) => child instanceof ecs.CfnTaskDefinition);
  if (!(resource instanceof ecs.CfnTaskDefinition)) {
    throw new Error(`[${taskDefinition.node.path}] 'taskDefinition' has no AWS::ECS::TaskDefinition`);
  }
  const rendered = resource.containerDefinitions;
  const produce = (context: IResolveContext) => {
    const containers = containersIn(rendered, context);
    // aws-cdk-lib looks for references first, and there are none in here.
    if (!containers || context.preparing) return containers;
    const { defaultMinutes, maxMinutes } = settings();
    const told = [
      { name: PROTECTION_ENV.defaultMinutes, value: String(defaultMinutes) },
      { name: PROTECTION_ENV.maximumMinutes, value: String(maxMinutes) },
    ];
    return containers.map((container) => withVariables(container, told));
  };
  resource.containerDefinitions = Lazy.uncachedAny({ produce });
}

function containersIn(rendered: unknown, context: IResolveContext): Container[] | undefined {
  return Tokenization.isResolvable(rendered) ? rendered.resolve(context) : (rendered as Container[] | undefined);
}

function withVariables(container: Container, told: readonly Variable[]): Container {
  const own = (container.environment ?? []) as Variable[];
  const others = own.filter(({ name }) => told.every((variable) => variable.name !== name));
  return { ...container, environment: [...others, ...told] };
}
