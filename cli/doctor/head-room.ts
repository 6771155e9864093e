import type { ModifyTraffic } from '../../engine/doctor/probing';
import { ECS_BUCKETS } from '../../lib/contract/limits';
import { grouped } from './grouped';

const MINUTE = 60_000;

/** What others took of the bucket that registering and deregistering share. */
export interface HeadRoom {
  readonly known: true;
  /** Since when CloudTrail's record was read, as ISO 8601. */
  readonly since: string;
  readonly registered: number;
  readonly deregistered: number;
  /** Throttled calls on record. ECS is not documented to record them all: at least so many. */
  readonly throttledAtLeast: number;
  readonly busiestMinute: number;
  readonly tokensPerMinute: number;
  /** Tokens a minute that even the busiest minute left. */
  readonly leftInBusiestMinute: number;
}

export interface UnknownHeadRoom {
  readonly known: false;
  readonly why: string;
}

export function headRoom({ calls, since }: ModifyTraffic): HeadRoom {
  const perMinute = grouped(calls, ({ at }) => String(Math.floor(at / MINUTE)));
  const busiestMinute = Math.max(0, ...[...perMinute.values()].map((minute) => minute.length));
  const tokensPerMinute = ECS_BUCKETS.definitionModify.perSecond * 60;
  const count = (name: string) => calls.filter(({ action }) => action === name).length;
  return {
    known: true,
    since: new Date(since).toISOString(),
    registered: count('RegisterTaskDefinition'),
    deregistered: count('DeregisterTaskDefinition'),
    throttledAtLeast: calls.filter(({ throttled }) => throttled).length,
    busiestMinute,
    tokensPerMinute,
    leftInBusiestMinute: Math.max(0, tokensPerMinute - busiestMinute),
  };
}
