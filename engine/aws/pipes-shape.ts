import { DescribePipeCommand, ListPipesCommand, PipesClient } from '@aws-sdk/client-pipes';
import type { ServiceShape } from './service-reads';

/**
 * Amazon EventBridge Pipes.
 *
 * No rates of these reads were found (https://docs.aws.amazon.com/general/latest/gr/ev_pipes.html, read 2026-11-25): modest,
 * five calls a second.
 */
export const pipesShape: ServiceShape = {
  client: (options) => new PipesClient(options),
  bucket: { perSecond: 10, burst: 20 },
  actions: {
    ListPipes: { command: ListPipesCommand, items: 'Pipes', token: 'NextToken' },
    DescribePipe: { command: DescribePipeCommand, gone: ['NotFoundException'] },
  },
};
