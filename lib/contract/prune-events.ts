import type { Environment } from './arn';

export const EVENT_SOURCE = 'cdk-ecs-caretaker';
export const EVENT_VERSION = 1;

export const PRUNE_EVENTS = { completed: 'Prune Completed', refused: 'Prune Refused' } as const;

/** A deregistered revision that something refers to after all, and what to do about it. */
export interface LateReference {
  readonly revision: string;
  readonly deregisteredAt: string;
  readonly referencedBy: string;
  readonly remedy: string;
}

/** The detail of both events: counts and places, never a container definition. */
export interface PruneEventDetail extends Environment {
  readonly version: typeof EVENT_VERSION;
  readonly pruner: string;
  readonly mode: string;
  readonly at: string;
  readonly revisions: number;
  readonly announced: number;
  readonly due: number;
  readonly deregistered: number;
  readonly remaining: number;
  readonly ended: string;
  readonly refusals: readonly string[];
  readonly lateReferences: readonly LateReference[];
  /** Where the plan lies in the ledger. */
  readonly plan?: string;
}
