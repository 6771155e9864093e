import { ECS_BUCKETS, type EcsBucket } from '../../lib/contract/limits';
import type { Clock } from '../clock';
import { PacedLimiter } from './paced-limiter';

/** At most half of a read bucket, so that consoles and pipelines keep the other half. */
const READ_SHARE = 0.5;
/** Task definition reads may take three quarters: no deployment waits for them. */
const DEFINITION_READ_SHARE = 0.75;
const READ_CATCH_UP = 10;

/** The pace of each token bucket. Deregistrations go evenly, and share theirs with every deployment of the account. */
export function paces(clock: Clock, actionsPerSecond: number): (bucket: EcsBucket) => PacedLimiter {
  const made = new Map<EcsBucket, PacedLimiter>();
  return (bucket) => {
    const pace = made.get(bucket) ?? paceOf(bucket, clock, actionsPerSecond);
    made.set(bucket, pace);
    return pace;
  };
}

function paceOf(bucket: EcsBucket, clock: Clock, actionsPerSecond: number): PacedLimiter {
  if (bucket === 'definitionModify') return new PacedLimiter(clock, actionsPerSecond, 0);
  const share = bucket === 'definitionRead' ? DEFINITION_READ_SHARE : READ_SHARE;
  return new PacedLimiter(clock, ECS_BUCKETS[bucket].perSecond * share, READ_CATCH_UP);
}
