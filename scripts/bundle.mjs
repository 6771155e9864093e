// Bundles what runs in Lambda, so that nothing is bundled at a user's synth. The bytes depend on the locked versions
// alone: they are part of every user's template.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { licences } from './licences.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values: given } = parseArgs({
  options: {
    /** Bundles the simulator, the client and the command line too. */
    all: { type: 'boolean', default: false },
    /** Bundles the client and the command line too. */
    cli: { type: 'boolean', default: false },
    /** Another folder than `assets`. */
    out: { type: 'string', default: path.join(root, 'assets') },
    /** Writes what the bundler says it took beside each bundle's folder. */
    metafile: { type: 'boolean', default: false },
  },
});

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

// The SDK writes the keys of its schemas as names of constants, and a bundler must keep what it cannot read: with plain
// keys it drops the schemas of all actions that are not called. Of a package.json the SDK uses the version alone.
const leanSdk = {
  name: 'lean-sdk',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path: file }) => {
      const source = readFileSync(file, 'utf8');
      const texts = new Map([...source.matchAll(/^const (\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name, text]));
      return { contents: source.replace(/\[(\w+)\]:/g, (key, name) => (texts.has(name) ? `${texts.get(name)}:` : key)) };
    });
    onLoad({ filter: /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, ({ path: file }) => {
      const { version } = JSON.parse(readFileSync(file, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

const functions = ['prune-on-schedule', 'prune-on-stack-update'];

for (const name of functions) {
  const outdir = path.join(given.out, name);
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`lambda/${name}.handler.ts`],
    outfile: path.join(outdir, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    external: unreached,
    plugins: [leanSdk],
    legalComments: 'none',
    metafile: true,
  });
  writeFileSync(path.join(outdir, 'THIRD-PARTY-LICENSES'), licences(metafile, root));
  if (given.metafile) writeFileSync(`${outdir}.json`, JSON.stringify(metafile));
}

if (given.all) {
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

if (given.all || given.cli) {
  const outfile = path.join(root, 'dist/cli/main.js');
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  // One file that needs nothing beside it. What a command loads on demand becomes a function in it, run when it is called.
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    plugins: [leanSdk],
    define: { CARETAKER_VERSION: JSON.stringify(version) },
    banner: { js: '#!/usr/bin/env node' },
    legalComments: 'none',
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  writeFileSync(path.join(root, 'dist/cli/THIRD-PARTY-LICENSES'), licences(metafile, root));
  if (given.metafile) writeFileSync(path.join(root, 'dist/cli.json'), JSON.stringify(metafile));
}

if (given.all || given.cli) await bundleClient(path.join(root, 'dist/client'));

/** The client for containers: one file that needs nothing beside it. As a module it is the same file: there is one client in a process. */
async function bundleClient(outdir) {
  mkdirSync(outdir, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['client/index.ts'],
    outfile: path.join(outdir, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
  });
  const names = Object.keys((await import(path.join(outdir, 'index.js'))).default);
  writeFileSync(
    path.join(outdir, 'index.mjs'),
    `import client from './index.js';\nexport const { ${names.join(', ')} } = client;\n`,
  );
  writeFileSync(path.join(outdir, 'index.d.mts'), "export * from '../types/client/index.js';\n");
}
