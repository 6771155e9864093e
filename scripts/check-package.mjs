// Packs the package and uses it as a stranger would: in fresh CDK apps at the oldest and the newest aws-cdk-lib that it
// supports, with CDK's own validation of the template on where there is one, and in TypeScript at the oldest.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TSX = path.join(root, 'node_modules/tsx/dist/cjs/index.cjs');
const work = mkdtempSync(path.join(tmpdir(), 'caretaker-package-'));

// What users download. Tell a grown package before they do.
const MOST_PACKED_KB = 1000;
const NEEDED = [
  '.jsii',
  'API.md',
  'LICENSE',
  'README.md',
  'assets/prune-on-schedule/index.js',
  'assets/prune-on-schedule/THIRD-PARTY-LICENSES',
  'dist/cli/THIRD-PARTY-LICENSES',
  'dist/cli/main.js',
  'dist/client/index.d.mts',
  'dist/client/index.js',
  'dist/client/index.mjs',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/simulator/NOTICE',
  'dist/simulator/index.js',
  'dist/types/client/index.d.ts',
  'dist/types/simulator/index.d.ts',
  'schema/prune-settings.v1.json',
];
const NEVER = /^(test|lambda|engine|cli|client|bench|examples|scripts|node_modules)\/|\.map$|package-lock\.json$/;

const CONSUMERS = [
  { name: 'oldest', packages: ['aws-cdk-lib@2.220.0', 'constructs@10.0.0'], typescript: true },
  { name: 'newest', packages: ['aws-cdk-lib@2.276.0', 'constructs@10.8.1', 'cdk-nag@3.0.2'], strict: true, nag: true },
];

const SERVICE_APP = `
const { App, Stack } = require('aws-cdk-lib');
const ecs = require('aws-cdk-lib/aws-ecs');
const { StackRevisionPruner, TaskScaleInProtection } = require('cdk-ecs-caretaker');
const app = new App();
const stack = new Stack(app, 'Service');
const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Web');
taskDefinition.addContainer('web', { image: ecs.ContainerImage.fromRegistry('nginx') });
const service = new ecs.FargateService(stack, 'WebService', { cluster: new ecs.Cluster(stack, 'Cluster'), taskDefinition });
new TaskScaleInProtection(stack, 'Protection', { service });
new StackRevisionPruner(stack, 'OldRevisions', { taskDefinitions: [taskDefinition] });
app.synth();
`;

const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', ...options });

try {
  run('npx', ['publint', '--strict']);
  const tarball = path.join(work, run('npm', ['pack', '--silent', '--pack-destination', work]).trim());
  checkTarball(tarball);
  run('npx', ['attw', tarball, '--exclude-entrypoints', '.jsii', '--format', 'table-flipped']);
  checkContainer(tarball);
  for (const consumer of CONSUMERS) checkConsumer(consumer, tarball);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function checkTarball(tarball) {
  const files = run('tar', ['-tzf', tarball])
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
  const missing = NEEDED.filter((file) => !files.includes(file));
  const stray = files.filter((file) => NEVER.test(file));
  const kilobytes = Math.ceil(statSync(tarball).size / 1024);
  if (missing.length > 0) throw new Error(`the tarball lacks ${missing.join(', ')}`);
  if (stray.length > 0) throw new Error(`the tarball holds ${stray.join(', ')}`);
  if (kilobytes > MOST_PACKED_KB) throw new Error(`the tarball has ${kilobytes} KB, and the budget is ${MOST_PACKED_KB} KB`);
  console.log(`tarball: ${files.length} files, ${kilobytes} KB packed`);
}

/** An image with the client alone: no CDK comes with the package, and each kind of import finds the same class. */
function checkContainer(tarball) {
  const app = path.join(work, 'container');
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name: 'container', private: true }));
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball], { cwd: app });
  const packages = readdirSync(path.join(app, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (packages.join() !== 'cdk-ecs-caretaker') throw new Error(`the package brought along ${packages.join(', ')}`);
  writeFileSync(
    path.join(app, 'main.mjs'),
    "import { createRequire } from 'node:module';\nimport { TaskProtectionClient } from 'cdk-ecs-caretaker/client';\n" +
      "if (createRequire(import.meta.url)('cdk-ecs-caretaker/client').TaskProtectionClient !== TaskProtectionClient) throw new Error('two clients');\n" +
      'await new TaskProtectionClient().during(({ admission }) => console.log(admission));\n',
  );
  const env = { PATH: process.env.PATH };
  const said = run('node', ['main.mjs'], { cwd: app, env });
  if (!said.endsWith('unavailable\n')) throw new Error(`the client said ${said}`);
  const kilobytes = Number(run('du', ['-sk', path.join(app, 'node_modules')]).split('\t')[0]);
  console.log(`container: one package, ${kilobytes} KB installed`);
}

function checkConsumer({ name, packages, typescript, strict, nag }, tarball) {
  const app = path.join(work, name);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name, private: true }));
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball, ...packages], { cwd: app });
  writeFileSync(path.join(app, 'app.js'), appText({ strict, nag }));
  const template = synthesize(app, ['app.js'], 'Fresh');
  const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  if (functions.length !== 1) throw new Error(`${name}: expected one function, got ${functions.length}`);
  writeFileSync(path.join(app, 'service.js'), SERVICE_APP);
  const { Resources } = synthesize(app, ['service.js'], 'Service');
  if (!JSON.stringify(Resources).includes('ecs:GetTaskProtection'))
    throw new Error(`${name}: the task role lacks the permissions`);
  const examples = copyExamples(app, typescript);
  if (typescript) checkTypes(app, [...examples, ...readmeSnippets(app)]);
  if (strict) for (const example of examples) synthesize(app, ['-r', TSX, example], undefined, strictContext(app));
  console.log(
    `${name}: ${packages.join(', ')}: synthesized${strict ? `, and ${examples.length} examples with every check on` : ''}`,
  );
}

