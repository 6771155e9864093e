import { Command, CommanderError } from 'commander';
import { visibleText } from '../lib/contract/visible-text';
import { CommandError } from './command-error';
import { doctorCommand } from './doctor/command';
import { Terminal } from './terminal';

/** Filled in by the bundler. */
declare const CARETAKER_VERSION: string;

const HELP = `
Exit codes:
  0  all is well
  1  an error: a wrong flag, no credentials, another account
  2  something is missing

Results go to standard output, everything else to standard error. NO_COLOR is obeyed.
Credentials and Region are found as the AWS CLI finds them.`;

/** Runs a command line and gives its exit code; what nobody foresaw is thrown. */
export async function run(argv: readonly string[], terminal = new Terminal()): Promise<number> {
  let exitCode = 0;
  const program = new Command('cdk-ecs-caretaker')
    .description('Looks after the task definition revisions of an AWS account: never one that is needed.')
    .version(typeof CARETAKER_VERSION === 'string' ? CARETAKER_VERSION : 'not bundled')
    .addHelpText('after', HELP);
  const commands = [
    doctorCommand(terminal, (code) => {
      exitCode = code;
    }),
  ];
  for (const command of commands) program.addCommand(command);
  // Each command, so that all of them speak through this terminal and none ends the process.
  for (const command of [program, ...commands]) {
    command
      .exitOverride()
      .configureHelp({ helpWidth: 100 })
      .showHelpAfterError(`(${command === program ? '' : 'cdk-ecs-caretaker '}${command.name()} --help tells more)`)
      .configureOutput({
        writeOut: (text) => terminal.print([text.trimEnd()]),
        writeErr: (text) => terminal.say(text),
      });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!(error instanceof CommandError)) throw error;
    terminal.say(`cdk-ecs-caretaker: ${visibleText(error.message)}\n`);
    return 1;
  }
}
