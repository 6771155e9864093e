import { type Announcements, announcedSince, announcementsOf, firstDue } from '../../../engine/revisions/announcements';
import type { FamilyPlan, PrunePlan } from '../../../lib/contract/prune-plan';

const at = (hour: number) => Date.parse(`2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`);
const iso = (hour: number) => new Date(at(hour)).toISOString();
const planOf = (families: FamilyPlan[]) => ({ families }) as unknown as PrunePlan;

const announced = announcementsOf(
  planOf([
    {
      family: 'web',
      verdicts: [
        { from: 1, to: 4, count: 4, action: 'deregister', reason: 'superseded', since: iso(1) },
        { from: 5, to: 5, count: 1, action: 'keep', reason: 'referenced' },
        { from: 6, to: 9, count: 4, action: 'keep', reason: 'announced', since: iso(3) },
        { from: 10, to: 10, count: 1, action: 'keep', reason: 'newest' },
      ],
    },
    { family: 'job', verdicts: [{ from: 1, to: 1, count: 1, action: 'keep', reason: 'newest' }] },
  ]),
  new Map(),
);

test('P-10: a plan announces what it would let go now or later, and withdraws what it does not name', () => {
  expect([1, 4, 5, 6, 9, 10, 11].map((revision) => announcedSince(announced, 'web', revision))).toEqual([
    at(1),
    at(1),
    undefined,
    at(3),
    at(3),
    undefined,
    undefined,
  ]);
  expect([...announced.spans.keys()]).toEqual(['web']);
  expect(announcedSince(announced, 'webs', 1)).toBeUndefined();
});

test('the first that is due is told, or the first after an instant', () => {
  const hour = at(1) - at(0);
  expect(firstDue(announced, 2 * hour)).toBe(at(3));
  expect(firstDue(announced, 2 * hour, at(3))).toBe(at(5));
  expect(firstDue(announced, 2 * hour, at(5))).toBeUndefined();
  const none: Announcements = { spans: new Map(), ages: new Map() };
  expect(firstDue(none, hour)).toBeUndefined();
});
