import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RevisionPruner, type RevisionPrunerProps } from 'cdk-ecs-caretaker';
import { ENV } from '../../lib/contract/environment';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are read freely in tests
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string[];
}

/** A stack with one pruner in it. */
export function prunerIn(
  props: RevisionPrunerProps | ((stack: Stack) => RevisionPrunerProps) = { families: ['web-*'] },
  stackProps: StackProps = {},
  app = new App(),
) {
  const stack = new Stack(app, 'Stack', stackProps);
  const pruner = new RevisionPruner(stack, 'Pruner', typeof props === 'function' ? props(stack) : props);
  return { app, stack, pruner };
}

export function resourcesOf(stack: Stack, type?: string): [string, Resource][] {
  const resources = Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, Resource>);
  return type ? resources.filter(([, resource]) => resource.Type === type) : resources;
}

/** The properties of the only resource of its type. */
// biome-ignore lint/suspicious/noExplicitAny: templates are read freely in tests
export function theOnly(stack: Stack, type: string): any {
  const found = resourcesOf(stack, type);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type}`);
  return found[0]?.[1].Properties;
}

/** The settings document as the template of the function holds it, with parameters given these values. */
export function settingsOf(stack: Stack, parameters: Record<string, unknown> = {}): unknown {
  const rendered = theOnly(stack, 'AWS::Lambda::Function').Environment.Variables[ENV.settings];
  if (typeof rendered === 'string') return JSON.parse(rendered);
  const parts = rendered['Fn::Join'][1] as (string | { Ref: string })[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : parameters[part.Ref])).join(''));
}
