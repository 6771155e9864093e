// Packs the package and uses it as a stranger would: in fresh CDK apps at the oldest and the newest aws-cdk-lib that it
// supports, with CDK's own validation of the template on where there is one, and in TypeScript at the oldest.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const work = mkdtempSync(path.join(tmpdir(), 'caretaker-package-'));

// What users download. Tell a grown package before they do.
const MOST_PACKED_KB = 700;
const NEEDED = [
  '.jsii',
  'API.md',
  'LICENSE',
  'README.md',
  'assets/prune-on-schedule/index.js',
  'assets/prune-on-schedule/THIRD-PARTY-LICENSES',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/simulator/NOTICE',
  'dist/simulator/index.js',
  'dist/types/simulator/index.d.ts',
  'schema/prune-settings.v1.json',
];
const NEVER = /^(test|lambda|engine|cli|bench|examples|scripts|node_modules)\/|\.map$|package-lock\.json$/;

const CONSUMERS = [
  { name: 'oldest', packages: ['aws-cdk-lib@2.220.0', 'constructs@10.0.0'], typescript: true },
  { name: 'newest', packages: ['aws-cdk-lib@2.276.0', 'constructs@10.8.1', 'cdk-nag@3.0.2'], strict: true, nag: true },
];

const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', ...options });

try {
  run('npx', ['publint', '--strict']);
  const tarball = path.join(work, run('npm', ['pack', '--silent', '--pack-destination', work]).trim());
  checkTarball(tarball);
  run('npx', ['attw', tarball, '--exclude-entrypoints', '.jsii', '--format', 'table-flipped']);
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

function checkConsumer({ name, packages, typescript, strict, nag }, tarball) {
  const app = path.join(work, name);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ name, private: true }));
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball, ...packages], { cwd: app });
  writeFileSync(path.join(app, 'app.js'), appText({ strict, nag }));
  for (const example of readdirSync(path.join(root, 'examples'))) {
    copyFileSync(path.join(root, 'examples', example, 'app.ts'), path.join(app, `${example}.ts`));
  }
  const out = path.join(app, 'cdk.out');
  run('node', ['app.js'], { cwd: app, env: { ...process.env, CDK_OUTDIR: out, CDK_VALIDATION: 'true' } });
  const template = JSON.parse(readFileSync(path.join(out, 'Fresh.template.json'), 'utf8'));
  const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  if (functions.length !== 1) throw new Error(`${name}: expected one function, got ${functions.length}`);
  if (typescript) checkTypes(app);
  console.log(`${name}: ${packages.join(', ')}: synthesized`);
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

function checkTypes(app) {
  const sources = readdirSync(app).filter((file) => file.endsWith('.ts'));
  const options = ['--noEmit', '--strict', '--module', 'node16', '--moduleResolution', 'node16', '--skipLibCheck', 'false'];
  const types = ['--typeRoots', path.join(root, 'node_modules', '@types'), '--types', 'node'];
  run('node', [path.join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, ...sources], { cwd: app });
}
