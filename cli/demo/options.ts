import { parseArgs } from 'node:util';

export const STORIES = ['prune', 'stack-update'] as const;

export interface DemoOptions {
  /** Which story is told. */
  readonly story: (typeof STORIES)[number];
  readonly seed: number;
  readonly revisions: number;
  /** Whether the simulated account stays up afterwards. */
  readonly serve: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo -- [story] [options]

Stories:
  prune           a simulated account, pruned by RevisionPruner on its schedule; told unless said
  stack-update    three deployments of a stack with StackRevisionPruner, one rolled back; then the
                  same with the design that prunes too early

Both run the synthesized example app and its Lambda bundle, and need no AWS account.

  --seed N        another account, another past of the stack; the same seed shows the same story
  --revisions N   prune: ACTIVE revisions in the account, 200 to 100000, 5000 unless said
  --serve         prune: leaves the simulated account up for the AWS CLI, until Ctrl-C
  --help          this text
`;

const LEAST_REVISIONS = 200;
const MOST_REVISIONS = 100_000;

/** A mistake of whoever typed the command. */
export class UsageError extends Error {}

/**
 * Reads the story and the flags.
 *
 * @throws UsageError naming the word or the flag
 */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { values, positionals } = parse(argv);
  const { seed = '1', revisions = '5000', serve = false, help = false } = values;
  const story = storyOf(positionals);
  if (story !== 'prune' && values.revisions !== undefined) throw new UsageError(`--revisions does not go with ${story}`);
  if (story !== 'prune' && serve) throw new UsageError(`--serve does not go with ${story}`);
  return {
    story,
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
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        revisions: { type: 'string' },
        serve: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node's first sentence names the flag; the rest is advice that does not fit.
    const [sentence = ''] = String((error as Error).message).split(/\. |\n/);
    throw new UsageError(sentence.replace(/\.$/, ''));
  }
}

function storyOf([word = 'prune', ...others]: readonly string[]): DemoOptions['story'] {
  const story = STORIES.find((name) => name === word);
  if (!story) throw new UsageError(`there is no story '${word}'`);
  if (others.length > 0) throw new UsageError(`one story at a time, not '${others[0]}' as well`);
  return story;
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, not '${text}'`);
}
