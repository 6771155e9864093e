import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly seed: number;
  readonly revisions: number;
  /** Whether the simulated account stays up afterwards. */
  readonly serve: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo -- [options]

Prunes a simulated account with the synthesized example app and its Lambda bundle.

  --revisions N   ACTIVE revisions in the account: 200 to 100000, 5000 unless said
  --seed N        another account; the same seed shows the same story
  --serve         leaves the simulated account up for the AWS CLI, until Ctrl-C
  --help          this text
`;

const LEAST_REVISIONS = 200;
const MOST_REVISIONS = 100_000;

/** A mistake of whoever typed the command. */
export class UsageError extends Error {}

/**
 * Reads the flags.
 *
 * @throws UsageError naming the flag
 */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { seed = '1', revisions = '5000', serve = false, help = false } = parse(argv);
  return {
    seed: whole('--seed', seed, 0, 2 ** 31 - 1),
    revisions: whole('--revisions', revisions, LEAST_REVISIONS, MOST_REVISIONS),
    serve,
    help,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        revisions: { type: 'string' },
        serve: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node's first sentence names the flag; the rest is advice that does not fit.
    const [sentence = ''] = String((error as Error).message).split(/\. |\n/);
    throw new UsageError(sentence.replace(/\.$/, ''));
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, not '${text}'`);
}
