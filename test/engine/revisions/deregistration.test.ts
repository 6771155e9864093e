import { allows, Deregistration } from '../../../engine/revisions/deregistration';
import type { TaskDefinitions } from '../../../engine/revisions/ports';
import type { PruneAction, PrunePlan, PruneReason } from '../../../lib/contract/prune-plan';
import { SETTINGS } from '../pruner';

const verdict = (from: number, to: number, action: PruneAction, reason: PruneReason) => ({
  from,
  to,
  count: to - from + 1,
  action,
  reason,
});
const plan = (more: object = {}): PrunePlan =>
  ({
    settings: SETTINGS,
    refusals: [],
    families: [
      {
        family: 'web',
        verdicts: [
          verdict(2, 4, 'deregister', 'superseded'),
          verdict(5, 5, 'keep', 'referenced'),
          verdict(6, 6, 'keep', 'announced'),
        ],
      },
    ],
    ...more,
  }) as unknown as PrunePlan;
const web = (revision: number) => ({ family: 'web', revision });

describe('X-02: the one place that deregisters', () => {
  test('lets go what the approved plan lets go, and nothing beside it', async () => {
    const called: number[] = [];
    const definitions = {
      deregister: async ({ revision }: { revision: number }) => void called.push(revision),
    } as unknown as TaskDefinitions;
    const deregistration = new Deregistration(plan(), definitions);
    for (const revision of [1, 2, 3, 4, 5, 6, 7]) {
      const done = deregistration.deregister(web(revision));
      if (revision >= 2 && revision <= 4) await done;
      else await expect(done).rejects.toThrow(`web:${revision} is not in the approved plan`);
    }
    expect(called).toEqual([2, 3, 4]);
  });

  test.each<[string, object]>([
    ['in mode PLAN', { settings: { ...SETTINGS, mode: 'PLAN' } }],
    ['asked to plan only', { request: { planOnly: true } }],
    ['refused by a guard', { refusals: ['no'] }],
    ['without the family', { families: [] }],
    [
      'that keeps, whatever its reason says',
      { families: [{ family: 'web', verdicts: [verdict(3, 3, 'keep', 'superseded')] }] },
    ],
    [
      'that lets go for a reason that keeps',
      { families: [{ family: 'web', verdicts: [verdict(3, 3, 'deregister', 'announced')] }] },
    ],
  ])('lets nothing go by a plan %s', (_, more) => {
    expect(allows(plan(), web(3))).toBe(true);
    expect(allows(plan(more), web(3))).toBe(false);
  });

  test('tells families apart by their whole name', () => {
    for (const family of ['we', 'webs', 'Web', 'web-']) expect(allows(plan(), { family, revision: 3 })).toBe(false);
  });
});