/** The examples acknowledge findings by an API that the oldest release does not have: there, those that need none. */
function copyExamples(app, oldest) {
  return readdirSync(path.join(root, 'examples'))
    .map((example) => ({ file: `${example}.ts`, text: readFileSync(path.join(root, 'examples', example, 'app.ts'), 'utf8') }))
    .filter(({ text }) => !(oldest && text.includes('Validations')))
    .map(({ file, text }) => {
      writeFileSync(path.join(app, file), text);
      return file;
    });
}

/** The README's TypeScript, each block in a construct of its own that has a `service` at hand. */
function readmeSnippets(app) {
  const blocks = readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g);
  return [...blocks].map(([, block], index) => {
    const file = `readme-${index}.ts`;
    const imports = block.match(/^import .*$/gm) ?? [];
    const body = block.replace(/^import .*$/gm, '');
    const around = ["import type * as ecs from 'aws-cdk-lib/aws-ecs';", "import { Construct } from 'constructs';", ...imports];
    const text = `declare const service: ecs.FargateService;\nclass Snippet extends Construct {\n  show() {${body}  }\n}\nvoid Snippet;\n`;
    writeFileSync(path.join(app, file), `${around.join('\n')}\n${text}`);
    return file;
  });
}

function synthesize(app, args, stack, context) {
  const out = path.join(app, 'cdk.out', args.at(-1));
  const env = { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: 'true', ...(context ? { CDK_CONTEXT_JSON: context } : {}) };
  run('node', args, { cwd: app, env });
  return stack ? JSON.parse(readFileSync(path.join(out, `${stack}.template.json`), 'utf8')) : undefined;
}

function strictContext(app) {
  const flags = JSON.parse(readFileSync(path.join(app, 'node_modules/aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
  return JSON.stringify({ ...flags, '@aws-cdk/core:strictCfnValidateErrors': true });
}

function appText({ strict, nag }) {
  const context = strict
    ? "{ ...require('aws-cdk-lib/recommended-feature-flags.json'), '@aws-cdk/core:strictCfnValidateErrors': true }"
    : '{}';
  return `
const { App, Stack, ${nag ? 'Validations' : ''} } = require('aws-cdk-lib');
const { PruneMode, RevisionPruner } = require('cdk-ecs-caretaker');
const app = new App({ context: ${context} });
${nag ? "Validations.of(app).addPlugins(new (require('cdk-nag').AwsSolutionsChecks)(app));" : ''}
const pruner = new RevisionPruner(new Stack(app, 'Fresh'), 'Pruner', { families: ['web-*'], mode: PruneMode.DEREGISTER });
pruner.metricLateReferences().createAlarm(pruner, 'Late', { threshold: 1, evaluationPeriods: 1 });
app.synth();
if (typeof require('cdk-ecs-caretaker/testing').EcsSimulator !== 'function') throw new Error('./testing does not load');
`;
}

function checkTypes(app, sources) {
  const options = ['--noEmit', '--strict', '--module', 'node16', '--moduleResolution', 'node16', '--skipLibCheck', 'false'];
  const types = ['--typeRoots', path.join(root, 'node_modules', '@types'), '--types', 'node'];
  run('node', [path.join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, ...sources], { cwd: app });
}
