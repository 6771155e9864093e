import { HOUR, iso } from '../clock';

/** What one complete scan saw, kept for the notice period, and until a later one is as old. */
export interface Sighting {
  readonly at: number;
  readonly clusters: number;
  readonly services: number;
}

/** Below this share of what was seen before, and fewer by more than this, the scan is not believed. */
const LEAST_SHARE = 0.5;
const LEAST_DROP = 10;

/**
 * Why nothing may be done on the ground of a scan, in words; empty when it may. A collapse is believed once no
 * complete scan of the last notice period saw more, nor the last one before it: between plans a day may pass.
 */
export function refusals(seen: Sighting, earlier: readonly Sighting[], noticePeriod: number): string[] {
  const recent = since(seen.at - noticePeriod, earlier);
  const found: string[] = [];
  const clusters = most(recent, 'clusters');
  if (seen.clusters === 0 && clusters.count > 0) {
    found.push(`no cluster was found, but ${clusters.count} at ${iso(clusters.at)}: the scan is not believed`);
  }
  const services = most(recent, 'services');
  if (seen.services < services.count * LEAST_SHARE && services.count - seen.services >= LEAST_DROP) {
    found.push(
      `only ${seen.services} services were found, but ${services.count} at ${iso(services.at)}: the scan is not believed`,
    );
  }
  return found;
}

/** Earlier sightings with a new one: one older than the notice period, and one an hour of it, the one that saw most. */
export function remember(seen: Sighting, earlier: readonly Sighting[], noticePeriod: number): Sighting[] {
  const kept: Sighting[] = [];
  for (const sighting of [...since(seen.at - noticePeriod, earlier), seen]) {
    const last = kept.at(-1);
    if (last && Math.floor(last.at / HOUR) === Math.floor(sighting.at / HOUR)) {
      kept[kept.length - 1] = {
        at: sighting.at,
        clusters: Math.max(last.clusters, sighting.clusters),
        services: Math.max(last.services, sighting.services),
      };
    } else kept.push(sighting);
  }
  return kept;
}

/** What was seen from an instant on, and what was known at that instant. Oldest first. */
function since(instant: number, sightings: readonly Sighting[]): Sighting[] {
  return sightings.filter((_, index) => {
    const next = sightings[index + 1];
    return next === undefined || next.at > instant;
  });
}

/** The last sighting of the most. */
function most(sightings: readonly Sighting[], what: 'clusters' | 'services'): { count: number; at: number } {
  let best = { count: 0, at: 0 };
  for (const sighting of sightings) if (sighting[what] >= best.count) best = { count: sighting[what], at: sighting.at };
  return best;
}
