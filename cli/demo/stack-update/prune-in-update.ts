import { physicalIdFor } from '../../../engine/stack/physical-id';
import { parseTaskDefinitionArn } from '../../../lib/contract/arn';
import { STACK_RESOURCE } from '../../../lib/contract/stack-pruning';
import { type CustomResourcePort, success } from '../../../simulator/cloudformation/custom-resource';
import type { EcsSimulator } from '../../../simulator/ecs-simulator';

/**
 * CONTROL, never shipped: the design to avoid. It keeps as many of the newest revisions as the product does, but deregisters the
 * others in Update, while CloudFormation may still need them to roll back.
 */
export function pruneInUpdate(ecs: EcsSimulator, keepLatest: number): CustomResourcePort {
  return async (event) => {
    const arns = event.ResourceProperties[STACK_RESOURCE.taskDefinitions] as string[];
    if (event.RequestType === 'Delete') return success(event, event.PhysicalResourceId);
    if (event.RequestType === 'Update') {
      for (const family of new Set(arns.map((arn) => parseTaskDefinitionArn(arn)?.family))) {
        const { taskDefinitionArns: active } = ecs.perform('ListTaskDefinitions', {
          familyPrefix: family,
          status: 'ACTIVE',
          sort: 'DESC',
        }) as { readonly taskDefinitionArns: readonly string[] };
        for (const taskDefinition of active.slice(keepLatest)) ecs.perform('DeregisterTaskDefinition', { taskDefinition });
      }
    }
    return success(event, physicalIdFor(arns));
  };
}
