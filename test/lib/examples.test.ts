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

/** Runs every example as its user would run it, one after the other in one process: to start one is what takes time. */
const EACH = `for (const example of process.argv.slice(1)) {
  process.env.CDK_OUTDIR = process.cwd() + '/' + example;
  require(process.env.EXAMPLES + '/' + example + '/app.ts');
}`;
const outdir = mkdtempSync(path.join(tmpdir(), 'examples-'));
beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['-r', require.resolve('tsx/cjs'), '-e', EACH, ...examples], {
    cwd: outdir,
    env: { ...process.env, EXAMPLES: path.join(ROOT, 'examples'), NODE_ENV: '', NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
});

/** The templates of an example by their file names. The hash of a bundle is not the template's matter. */
function synthesized(example: string): Record<string, unknown> {
  const templates = readdirSync(path.join(outdir, example)).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(
    templates.map((file) => [
      file,
      JSON.parse(
        readFileSync(path.join(outdir, example, file), 'utf8').replace(/[0-9a-f]{64}(?=\.zip)/g, '<hash of the bundle>'),
      ),
    ]),
  );
}

test.each(examples)('examples/%s synthesizes what its golden template shows', (example) => {
  const templates = synthesized(example);
  const golden = path.join(GOLDEN, `${example}.json`);
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, `${JSON.stringify(templates, null, 2)}\n`);
  expect(templates).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
});

test.each(examples)('examples/%s says what it shows', (example) => {
  expect(readFileSync(path.join(ROOT, 'examples', example, 'README.md'), 'utf8')).toContain('What this shows');
});
