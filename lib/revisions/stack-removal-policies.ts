import { CfnDeletionPolicy, type CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import type { Fault } from '../contract/fault';
import type { StackRemovalPolicy } from '../contract/stack-prune-settings';

/** What each policy may look like on a task definition; the first is what the construct renders. */
const DELETION: Readonly<Record<StackRemovalPolicy, readonly (CfnDeletionPolicy | undefined)[]>> = {
  RETAIN: [CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, CfnDeletionPolicy.RETAIN],
  DESTROY: [CfnDeletionPolicy.DELETE, undefined],
};

const WHAT_TO_DO = "leave it to the pruner, and say there with 'removalPolicy' what becomes of the revisions";

/** What the user has set on a task definition that contradicts what the pruner would. */
export function earlierPolicyFaults(path: string, { cfnOptions }: CfnResource, policy: StackRemovalPolicy): Fault[] {
  const { deletionPolicy, updateReplacePolicy } = cfnOptions;
  const faults: Fault[] = [];
  if (deletionPolicy !== undefined && !DELETION[policy].includes(deletionPolicy)) {
    faults.push({
      path,
      rule: `must have no removal policy of its own that is not ${policy}: ${WHAT_TO_DO}`,
      got: deletionPolicy,
    });
  } else if (
    updateReplacePolicy !== undefined &&
    updateReplacePolicy !== CfnDeletionPolicy.RETAIN &&
    deletionPolicy === undefined
  ) {
    faults.push({ path, rule: `must have no UpdateReplacePolicy of its own: ${WHAT_TO_DO}`, got: updateReplacePolicy });
  }
  return faults;
}

/** Has CloudFormation keep what an update replaces, and on deletion of the stack do what the policy says. */
export function renderPolicies(resource: CfnResource, policy: StackRemovalPolicy): void {
  const { cfnOptions } = resource;
  if (policy === 'RETAIN' && cfnOptions.deletionPolicy === undefined) {
    // What a failed update created goes away with it.
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }
  if (policy === 'DESTROY') cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
}

/** What is wrong with a task definition's policies as the template will have them. */
export function laterPolicyFaults(resource: CfnResource, policy: StackRemovalPolicy): string[] {
  const { deletion, update } = policiesOf(resource);
  const faults: string[] = [];
  if (update !== CfnDeletionPolicy.RETAIN) {
    faults.push(
      `the UpdateReplacePolicy of ${resource.node.path} must stay Retain, got: ${update}: ` +
        `else CloudFormation deregisters what a rollback may need; ${WHAT_TO_DO}`,
    );
  }
  if (!DELETION[policy].includes(deletion)) {
    faults.push(`the DeletionPolicy of ${resource.node.path} must suit ${policy}, got: ${deletion}; ${WHAT_TO_DO}`);
  }
  return faults;
}

/** What keeps CloudFormation from ever sending the Delete on which everything rests. */
export function inertFaults(customResource: CfnResource): string[] {
  const { deletion, update } = policiesOf(customResource);
  const kept = [deletion, update].find((policy) => policy !== undefined && policy !== CfnDeletionPolicy.DELETE);
  if (kept === undefined) return [];
  return [
    `the removal policy of ${customResource.node.path} must stay Delete, got: ${kept}: ` +
      'else CloudFormation never calls the pruner when an update is over; leave its type out of RemovalPolicies',
  ];
}

interface Policies {
  readonly deletion: CfnDeletionPolicy | undefined;
  readonly update: CfnDeletionPolicy | undefined;
}

/** Overrides count, as in the template. */
function policiesOf(resource: CfnResource): Policies {
  // aws-cdk-lib keeps them private; a release that kept them elsewhere would only make the check see less.
  const { rawOverrides = {} } = resource as unknown as { readonly rawOverrides?: Readonly<Record<string, CfnDeletionPolicy>> };
  const { deletionPolicy, updateReplacePolicy } = resource.cfnOptions;
  return {
    deletion: Object.hasOwn(rawOverrides, 'DeletionPolicy') ? rawOverrides.DeletionPolicy : deletionPolicy,
    update: Object.hasOwn(rawOverrides, 'UpdateReplacePolicy') ? rawOverrides.UpdateReplacePolicy : updateReplacePolicy,
  };
}
