// The licence texts of every package whose code is in a bundle, from what the bundler says it took.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export function licences(metafile, root) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder) packages.add(folder);
  }
  // Most packages of a family share one text: it is printed once, below the names of all.
  const byText = new Map();
  for (const folder of [...packages].sort()) {
    const { name, text } = entry(path.join(root, folder));
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}

function entry(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (!license) throw new Error(`${name} names no licence: its code cannot be shipped`);
  const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate));
  const text = file ? readFileSync(path.join(folder, file), 'utf8').trim() : `Licence: ${license}`;
  return { name: `${name} ${version} (${license})`, text };
}
