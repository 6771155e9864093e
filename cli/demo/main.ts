import { demo } from './demo';
import { parseDemoOptions, USAGE, UsageError } from './options';
import { Screen } from './screen';
import { stackUpdate } from './stack-update/stack-update';

async function main(argv: readonly string[]): Promise<number> {
  const options = parseDemoOptions(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return options.story === 'stack-update' ? stackUpdate(options, new Screen()) : demo(options, new Screen());
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const text = error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `The demo failed: ${messageOf(error)}\n`;
    process.stderr.write(text);
    process.exitCode = 1;
  },
);

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
