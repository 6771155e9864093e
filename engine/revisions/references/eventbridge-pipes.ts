import { text } from '../../aws/answer';
import type { ReferrerScan } from './referrer';
import { tellTarget } from './run-target';

const LARGEST_PAGE = 100;

/** Every pipe, in whichever state: one that is stopped can be started. Its list does not say what its target runs. */
export const eventbridgePipes: ReferrerScan = {
  async scan(reads, pins) {
    const pipes = await reads.list('ListPipes', { Limit: LARGEST_PAGE });
    for (const pipe of pipes) {
      const Name = text(pipe.Name, 'ListPipes');
      pins.mentions(pipe, `EventBridge pipe ${Name}`);
      const description = await reads.get('DescribePipe', { Name });
      if (!description) continue;
      // A description without its target is not whole.
      text(description.Target, 'DescribePipe');
      tellTarget(description, `EventBridge pipe ${Name}`, pins);
    }
    return pipes.length;
  },
};
