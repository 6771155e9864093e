import { demo } from './demo';
import { parseDemoOptions, USAGE, UsageError } from './options';
import { Screen } from './screen';
import { stackUpdate } from './stack-update/stack-update';

const WIDTH_OF_TIMELINES = 60;

async function main(argv: readonly string[]): Promise<number> {
  const options = parseDemoOptions(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (options.story === 'stack-update') return stackUpdate(options, new Screen(WIDTH_OF_TIMELINES));
  return demo(options, new Screen());
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
