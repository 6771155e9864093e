import type { Environment } from './arn';
import type { PruneRequest } from './prune-request';
import type { PruneSettings } from './prune-settings';

export const PLAN_VERSION = 1;

export type PruneAction = 'keep' | 'deregister';

/** Why a revision stays, in the order in which the rules are asked; the last word is the only destructive one. */
export const REASONS = {
  'out-of-scope': 'no rule names the family, or it is excepted',
  newest: 'the newest ACTIVE revision of a family always stays',
  referenced: 'something refers to it',
  'opted-out': 'it carries the tag that keeps it',
  latest: 'it is among the newest that the rule keeps',
  'too-young': 'it is younger than the rule asks, or its age is unknown',
  'not-managed': 'another owner registers and deregisters this family',
  announced: 'it will go when the notice period has passed',
  superseded: 'nothing refers to it, newer ones stay, and the notice period has passed',
} as const;

export type PruneReason = keyof typeof REASONS;

/** One verdict on a run of revisions of a family: every ACTIVE revision from `from` to `to`. */
export interface Verdict {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly action: PruneAction;
  readonly reason: PruneReason;
  /** Who refers to it, and where that was found; or what the verdict rests on. */
  readonly evidence?: readonly string[];
  /** First announced at (`announced`, `superseded`). */
  readonly since?: string;
}

export interface FamilyPlan {
  readonly family: string;
  /** Which of the settings' rules decided; absent when out of scope. */
  readonly rule?: number;
  readonly verdicts: readonly Verdict[];
}

export interface Examined {
  readonly kind: string;
  readonly found: number;
}

export interface NotExamined {
  readonly kind: string;
  readonly why: string;
}

/** All verdicts on one account and Region at one instant. The same world, settings and clock give the same bytes. */
export interface PrunePlan extends Environment {
  readonly version: typeof PLAN_VERSION;
  readonly at: string;
  readonly settings: PruneSettings;
  /** What the invocation narrowed, if anything. */
  readonly request?: PruneRequest;
  readonly examined: readonly Examined[];
  readonly notExamined: readonly NotExamined[];
  /** Why nothing may be done on the ground of this plan; empty when it may. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
  readonly totals: PruneTotals;
  readonly backlog: Backlog;
  readonly families: readonly FamilyPlan[];
}

export interface PruneTotals {
  readonly families: number;
  readonly revisions: number;
  readonly byReason: Readonly<Partial<Record<PruneReason, number>>>;
}

export interface Backlog {
  /** Revisions whose notice has passed. */
  readonly due: number;
  /** Revisions announced and still waiting. */
  readonly announced: number;
  /** When the last of them will be gone at the pace of the settings; absent in mode PLAN, or with no backlog. */
  readonly doneBy?: string;
}
