import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { STACK_ENV } from '../../../lib/contract/environment';
import { parseStackPruneSettings, type StackPruneSettings } from '../../../lib/contract/stack-prune-settings';
import { STACK_RESOURCE } from '../../../lib/contract/stack-pruning';
import { readTemplate, type StackTemplate, type TemplateResource } from '../../../simulator/cloudformation/template';
import { assetOf, readStack, synthesize } from '../synthesized-app';

const REPOSITORY = path.join(__dirname, '../../..');
const APP = 'examples/keep-last-revisions/app.ts';

/** Logical ids of what takes part in the story. */
export interface StackIds {
  readonly taskDefinition: string;
  readonly service: string;
  readonly customResource: string;
  readonly function: string;
}

/** What the synthesized templates of the example say. */
export interface ExampleStack {
  readonly name: string;
  readonly ids: StackIds;
  /** One for each image. */
  readonly templates: readonly StackTemplate[];
  readonly family: string;
  readonly settings: StackPruneSettings;
  readonly policies: Pick<TemplateResource, 'updateReplacePolicy' | 'deletionPolicy'>;
  /** The file of the function's code asset that holds its handler. */
  readonly file: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
}

/** Synthesizes the example, and gives it with a template for each image, as `cdk deploy -c image=…` would deploy it. */
export async function withExampleStack<T>(images: readonly string[], work: (example: ExampleStack) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'caretaker-demo-'));
  try {
    synthesize(REPOSITORY, APP, folder);
    return await work(readExample(folder, images));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readExample(outdir: string, images: readonly string[]): ExampleStack {
  const { stack: name, document } = readStack(outdir);
  const template = readTemplate(document);
  const templates = images.map((image) =>
    slowestLast({ ...template, resources: template.resources.map((one) => withImage(one, image)) }),
  );
  const { resources } = template;
  const one = (type: string): TemplateResource => {
    const [found, ...others] = resources.filter((resource) => resource.type === type);
    if (!found || others.length > 0) throw new Error(`the template of ${name} has not exactly one ${type}`);
    return found;
  };
  const taskDefinition = one('AWS::ECS::TaskDefinition');
  const lambda = one('AWS::Lambda::Function');
  const { Handler, Code, MemorySize, Timeout, Environment } = lambda.properties as unknown as FunctionProperties;
  const [module = '', handler = ''] = Handler.split('.');
  return {
    name,
    templates,
    ids: {
      taskDefinition: taskDefinition.logicalId,
      service: one('AWS::ECS::Service').logicalId,
      customResource: one(STACK_RESOURCE.type).logicalId,
      function: lambda.logicalId,
    },
    family: String(taskDefinition.properties?.Family),
    settings: parseStackPruneSettings(JSON.parse(Environment.Variables[STACK_ENV.settings] ?? '')),
    policies: taskDefinition,
    file: path.join(assetOf(outdir, name, Code.S3Key), `${module}.js`),
    handler,
    memoryMb: MemorySize,
    timeoutMs: Timeout * 1000,
  };
}

/** As the template has them. */
interface FunctionProperties {
  readonly Handler: string;
  readonly Code: { readonly S3Key: string };
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

function withImage(resource: TemplateResource, image: string): TemplateResource {
  const { type, properties = {} } = resource;
  if (type !== 'AWS::ECS::TaskDefinition') return resource;
  const [container, ...others] = properties.ContainerDefinitions as readonly object[];
  return { ...resource, properties: { ...properties, ContainerDefinitions: [{ ...container, Image: image }, ...others] } };
}

/**
 * CloudFormation works at the same time on what does not depend on each other. The simulator takes one after the other: a
 * service, which needs minutes until its tasks are healthy, ends after everything that needs seconds.
 */
function slowestLast(template: StackTemplate): StackTemplate {
  const isSlow = ({ type }: TemplateResource) => type === 'AWS::ECS::Service';
  const { resources } = template;
  return { ...template, resources: [...resources.filter((one) => !isSlow(one)), ...resources.filter(isSlow)] };
}
