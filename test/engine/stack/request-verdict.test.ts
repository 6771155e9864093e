import { StackStatus } from '@aws-sdk/client-cloudformation';
import * as fc from 'fast-check';
import { physicalIdFor } from '../../../engine/stack/physical-id';
import { type RequestFacts, requestVerdict } from '../../../engine/stack/request-verdict';
import { STACK_REASONS } from '../../../lib/contract/stack-pruning';

const STATUSES = Object.values(StackStatus);
const OLD = physicalIdFor(['old']);
const NEW = physicalIdFor(['new']);
const INVENTED = 'shop-OldRevisions-1A2B3C4D5E6F';

const facts = (more: Partial<RequestFacts> = {}): RequestFacts => ({
  requestType: 'Delete',
  status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  ancestors: [],
  requestedId: OLD,
  recordedId: NEW,
  removalPolicy: 'RETAIN',
  ...more,
});
const reasonOf = (more: Partial<RequestFacts>) => requestVerdict(facts(more)).reason;

/** What each status means for a Delete of a replaced id under RETAIN, in the order of CloudFormation's own list. */
const REASONS: Record<StackStatus, keyof typeof STACK_REASONS> = {
  CREATE_IN_PROGRESS: 'unfinished',
  CREATE_FAILED: 'failed',
  CREATE_COMPLETE: 'at-rest',
  ROLLBACK_IN_PROGRESS: 'rolled-back',
  ROLLBACK_FAILED: 'failed',
  ROLLBACK_COMPLETE: 'rolled-back',
  DELETE_IN_PROGRESS: 'stack-retained',
  DELETE_FAILED: 'failed',
  DELETE_COMPLETE: 'at-rest',
  UPDATE_IN_PROGRESS: 'unfinished',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'replaced',
  UPDATE_COMPLETE: 'at-rest',
  UPDATE_FAILED: 'failed',
  UPDATE_ROLLBACK_IN_PROGRESS: 'rolled-back',
  UPDATE_ROLLBACK_FAILED: 'failed',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'rolled-back',
  UPDATE_ROLLBACK_COMPLETE: 'rolled-back',
  REVIEW_IN_PROGRESS: 'unfinished',
  IMPORT_IN_PROGRESS: 'unfinished',
  IMPORT_COMPLETE: 'at-rest',
  IMPORT_ROLLBACK_IN_PROGRESS: 'rolled-back',
  IMPORT_ROLLBACK_FAILED: 'failed',
  IMPORT_ROLLBACK_COMPLETE: 'rolled-back',
};

test.each(STATUSES)('a Delete of what was replaced, while the stack is in %s (C-02)', (status) => {
  const { act, reason, text } = requestVerdict(facts({ status }));
  expect(reason).toBe(REASONS[status]);
  expect(act).toBe(reason === 'replaced' ? 'prune' : 'nothing');
  expect(text).toBe(STACK_REASONS[reason]);
});

test.each(['Create', 'Update'])('a %s does nothing, in whatever status (C-01)', (requestType) => {
  for (const status of [...STATUSES, undefined]) expect(reasonOf({ requestType, status })).toBe('create-or-update');
});

test.each([
  ['a request type of the future', { requestType: 'Refresh' }, 'unknown-request'],
  ['a request without a type', { requestType: '' }, 'unknown-request'],
  ['an id that CloudFormation made up', { requestedId: INVENTED }, 'foreign-id'],
  ['no id', { requestedId: undefined }, 'foreign-id'],
  ['a status that cannot be read', { status: undefined }, 'status-unreadable'],
  ['a status of the future', { status: 'UPDATE_PAUSED' }, 'status-unknown'],
  ['a recorded id that cannot be read', { recordedId: undefined }, 'id-unreadable'],
  ['a recorded id that was never given', { recordedId: INVENTED }, 'id-unreadable'],
  ['the construct removed, its task definition alive', { recordedId: OLD }, 'still-recorded'],
] as const)('%s is a doubt, and does nothing (C-02, C-05)', (_, more, reason) => {
  expect(requestVerdict(facts(more))).toMatchObject({ act: 'nothing', reason });
});

