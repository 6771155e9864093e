import { parseTaskDefinitionArn } from '../../lib/contract/arn';
import { STACK_RESOURCE } from '../../lib/contract/stack-pruning';
import type { Clock } from '../clock';
import { IncompleteScan } from '../incomplete-scan';
import type { EcsReader } from '../revisions/ports';
import type { Elsewhere } from '../revisions/references/elsewhere';
import { type ReferenceScan, scanReferences } from '../revisions/references/scan';
import type { StackResource, Stacks } from './ports';

export interface StackScanOptions {
  readonly stacks: Stacks;
  readonly ecs: EcsReader;
  readonly elsewhere: Elsewhere;
  readonly clock: Clock;
  readonly stackId: string;
  /** The custom resource: a list of the stack's resources without it is not whole. */
  readonly logicalId: string;
  readonly keepSuccessfulDeployments: number;
  /** The stack is being deleted, and its services with it. */
  readonly retiring: boolean;
}

/**
 * Reads who needs a revision: what the stack records, whatever ECS says, and every referrer in and beside ECS.
 *
 * @throws IncompleteScan when any one read did not give everything
 */
export async function scanForStack(options: StackScanOptions): Promise<ReferenceScan> {
  const { clock, retiring } = options;
  const began = clock.now();
  const resources = await stackResources(options);
  const services = resources.filter(({ type }) => type === 'AWS::ECS::Service');
  const going = new Set(services.map(({ physicalId }) => physicalId).filter((id) => id !== undefined));
  const scan = await scanReferences({ ...options, ...(retiring ? { retirement: { services: going } } : {}) });
  // There is no earlier scan to hold this one against; the stack's own services are as good.
  if (!retiring && services.some(isThere) && scan.services === 0) {
    throw new IncompleteScan('ListServices', 'no service was found, and the stack has one');
  }
  let recorded = 0;
  for (const { type, logicalId, physicalId } of resources) {
    if (type !== 'AWS::ECS::TaskDefinition' || physicalId === undefined) continue;
    const revision = parseTaskDefinitionArn(physicalId);
    if (!revision) throw new IncompleteScan('ListStackResources', `the task definition of ${logicalId} cannot be read`);
    recorded += 1;
    scan.references.add(revision, `the stack records it: ${logicalId}`);
  }
  const examined = [...scan.examined, { kind: 'task definitions that the stack records', found: recorded }];
  return { ...scan, began, examined };
}

async function stackResources({ stacks, stackId, logicalId }: StackScanOptions): Promise<readonly StackResource[]> {
  const resources = await stacks.resources(stackId);
  const own = resources.find((resource) => resource.logicalId === logicalId);
  if (own?.type !== STACK_RESOURCE.type) {
    throw new IncompleteScan('ListStackResources', 'the list lacks the resource that the request is about');
  }
  return resources;
}

function isThere({ physicalId, status }: StackResource): boolean {
  return physicalId !== undefined && !status.startsWith('DELETE_');
}
