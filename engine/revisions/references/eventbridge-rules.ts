import { text } from '../../aws/answer';
import type { ReferrerScan } from './referrer';
import { tellTarget } from './run-target';

const LARGEST_PAGE = 100;
/** It exists in every account, whatever the list says. */
const DEFAULT_BUS = 'default';

/**
 * Every rule of every bus, enabled or not: somebody may enable it.
 *
 * Rules could be asked for by target too, which is the cluster's ARN. That is one call for each bus and cluster and then those for
 * the targets all the same; it misses clusters that are not known and every target that names a task definition in its input. All
 * rules take one call each beside the lists: 506 for 500 rules on 5 buses, at the pace of ListTargetsByRule less than a minute.
 */
export const eventbridgeRules: ReferrerScan = {
  async scan(reads, pins) {
    const buses = await reads.list('ListEventBuses', { Limit: LARGEST_PAGE });
    pins.mentions(buses, 'EventBridge buses');
    const names = new Set([DEFAULT_BUS, ...buses.map(({ Name }) => text(Name, 'ListEventBuses'))]);
    let count = 0;
    for (const EventBusName of names) {
      const rules = await reads.list('ListRules', { EventBusName, Limit: LARGEST_PAGE });
      count += rules.length;
      for (const listed of rules) {
        const rule = text(listed.Name, 'ListRules');
        pins.mentions(listed, `EventBridge rule ${rule} on bus ${EventBusName}`);
        const input = { Rule: rule, EventBusName, Limit: LARGEST_PAGE };
        for (const target of await reads.list('ListTargetsByRule', input)) {
          const id = text(target.Id, 'ListTargetsByRule');
          tellTarget(target, `EventBridge rule ${rule} on bus ${EventBusName}, target ${id}`, pins);
        }
      }
    }
    return count;
  },
};