describe('when the stack is deleted', () => {
  const deleting = { status: 'DELETE_IN_PROGRESS', recordedId: OLD, removalPolicy: 'DESTROY' } as const;

  test('DESTROY takes the families along (C-02)', () => {
    const text = STACK_REASONS['stack-deleted'];
    expect(requestVerdict(facts(deleting))).toEqual({ act: 'prune-on-delete', reason: 'stack-deleted', text });
  });

  test('RETAIN leaves them', () => {
    expect(reasonOf({ ...deleting, removalPolicy: 'RETAIN' })).toBe('stack-retained');
  });

  test('an id that the stack does not record any more does nothing', () => {
    expect(reasonOf({ ...deleting, recordedId: NEW })).toBe('not-recorded');
  });
});

describe('in a nested stack', () => {
  const SETTLED = [
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'CREATE_COMPLETE',
    'UPDATE_COMPLETE',
    'UPDATE_ROLLBACK_COMPLETE',
    'IMPORT_COMPLETE',
    'IMPORT_ROLLBACK_COMPLETE',
  ];

  test.each(STATUSES)('a parent in %s', (above) => {
    const expected = SETTLED.includes(above) ? 'replaced' : 'parent-unfinished';
    for (const ancestors of [[above], ['UPDATE_COMPLETE', above], [above, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS']]) {
      expect(reasonOf({ ancestors })).toBe(expected);
    }
    const deleting = { status: 'DELETE_IN_PROGRESS', recordedId: OLD, removalPolicy: 'DESTROY', ancestors: [above] } as const;
    const goes = SETTLED.includes(above) || above === 'DELETE_IN_PROGRESS';
    expect(reasonOf(deleting)).toBe(goes ? 'stack-deleted' : 'parent-unfinished');
  });

  test.each(['PAUSED_IN_PROGRESS', ''])('a parent in the unknown status %p is a doubt', (above) => {
    expect(reasonOf({ ancestors: [above] })).toBe('parent-unfinished');
  });

  test('a parent that cannot be read is a doubt', () => {
    expect(reasonOf({ ancestors: ['UPDATE_COMPLETE', undefined] })).toBe('parent-unreadable');
  });
});

test('whatever is put together, only two cells act, and every reason has its words (C-02)', () => {
  const status = fc.option(fc.oneof(fc.constantFrom<string>(...STATUSES), fc.string()), { nil: undefined });
  const id = fc.option(fc.oneof(fc.constantFrom(OLD, NEW, INVENTED), fc.string()), { nil: undefined });
  const any = fc.record<RequestFacts>({
    requestType: fc.oneof(fc.constantFrom('Create', 'Update', 'Delete'), fc.string()),
    status,
    ancestors: fc.array(status, { maxLength: 3 }),
    requestedId: id,
    recordedId: id,
    removalPolicy: fc.constantFrom('RETAIN', 'DESTROY'),
  });
  fc.assert(
    fc.property(any, (given) => {
      const { act, reason, text } = requestVerdict(given);
      expect(text).toBe(STACK_REASONS[reason]);
      const cleaned = given.status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' && given.recordedId !== given.requestedId;
      const deleted =
        given.status === 'DELETE_IN_PROGRESS' && given.removalPolicy === 'DESTROY' && given.recordedId === given.requestedId;
      if (act === 'prune') expect([given.requestType, cleaned]).toEqual(['Delete', true]);
      if (act === 'prune-on-delete') expect([given.requestType, deleted]).toEqual(['Delete', true]);
    }),
    { numRuns: 8000 },
  );
});

test('every cell of types, statuses, ids and policies: it acts in exactly two', () => {
  const ids = [OLD, NEW, INVENTED, undefined];
  const acting = new Set<string>();
  for (const requestType of ['Create', 'Update', 'Delete', 'Other']) {
    for (const status of [...STATUSES, 'UNHEARD_OF', undefined]) {
      for (const requestedId of ids) {
        for (const recordedId of ids) {
          for (const removalPolicy of ['RETAIN', 'DESTROY'] as const) {
            const { act } = requestVerdict({ requestType, status, ancestors: [], requestedId, recordedId, removalPolicy });
            const same = requestedId === recordedId ? 'the same id' : 'another id';
            if (act !== 'nothing') acting.add(`${act}: ${requestType}, ${status}, ${same}`);
          }
        }
      }
    }
  }
  expect([...acting].sort()).toEqual([
    'prune-on-delete: Delete, DELETE_IN_PROGRESS, the same id',
    'prune: Delete, UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, another id',
  ]);
});
