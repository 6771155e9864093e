// Holds the promises of test/engine/safety.test.ts in a hundred thousand faulted worlds, half of them in a process each.
// A failure prints seed and path: `SAFETY_SEED=… SAFETY_PATH=… npm run worlds` plays that world again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(path.join(tmpdir(), 'worlds-'));
const outfile = path.join(folder, 'worlds.cjs');
const began = Date.now();
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/engine/worlds.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
  });
  const env = { SAFETY_WORLDS: '100000', ...process.env };
  // A path leads to a world of one half.
  const halves = env.SAFETY_PATH === undefined ? ['0', '1'] : ['0'];
  const codes = await Promise.all(
    halves.map(async (half) => {
      const child = spawn(process.execPath, ['--enable-source-maps', outfile, half], { env, stdio: 'inherit' });
      const [code] = await once(child, 'exit');
      return code;
    }),
  );
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${Math.round((Date.now() - began) / 1000)} s in all\n`);
