import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

// UPDATE_GOLDEN=1 npx jest test/lib/examples.test.ts
const ROOT = path.join(__dirname, '..', '..');
const GOLDEN = path.join(ROOT, 'test', 'golden');
const examples = readdirSync(path.join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(path.join(ROOT, 'examples', entry.name, 'app.ts')))
  .map(({ name }) => name);

/** The templates of an example, run as its user would run it, by their file names. The hash of a bundle is not the template's matter. */
function synthesize(example: string): Record<string, unknown> {
  const outdir = mkdtempSync(path.join(tmpdir(), `${example}-`));
  const { status, stderr } = spawnSync(process.execPath, ['-r', 'tsx/cjs', `examples/${example}/app.ts`], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir, NODE_ENV: '', NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(
    templates.map((file) => [
      file,
      JSON.parse(readFileSync(path.join(outdir, file), 'utf8').replace(/[0-9a-f]{64}(?=\.zip)/g, '<hash of the bundle>')),
    ]),
  );
}

test.each(examples)('examples/%s synthesizes what its golden template shows', (example) => {
  const templates = synthesize(example);
  const golden = path.join(GOLDEN, `${example}.json`);
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, `${JSON.stringify(templates, null, 2)}\n`);
  expect(templates).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
});

test.each(examples)('examples/%s says what it shows', (example) => {
  expect(readFileSync(path.join(ROOT, 'examples', example, 'README.md'), 'utf8')).toContain('What this shows');
});
