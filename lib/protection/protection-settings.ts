import { Duration } from 'aws-cdk-lib';
import {
  DEFAULT_JOB_MINUTES,
  DEFAULT_PROTECTION_MINUTES,
  DEFAULT_ROLLOUT_MINUTES,
  LEAST_PROTECTION_MINUTES,
} from '../contract/protection';
import type { ProtectionSettings } from './findings';
import { ProtectedTasks } from './protected-tasks';
import { protectionTime, type TimeFacts } from './protection-time';
import type { TaskScaleInProtectionProps } from './task-scale-in-protection-props';

/** The settings of these props on a service with these facts. The defaults are stated here and nowhere else. */
export function protectionSettings(props: TaskScaleInProtectionProps, facts: TimeFacts): ProtectionSettings {
  const rolloutMinutes = minutes(props.rolloutTime) ?? DEFAULT_ROLLOUT_MINUTES;
  const { longest } = protectionTime(facts, rolloutMinutes);
  const maxMinutes =
    minutes(props.maxProtection) ?? Math.max(LEAST_PROTECTION_MINUTES, Math.min(DEFAULT_PROTECTION_MINUTES, longest));
  return {
    maxMinutes,
    defaultMinutes: minutes(props.defaultProtection) ?? Math.min(DEFAULT_JOB_MINUTES, maxMinutes),
    rolloutMinutes,
    handBackSeconds: (props.handBackTime ?? Duration.seconds(10)).toSeconds(),
    drain: props.protectedTasks === ProtectedTasks.DRAIN_AFTER_DEPLOYMENT,
  };
}

function minutes(duration?: Duration): number | undefined {
  return duration?.toMinutes();
}
