import { parseArgs } from 'node:util';
import { ALL_REFERRERS, type Referrer } from '../../lib/contract/referrers';

export const STORIES = ['prune', 'stack-update'] as const;

export interface DemoOptions {
  /** Which story is told. */
  readonly story: (typeof STORIES)[number];
  readonly seed: number;
  readonly revisions: number;
  /** Kinds of referrers that the pruner is told not to ask: the oracle must then find what it did not see. */
  readonly without: readonly Referrer[];
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
  --without KIND  prune: a control, with a kind of referrer that the pruner does not look at, so that the
                  oracle finds what that costs; may be said more than once:
                  ${inLines(ALL_REFERRERS)}
  --serve         prune: leaves the simulated account up for the AWS CLI, until Ctrl-C
  --help          this text
`;

/** Three words a line. */
function inLines(words: readonly string[]): string {
  return `${words.slice(0, 3).join(' ')}\n                  ${words.slice(3).join(' ')}`;
}

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
  const { seed = '1', revisions = '5000', without = [], serve = false, help = false } = values;
  const story = storyOf(positionals);
  if (story !== 'prune' && values.revisions !== undefined) throw new UsageError(`--revisions does not go with ${story}`);
  if (story !== 'prune' && without.length > 0) throw new UsageError(`--without does not go with ${story}`);
  if (story !== 'prune' && serve) throw new UsageError(`--serve does not go with ${story}`);
  return {
    story,
    seed: whole('--seed', seed, 0, 2 ** 31 - 1),
    revisions: whole('--revisions', revisions, LEAST_REVISIONS, MOST_REVISIONS),
    without: without.map(referrer),
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
        without: { type: 'string', multiple: true },
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

function referrer(word: string): Referrer {
  const kind = ALL_REFERRERS.find((name) => name === word);
  if (!kind) throw new UsageError(`--without must be one of ${ALL_REFERRERS.join(', ')}, not '${word}'`);
  return kind;
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, not '${text}'`);
}
