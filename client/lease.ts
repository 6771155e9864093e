/** Instants and durations are milliseconds of a clock that only goes forward; what the agent is told is whole minutes. */
export const MINUTE_MS = 60_000;

/** So long before protection can end it is no longer reported. */
export function marginMs(durationMs: number): number {
  return Math.max(MINUTE_MS, durationMs / 20);
}

/** What covers a job from its start to its end, with a tenth to spare so that the next of its kind needs no request of its own. */
export function minutesFor(expectedMs: number): number {
  const wanted = expectedMs * 1.1;
  return Math.max(2, Math.ceil(Math.max(wanted + MINUTE_MS, wanted / 0.95) / MINUTE_MS));
}

/** A promise of ECS, counted from before it was asked for: it cannot end earlier. */
export interface Lease {
  readonly sentAt: number;
  readonly durationMs: number;
}

export function leaseEnd({ sentAt, durationMs }: Lease): number {
  return sentAt + durationMs;
}

/** Up to here, and no longer, the lease may be relied on. */
export function reliedOnUntil(lease: Lease): number {
  return leaseEnd(lease) - marginMs(lease.durationMs);
}

/** From here on, a third of the lease is left. */
export function lastThird({ sentAt, durationMs }: Lease): number {
  return sentAt + (durationMs * 2) / 3;
}
