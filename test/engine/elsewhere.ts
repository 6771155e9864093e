import { STACKS_PACE } from '../../engine/aws/cloudformation';
import { limiterOf } from '../../engine/aws/paced-limiter';
import { REFERRER_SHAPES } from '../../engine/aws/referrer-services';
import { WholeReads } from '../../engine/aws/service-reads';
import type { Clock } from '../../engine/clock';
import { IncompleteScan } from '../../engine/incomplete-scan';
import type { PruneOptions } from '../../engine/revisions/prune';
import type { ListedReferrer } from '../../lib/contract/referrers';
import { SimulatedError } from '../../simulator';
import type { Neighbor } from '../../simulator/neighbors/neighbor';

type ReferrersInProcess = Pick<PruneOptions, 'services' | 'stacks'>;

/** An account in which nothing beside ECS refers to a revision. */
export const NOBODY_ELSEWHERE: ReferrersInProcess = {
  services: () => ({ list: async () => [], get: async () => undefined }),
  stacks: {
    ownerOf: async () => undefined,
    status: async (stack) => {
      throw new IncompleteScan('DescribeStacks', `there is no stack ${stack}`);
    },
  },
};

/** CloudFormation as a run meets it: paced as the adapter paces it, each answer some time away; it knows no owner. */
export function distantStacks(clock: Clock, latency: number): Pick<ReferrersInProcess, 'stacks'> {
  const pace = limiterOf(clock, STACKS_PACE);
  const ownerOf = async () => {
    await pace.getSendToken();
    await clock.sleep(latency);
    return undefined;
  };
  return { stacks: { ...NOBODY_ELSEWHERE.stacks, ownerOf } };
}

/** Neighbors of the simulated ECS, read as the SDK's answers are, without HTTP. */
export function readsOf(neighbors: Readonly<Partial<Record<ListedReferrer, Neighbor>>>): ReferrersInProcess['services'] {
  const made = new Map<ListedReferrer, WholeReads>();
  return (kind) => {
    const neighbor = neighbors[kind];
    if (!neighbor) return NOBODY_ELSEWHERE.services(kind);
    const reads =
      made.get(kind) ?? new WholeReads(REFERRER_SHAPES[kind].actions, (action, input) => asked(neighbor, action, input));
    made.set(kind, reads);
    return reads;
  };
}

async function asked(neighbor: Neighbor, action: string, input: object): Promise<unknown> {
  try {
    return await neighbor.call(action, input as Parameters<Neighbor['call']>[1]);
  } catch (error) {
    if (!(error instanceof SimulatedError)) throw error;
    throw new IncompleteScan(action, `${error.code}: ${error.message}`, error.code);
  }
}
