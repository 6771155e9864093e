// Bundles what runs in Lambda, so that nothing is bundled at a user's synth. The bytes depend on the locked versions
// alone: they are part of every user's template.
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licences } from './licences.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

// In Lambda the credentials come by environment variables. The SDK loads all other sources on demand, from its own
// copy in the runtime if it ever has to.
const unreached = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
  '@aws-sdk/token-providers',
  '@aws-sdk/nested-clients',
];

const functions = ['prune-on-schedule'];

for (const name of functions) {
  const outdir = path.join(root, 'assets', name);
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`lambda/${name}.handler.ts`],
    outfile: `assets/${name}/index.js`,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    external: unreached,
    legalComments: 'none',
    metafile: true,
  });
  writeFileSync(path.join(outdir, 'THIRD-PARTY-LICENSES'), licences(metafile, root));
}

if (process.argv.includes('--all')) {
  await build({
    absWorkingDir: root,
    entryPoints: ['simulator/index.ts'],
    outfile: 'dist/simulator/index.js',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'none',
  });
  // The definitions of the believable account are others' work, and their notice goes where they go.
  copyFileSync(path.join(root, 'simulator/task-definitions/NOTICE'), path.join(root, 'dist/simulator/NOTICE'));
}
