import { CANARIES } from './canaries';
import type { EcsSimulator, SeededRevision } from './ecs-simulator';
import type { Random } from './random';
import { definitionWithCanaries, REAL_DEFINITIONS } from './real-definitions';

const DAY = 86_400_000;
const SMALLEST_FAMILY = 12;
const INACTIVE_PER_FAMILY = 20;
const PREFIXES = ['web', 'batch', 'api', 'worker', 'edge'] as const;
/** What nobody dares to touch: the family that users except by a pattern. */
const LEGACY = 'legacy';

/** When a family was deployed: from so many days ago to so many days ago, and whether a third of it in the last week. */
interface Rhythm {
  readonly from: number;
  readonly to: number;
  readonly busyWeek?: boolean;
}

const RHYTHMS: readonly Rhythm[] = [
  { from: 730, to: 0.1 },
  { from: 400, to: 1 },
  { from: 700, to: 180 },
  { from: 500, to: 0.2, busyWeek: true },
  { from: 710, to: 20 },
];

/** A family of the believable account: revisions up to `newest`, the oldest ACTIVE one being `oldestActive`. */
export interface AccountFamily {
  readonly name: string;
  readonly oldestActive: number;
  readonly newest: number;
}

export interface FamilyPlan {
  readonly revisions: number;
  readonly families: number;
  /** Last families of the list, with the principal that registers them. */
  readonly owned: readonly { readonly name: string; readonly registeredBy: string }[];
  /** Where in the list of names to begin: so that each seed has other families in other parts. */
  readonly shift: number;
  /** Which of the first family's revisions carries the tag that keeps it. */
  readonly keepTag: string;
}

/** Fills in the families, the largest first; every fourth also has INACTIVE revisions, which come on top. */
export function seedFamilies(ecs: EcsSimulator, now: number, random: Random, plan: FamilyPlan): readonly AccountFamily[] {
  const programs = Object.keys(REAL_DEFINITIONS);
  const firstOwned = plan.families - plan.owned.length;
  return sizes(plan.revisions, plan.families, random).map((size, index) => {
    const owner = plan.owned[index - firstOwned];
    const program = programs[(index + plan.shift) % programs.length] ?? 'nginx';
    const prefix = index === firstOwned - 1 ? LEGACY : PREFIXES[(index + plan.shift) % PREFIXES.length];
    const name = owner?.name ?? familyName(index, `${prefix}-${program}`);
    const inactive = index % 4 === 3 && !owner ? INACTIVE_PER_FAMILY : 0;
    const rhythm = RHYTHMS[index % RHYTHMS.length] ?? { from: 700, to: 1 };
    const optedOut = index === 0 ? Math.floor(size / 4) : -1;
    const revisions = dates(now, random, size + inactive, rhythm).map((registeredAt, place) => ({
      ...seeded(registeredAt, place === optedOut ? plan.keepTag : 'team', owner?.registeredBy),
      ...(place < inactive ? { deregisteredAt: registeredAt + DAY } : {}),
    }));
    const newest = ecs.seedFamily(definitionWithCanaries(program, name, ecs.environment), revisions);
    return { name, newest, oldestActive: inactive + 1 };
  });
}

function familyName(index: number, name: string): string {
  const round = Math.floor(index / (PREFIXES.length * Object.keys(REAL_DEFINITIONS).length));
  return round === 0 ? name : `${name}-${round + 1}`;
}

function seeded(registeredAt: number, tag: string, registeredBy: string | undefined): SeededRevision {
  return { registeredAt, tags: [{ key: tag, value: CANARIES.tagValue }], ...(registeredBy ? { registeredBy } : {}) };
}

/** A few families hold most of the revisions. */
function sizes(revisions: number, families: number, random: Random): readonly number[] {
  const spare = revisions - families * SMALLEST_FAMILY;
  if (spare < 0) throw new Error(`${families} families need at least ${families * SMALLEST_FAMILY} revisions`);
  const weights = Array.from({ length: families }, (_, index) => (0.6 + 0.8 * random.next()) / (index + 1)).sort(
    (a, b) => b - a,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map((weight) => SMALLEST_FAMILY + Math.floor((spare * weight) / total));
  counts[0] = (counts[0] ?? 0) + revisions - counts.reduce((sum, count) => sum + count, 0);
  return counts;
}

/** Rising instants of the past. */
function dates(now: number, random: Random, count: number, { from, to, busyWeek }: Rhythm): readonly number[] {
  const late = busyWeek ? Math.floor(count / 3) : 0;
  return [
    ...spread(random, count - late, now - from * DAY, now - (busyWeek ? 8 : to) * DAY),
    ...spread(random, late, now - 7 * DAY, now - to * DAY),
  ];
}

function spread(random: Random, count: number, begin: number, end: number): readonly number[] {
  const step = (end - begin) / count;
  return Array.from({ length: count }, (_, place) => Math.round(begin + step * (place + 0.9 * random.next())));
}
