import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

/** Where the demo leaves its files; it writes nowhere else. */
export class OutputFolder {
  constructor(private readonly folder: string) {}

  /** Writes the file, and gives its path as one would type it. */
  write(name: string, text: string): string {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(path.join(this.folder, name), text.endsWith('\n') ? text : `${text}\n`);
    return this.path(name);
  }

  path(name: string): string {
    return `./${path.join(this.folder, name)}`;
  }
}
