import { Command, InvalidArgumentError, Option } from 'commander';
import { ALL_REFERRERS } from '../../lib/contract/referrers';
import type { Terminal } from '../terminal';
import type { DoctorOptions } from './doctor';

const HELP = `
Asks for every right that the role of a RevisionPruner needs, by calls that read one item at most or name what does not
exist, and says what is missing, with a policy to send on. Changes nothing.

Examples:
  $ cdk-ecs-caretaker doctor
  $ cdk-ecs-caretaker doctor --account 111122223333 --region eu-west-1
  $ cdk-ecs-caretaker doctor --plan-only --without CODE_DEPLOY
  $ cdk-ecs-caretaker doctor --ledger caretaker-ledger-4f1c --json`;

/** Reads the flags; what does the work is loaded when it is called. */
export function doctorCommand(terminal: Terminal, ended: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('says who you are, what a pruner may and may not do here, and what to ask for')
    .option('--region <region>', 'where to ask, instead of the configured Region', region)
    .option('--profile <name>', 'whose credentials to use, of ~/.aws/config')
    .option('--account <id>', 'refuse to ask in any other account', account)
    .option('--ledger <bucket>', 'a pruner’s ledger bucket: asks for the rights on it, and for events', bucket)
    .option('--plan-only', 'leave out ecs:DeregisterTaskDefinition, which PruneMode.PLAN does without')
    .addOption(
      new Option('--without <kinds...>', 'kinds of referrers that are switched off').choices(ALL_REFERRERS).default([], 'none'),
    )
    .option('--json', 'the same as JSON')
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => {
      const { doctor } = require('./doctor') as typeof import('./doctor');
      ended(await doctor(options, terminal));
    });
}

function region(text: string): string {
  return fitting(text, /^[a-z]{2,}(-[a-z]+)+-\d+$/, 'a Region is named like eu-west-1');
}

function account(text: string): string {
  return fitting(text, /^\d{12}$/, 'an account has twelve digits');
}

function bucket(text: string): string {
  return fitting(
    text,
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'a bucket has a name of 3 to 63 small letters, digits, dots and dashes',
  );
}

function fitting(text: string, pattern: RegExp, rule: string): string {
  if (!pattern.test(text)) throw new InvalidArgumentError(`${rule}.`);
  return text;
}
