import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import type { ServiceShape } from './service-reads';

/**
 * Amazon EventBridge Scheduler.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html, read 2026-11-25: GetSchedule 1,000 a second in
 * the eleven largest Regions and 250 in each of the others, which counts here; bursts are not documented, and for ListSchedules
 * we rely on no figure: modest, for it is one call per hundred schedules
 */
export const schedulerShape: ServiceShape = {
  client: (options) => new SchedulerClient(options),
  bucket: { perSecond: 250, burst: 250 },
  actions: {
    ListSchedules: {
      command: ListSchedulesCommand,
      items: 'Schedules',
      token: 'NextToken',
      pace: { perSecond: 10, burst: 10 },
    },
    GetSchedule: { command: GetScheduleCommand, gone: ['ResourceNotFoundException'] },
  },
};
