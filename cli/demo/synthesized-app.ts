import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Environment } from '../../lib/contract/arn';
import { ENV } from '../../lib/contract/environment';
import { type PruneSettings, parsePruneSettings } from '../../lib/contract/prune-settings';
import type { Referrer } from '../../lib/contract/referrers';

/** What a synthesized template says of the one pruner in it. */
export interface SynthesizedPruner {
  readonly stack: string;
  /** How many resources the template has. */
  readonly resources: number;
  /** The environment variables of the function, with its references resolved. */
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: PruneSettings;
  /** The name under which the pruner reports. */
  readonly name: string;
  readonly ledgerBucket: string;
  /** The file of the function's code asset that holds its handler. */
  readonly file: string;
  readonly handler: string;
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** The time between two ticks of the schedule. */
  readonly everyMs: number;
  /** Whether the function's role may list the ledger: without that, S3 does not say that a key is missing. */
  readonly listAllowed: boolean;
}

/** Runs a CDK app as `cdk synth` does, in a process of its own. */
export function synthesize(repository: string, app: string, outdir: string): void {
  const { status, stderr, error } = spawnSync(process.execPath, ['-r', 'tsx/cjs', app], {
    cwd: repository,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      // The validator of aws-cdk-lib takes seconds; `npm run synth` has it.
      CDK_VALIDATION: 'false',
      JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0],
    },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${app} does not synthesize:\n${stderr}`);
}

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON
type Properties = any;

interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
}

/** Reads the pruner out of the cloud assembly in the folder. */
export function readPruner(outdir: string, environment: Environment): SynthesizedPruner {
  const { stack, document } = readStack(outdir);
  const { Resources } = document;
  const resources = Object.values(Resources);
  const resolve = resolver(environment, Resources);

  const lambda = resources.find(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && settingsIn(Properties));
  if (!lambda) throw new Error(`the template of ${stack} has no function with ${ENV.settings}`);
  const { Code, Environment, Handler, Runtime, MemorySize, Timeout } = lambda.Properties;
  const [module, handler] = String(Handler).split('.');
  const schedule = resources.find(({ Type }) => Type === 'AWS::Scheduler::Schedule');
  const variables = Object.fromEntries(Object.entries(Environment.Variables).map(([name, value]) => [name, resolve(value)]));
  return {
    stack,
    resources: resources.length,
    variables,
    settings: parsePruneSettings(JSON.parse(variables[ENV.settings] ?? '')),
    name: variables[ENV.pruner] ?? '',
    ledgerBucket: variables[ENV.ledgerBucket] ?? '',
    file: path.join(assetOf(outdir, stack, String(Code.S3Key)), `${module}.js`),
    handler: handler ?? '',
    runtime: Runtime,
    memoryMb: MemorySize,
    timeoutMs: Timeout * 1000,
    everyMs: rateOf(schedule?.Properties?.ScheduleExpression),
    listAllowed: resources.some(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && grants(Properties, 's3:ListBucket')),
  };
}

/** The same pruner, told not to ask some kinds of referrers. */
export function withoutReferrers(pruner: SynthesizedPruner, kinds: readonly Referrer[]): SynthesizedPruner {
  if (kinds.length === 0) return pruner;
  const settings = { ...pruner.settings, withoutReferrers: kinds };
  return { ...pruner, settings, variables: { ...pruner.variables, [ENV.settings]: JSON.stringify(settings) } };
}

/** The one stack in the cloud assembly: its name and its template. */
export function readStack(outdir: string): { readonly stack: string; readonly document: Template } {
  const template = readdirSync(outdir).find((name) => name.endsWith('.template.json'));
  if (!template) throw new Error(`there is no template in ${outdir}`);
  const document = readJson(path.join(outdir, template)) as Template;
  return { stack: template.replace('.template.json', ''), document };
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

function settingsIn(properties: Properties): boolean {
  return properties?.Environment?.Variables?.[ENV.settings] !== undefined;
}

/** The folder of a function's code. */
export function assetOf(outdir: string, stack: string, key: string): string {
  const { files } = readJson(path.join(outdir, `${stack}.assets.json`)) as { files: Record<string, Properties> };
  const folder = files[key.replace('.zip', '')]?.source?.path;
  if (!folder) throw new Error(`the assets of ${stack} do not hold ${key}`);
  return path.join(outdir, folder);
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rateOf(expression: unknown): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(expression)) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new Error(`the schedule has no rate: ${String(expression)}`);
  return ms;
}

function grants(properties: Properties, action: string): boolean {
  return properties.PolicyDocument.Statement.some(
    ({ Effect, Action }: Properties) => Effect === 'Allow' && [Action].flat().includes(action),
  );
}

/** What CloudFormation would do when it deploys: names for buckets, and the account that it deploys to. */
function resolver(environment: Environment, resources: Readonly<Record<string, Resource>>): (value: unknown) => string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': environment.partition,
    'AWS::AccountId': environment.account,
    'AWS::Region': environment.region,
  };
  const resolve = (value: Properties): string => {
    if (typeof value === 'string') return value;
    const name = value?.Ref;
    if (name in pseudo) return pseudo[name] ?? '';
    if (resources[name]?.Type === 'AWS::S3::Bucket') return `${String(name).toLowerCase()}-demo`;
    const [separator, parts] = value?.['Fn::Join'] ?? [];
    if (Array.isArray(parts)) return parts.map(resolve).join(separator);
    throw new Error(`the demo cannot resolve ${JSON.stringify(value)}`);
  };
  return resolve;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
