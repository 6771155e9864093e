import { once } from 'node:events';
import type { Environment } from '../../lib/contract/arn';
import type { Screen } from './screen';

/** Shows how to reach the simulated account, and leaves it up until Ctrl-C. */
export async function serve(url: string, { region }: Environment, screen: Screen): Promise<void> {
  const { ink } = screen;
  screen.lines(
    `  ${ink.title('The account is still up')}  In another terminal:`,
    '',
    `export AWS_ENDPOINT_URL=${url}`,
    `export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    'export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo',
    'aws ecs list-task-definitions --status ACTIVE --max-items 10',
    'aws scheduler list-schedules',
    '',
    `  ${ink.faint('Ctrl-C ends it.')}`,
  );
  // A signal handler alone does not keep a process alive; the server's socket does.
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  screen.lines('');
}
