import * as fc from 'fast-check';
import { FAULT_KINDS, type FaultKind, INCOMPLETE_KINDS, type PlannedFault, type StruckCall } from '../../simulator';

/** The calls that tell who refers to a revision. */
const REFERENCE_READS = [
  'ListClusters',
  'ListServices',
  'DescribeServices',
  'ListServiceDeployments',
  'DescribeServiceDeployments',
  'DescribeServiceRevisions',
  'ListTasks',
  'DescribeTasks',
] as const;

const OTHER_CALLS = ['ListTaskDefinitions', 'DescribeTaskDefinition', 'DeregisterTaskDefinition'] as const;

const fault: fc.Arbitrary<PlannedFault> = fc
  .record({
    kind: fc.constantFrom(...FAULT_KINDS),
    at: fc.oneof(
      { weight: 3, arbitrary: fc.record({ from: fc.integer({ min: 1, max: 180 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          action: fc.constantFrom(...OTHER_CALLS, ...REFERENCE_READS),
          from: fc.integer({ min: 1, max: 12 }),
        }),
      },
    ),
    times: fc.constantFrom(1, 1, 1, 2, 4, 400),
  })
  .map(({ kind, at, times }) => ({ kind, ...at, times, ...aimed(kind, at.from) }));

/** These strike few calls: they are aimed at those. */
const OF_DESCRIPTIONS: ReadonlySet<FaultKind> = new Set(['item missing', 'MISSING']);
const DESCRIPTIONS = REFERENCE_READS.filter((action) => action.startsWith('Describe'));

function aimed(kind: FaultKind, from: number): Partial<PlannedFault> {
  // Only what is asked twice can be answered as before.
  if (kind === 'stale') return { from: 1 + (from % 60), times: 400 };
  if (!OF_DESCRIPTIONS.has(kind)) return {};
  return { action: DESCRIPTIONS[from % DESCRIPTIONS.length] as string, from: 1 + (from % 7) };
}

/** What goes wrong with calls, as plain data; in some worlds nothing. */
export const faults: fc.Arbitrary<PlannedFault[]> = fc.array(fault, { maxLength: 3, size: 'max' });

/** Whether the strike left the scan of references less than whole. */
export function leavesScanIncomplete({ action, kind }: StruckCall): boolean {
  return (REFERENCE_READS as readonly string[]).includes(action) && INCOMPLETE_KINDS.has(kind);
}
