import type { Happening } from '../../../simulator/cloudformation/journal';
import type { StackStatus } from '../../../simulator/cloudformation/statuses';
import type { Ink } from '../ink';
import { plainTable } from '../tables';
import { clockTime } from '../words';
import type { ExampleStack } from './example-stack';

/** How the revisions of the family stood at one instant. */
export interface Moment {
  readonly at: number;
  readonly label: string;
  readonly active: readonly number[];
  /** ACTIVE and INACTIVE ones. */
  readonly known: readonly number[];
  /** Those that tasks of the service run. */
  readonly running: readonly number[];
}

const STATUSES: Partial<Record<StackStatus, string>> = {
  UPDATE_IN_PROGRESS: 'update begins',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'updated, clean-up begins',
  UPDATE_COMPLETE: 'update complete',
  UPDATE_ROLLBACK_IN_PROGRESS: 'rollback begins',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'rolled back, clean-up',
  UPDATE_ROLLBACK_COMPLETE: 'rollback complete',
  UPDATE_ROLLBACK_FAILED: 'ROLLBACK BLOCKED',
};

/** What a happening is called in the table; most are not worth a row. */
export function momentOf(happening: Happening, { ids }: Pick<ExampleStack, 'ids'>): string | undefined {
  if (happening.kind === 'stack') return STATUSES[happening.status];
  if (happening.kind === 'answer') return `${happening.event.RequestType} is answered`;
  if (happening.kind !== 'resource' || happening.status !== 'UPDATE_COMPLETE') return undefined;
  if (happening.logicalId === ids.taskDefinition) return 'task definition registered';
  return happening.logicalId === ids.service ? 'service updated' : undefined;
}

/** Only the moments at which something had changed, and the last. */
export function withoutRepeats(moments: readonly Moment[], earlier: readonly Moment[]): readonly Moment[] {
  const told = ({ active, known, running }: Moment) => JSON.stringify([active, known, running]);
  return moments.filter((moment, place) => {
    const before = moments[place - 1] ?? earlier.at(-1);
    return !before || place === moments.length - 1 || told(before) !== told(moment);
  });
}

/** Revisions as columns, moments as rows. */
export function momentsTable(groups: readonly (readonly Moment[])[], revisions: readonly number[], ink: Ink): string[] {
  const width = (revision: number) => Math.max(2, String(revision).length + 1);
  const head = revisions.map((revision) => String(revision).padStart(width(revision))).join('');
  const rows = groups.flatMap((moments, place) => [
    ...(place > 0 && moments.length > 0 ? [['', '', '']] : []),
    ...moments.map((moment) => [
      clockTime(moment.at),
      moment.label,
      revisions.map((revision) => `${' '.repeat(width(revision) - 1)}${mark(moment, revision, ink)}`).join(''),
    ]),
  ]);
  return plainTable([['', ink.faint('revision'), ink.faint(head)], ...rows], [{}, {}, {}]);
}

/** What the marks of the table mean. */
export function legend(ink: Ink): string {
  const marks = [`${ink.good('■')} in service`, '● ACTIVE', `${ink.faint('○')} INACTIVE`];
  return `  ${marks.join('   ')}   ${ink.bad('✗')} INACTIVE, yet in service`;
}

function mark({ active, known, running }: Moment, revision: number, ink: Ink): string {
  const isActive = active.includes(revision);
  if (running.includes(revision)) return isActive ? ink.good('■') : ink.bad('✗');
  if (isActive) return '●';
  return known.includes(revision) ? ink.faint('○') : ' ';
}
