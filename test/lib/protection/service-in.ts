import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { TaskScaleInProtection, type TaskScaleInProtectionProps } from 'cdk-ecs-caretaker';

export interface Given {
  readonly service?: Partial<ecs.FargateServiceProps>;
  readonly container?: Partial<ecs.ContainerDefinitionOptions>;
  readonly protection?: Partial<TaskScaleInProtectionProps>;
  readonly stack?: StackProps;
}

export const image = ecs.ContainerImage.fromRegistry('public.ecr.aws/nginx/nginx');

export function fargateService(stack: Stack, id = 'Service', { service, container }: Given = {}): ecs.FargateService {
  const taskDefinition = new ecs.FargateTaskDefinition(stack, `${id}Definition`);
  taskDefinition.addContainer('worker', { image, ...container });
  const cluster = (stack.node.tryFindChild('Cluster') as ecs.Cluster | undefined) ?? new ecs.Cluster(stack, 'Cluster');
  return new ecs.FargateService(stack, id, { cluster, taskDefinition, ...service });
}

/** A stack with one protected Fargate service in it. */
export function protectedService(given: Given = {}, app = new App()) {
  const stack = new Stack(app, 'Stack', given.stack);
  const service = fargateService(stack, 'Service', given);
  const protection = new TaskScaleInProtection(stack, 'Protection', { service, ...given.protection });
  return { app, stack, service, protection };
}

/** What keeps the app from being synthesized, or nothing. */
export function errorOf(stack: Stack): string {
  try {
    Template.fromStack(stack);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Our warnings, with their ids. */
export function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('cdk-ecs-caretaker:'))
    .map(({ entry }) => String(entry.data));
}

export const idsIn = (texts: readonly string[]): string[] =>
  texts.map((text) => /cdk-ecs-caretaker:(\w+)/.exec(text)?.[1] ?? text);

/** The environment of every container of the only task definition, by container. */
export function environmentsOf(stack: Stack): Record<string, Record<string, string>> {
  const [definition] = Object.values(Template.fromStack(stack).findResources('AWS::ECS::TaskDefinition'));
  return Object.fromEntries(
    definition?.Properties.ContainerDefinitions.map(
      ({ Name, Environment = [] }: { Name: string; Environment?: { Name: string; Value: string }[] }) => [
        Name,
        Object.fromEntries(Environment.map((variable) => [variable.Name, variable.Value])),
      ],
    ),
  );
}

/** What we tell without warning of it. */
export function infosOf(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findInfo('*', Match.stringLikeRegexp('cdk-ecs-caretaker:'))
    .map(({ entry }) => String(entry.data));
}

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement of the stack's policies, those inside roles as well. */
export function statementsOf(stack: Stack): Statement[] {
  const template = Template.fromStack(stack);
  const inRoles = Object.values(template.findResources('AWS::IAM::Role')).flatMap(
    ({ Properties }) => Properties.Policies ?? [],
  );
  const beside = Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties);
  return [...inRoles, ...beside].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
