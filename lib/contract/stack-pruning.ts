/** The custom resource of a stack's pruner. CloudFormation lets neither its type nor its function ever change. */
export const STACK_RESOURCE = {
  type: 'Custom::EcsStackRevisionPruner',
  /** Its one property: the ARNs of the stack's task definitions. */
  taskDefinitions: 'taskDefinitions',
} as const;

/** How long each part of an answer may take, in seconds. Together they fit into what CloudFormation waits. */
export const STACK_SECONDS = {
  /** CloudFormation waits so long for an answer (`ServiceTimeout`). */
  service: 600,
  /** Lambda ends the function then. */
  function: 570,
  /** So long before that the answer is given, whatever is still under way. */
  answer: 60,
  /** All reads are done by then, or nothing is done. */
  reads: 300,
  /** Deregistrations go on for so long. */
  acts: 60,
} as const;

const PHYSICAL_ID = /^task-definitions-[0-9a-f]{32}$/;

/** The physical id of the custom resource, from a digest of what it names. */
export function physicalIdOf(digest: string): string {
  return `task-definitions-${digest.slice(0, 32)}`;
}

/** Whether an id is of the form that the function gives: CloudFormation makes up others for what was never created. */
export function isPhysicalId(id: string): boolean {
  return PHYSICAL_ID.test(id);
}

/** Why a request may prune, or changes nothing, in words. The keys are the values of the metric's dimension. */
export const STACK_REASONS = {
  replaced: 'the update is over, and the stack records another id for this resource',
  'stack-deleted': 'the stack is being deleted, and its families go with it',
  'create-or-update': 'Create and Update change nothing: either may still be rolled back',
  'unknown-request': 'the request is none that CloudFormation is known to send',
  'foreign-stack': 'the request is about another stack',
  'foreign-id': 'the id was never given by this function',
  'properties-unreadable': 'the request does not name task definitions of this account and Region',
  'other-families': 'the settings name none of the families in the request: they were renamed or taken out',
  'status-unreadable': 'the stack does not tell what it is doing',
  'status-unknown': 'the stack is in a status that this release does not know',
  unfinished: 'the stack may still be rolled back',
  'rolled-back': 'the stack was or is being rolled back',
  failed: 'the stack has failed, and somebody has to mend it first',
  'at-rest': 'the stack is at rest: nothing that it does could have sent this',
  'stack-retained': 'the stack is being deleted, and its revisions stay',
  'id-unreadable': 'the stack does not tell which id it records for this resource',
  'still-recorded': 'the stack still records this id: the resource was taken out of the app, and what it names lives on',
  'not-recorded': 'the stack is being deleted, and records another id for this resource',
  'parent-unreadable': 'a stack above this one does not tell what it is doing',
  'parent-unfinished': 'a stack above this one may still be rolled back',
} as const;

export type StackReason = keyof typeof STACK_REASONS;
