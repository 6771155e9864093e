import { text } from '../../aws/answer';
import { mentions } from '../../aws/mentions';
import { isDenied } from '../../aws/sdk-error';
import { IncompleteScan } from '../../incomplete-scan';
import type { Json, Pins, ReferrerScan, ServiceReads } from './referrer';
import { targetTaskDefinitions, tell } from './run-target';

const LARGEST_PAGE = 100;

/**
 * Every schedule of every group, enabled or not. Without a group ListSchedules gives those of all groups: GroupName is a filter.
 * The list has no more of a target than its ARN, so each schedule is read by itself.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html
 */
export const eventbridgeScheduler: ReferrerScan = {
  async scan(reads, pins) {
    const schedules = await reads.list('ListSchedules', { MaxResults: LARGEST_PAGE });
    const known = READ.get(reads);
    const read: Read = new Map();
    for (const schedule of schedules) {
      const Name = text(schedule.Name, 'ListSchedules');
      const GroupName = text(schedule.GroupName, 'ListSchedules');
      pins.mentions(schedule, `EventBridge Scheduler schedule ${GroupName}/${Name}`);
      const key = keyOf(schedule, GroupName, Name);
      const found = (key && known?.get(key)) || (await look(reads, { GroupName, Name }, pins));
      if (!found) continue;
      // What answers with another age than the list has is an older or a newer state than the one that the key stands for.
      if (key !== undefined && found.modified === schedule.LastModificationDate) read.set(key, found);
      for (const one of found.taskDefinitions) tell(one, `EventBridge Scheduler schedule ${GroupName}/${Name}`, pins);
    }
    READ.set(reads, read);
    return schedules.length;
  },
};

interface Found {
  readonly taskDefinitions: readonly string[];
  readonly modified: unknown;
}

type Read = Map<string, Found>;

/** A run looks again and again; for as long as its reader lives, a schedule is read again only after it has changed. */
const READ = new WeakMap<ServiceReads, Read>();

/**
 * By group and name, by when it was created (a name can be used again) and by when it was last modified. A date of whole seconds
 * is no such key: within one second a schedule can be read, and change after that.
 */
function keyOf({ CreationDate, LastModificationDate }: Json, group: string, name: string): string | undefined {
  if (typeof LastModificationDate !== 'number' || Number.isInteger(LastModificationDate)) return undefined;
  return JSON.stringify([group, name, CreationDate, LastModificationDate]);
}

async function look(
  reads: ServiceReads,
  schedule: { GroupName: string; Name: string },
  pins: Pins,
): Promise<Found | undefined> {
  const answer = await reads.get('GetSchedule', schedule).catch((error: unknown) => {
    if (!(error instanceof IncompleteScan && isDenied(error))) throw error;
    // One schedule alone may be closed: its input is encrypted with a key of its owner's.
    pins.denied(`EventBridge Scheduler schedule ${schedule.GroupName}/${schedule.Name}`, error);
    return undefined;
  });
  if (!answer) return undefined;
  const { Target: target, ...rest } = answer;
  if (typeof target !== 'object' || target === null || Array.isArray(target)) {
    throw new IncompleteScan('GetSchedule', `schedule ${schedule.GroupName}/${schedule.Name} has no target`);
  }
  // What stands beside the target today names none; a field that is newer than this release may.
  const beside = mentions(rest).map((mention) => mention.text);
  return { taskDefinitions: [...targetTaskDefinitions(target as Json), ...beside], modified: rest.LastModificationDate };
}
