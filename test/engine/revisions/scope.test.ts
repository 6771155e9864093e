import { familiesToList, scopeOf } from '../../../engine/revisions/scope';
import type { PruneRuleSettings, PruneSettings } from '../../../lib/contract/prune-settings';
import { SETTINGS } from '../pruner';

const rule = (...families: string[]): PruneRuleSettings => ({ families, keepLatest: 1, minAgeMinutes: 60 });
const ALL: PruneRuleSettings = { allFamilies: true, keepLatest: 1, minAgeMinutes: 60 };
const settings = (rules: PruneRuleSettings[], exceptFamilies: string[] = []): PruneSettings => ({
  ...SETTINGS,
  rules,
  exceptFamilies,
});

test('P-20: app, app-, app-2 and App are four families', () => {
  const names = ['app', 'app-', 'app-2', 'App'];
  const inScope = (...families: string[]) => names.filter((name) => 'rule' in scopeOf(name, settings([rule(...families)]), {}));
  expect(inScope('app')).toEqual(['app']);
  expect(inScope('app-')).toEqual(['app-']);
  expect(inScope('app-*')).toEqual(['app-', 'app-2']);
  expect(inScope('app*')).toEqual(['app', 'app-', 'app-2']);
  expect(inScope('App')).toEqual(['App']);
});

test('the first rule that matches decides, and what is excepted has none', () => {
  const two = settings([rule('web-*'), ALL], ['*-legacy']);
  expect(['web-a', 'job', 'web-legacy'].map((family) => scopeOf(family, two, {}))).toEqual([
    { rule: 0 },
    { rule: 1 },
    { out: "exceptFamilies has '*-legacy'" },
  ]);
  expect(scopeOf('job', settings([rule('web')]), {})).toEqual({ out: 'no rule names it' });
});

test('R-03: a request takes families away, and never adds one', () => {
  const narrow = settings([rule('web-*')], ['web-x']);
  expect(scopeOf('web-b', narrow, { families: ['web-a'] })).toEqual({ out: 'this run was asked for other families' });
  expect(scopeOf('job', narrow, { families: ['*'] })).toEqual({ out: 'no rule names it' });
  expect(scopeOf('web-x', narrow, { families: ['web-x'] })).toEqual({ out: "exceptFamilies has 'web-x'" });
});

test('R-03: a request for families is one for any of them, each as a pattern', () => {
  const asked = (...families: string[]) =>
    ['app', 'job', 'web-a'].filter((family) => 'rule' in scopeOf(family, settings([ALL]), { families }));
  expect([asked('job', 'web-*'), asked('app'), asked()]).toEqual([['job', 'web-a'], ['app'], []]);
  const out = { out: 'this run was asked for other families' };
  expect(scopeOf('job', settings([ALL], ['job']), { families: ['app'] })).toEqual(out);
});

test('what any exception names is excepted, and a rule without families covers none', () => {
  const two = settings([ALL], ['job', 'web-*']);
  expect(['job', 'web-a', 'app'].map((family) => scopeOf(family, two, {}))).toEqual([
    { out: "exceptFamilies has 'job'" },
    { out: "exceptFamilies has 'web-*'" },
    { rule: 0 },
  ]);
  const none = settings([{ keepLatest: 1, minAgeMinutes: 60 }, rule('app', 'job')]);
  expect(['web', 'app', 'job'].map((family) => scopeOf(family, none, {}))).toEqual([
    { out: 'no rule names it' },
    { rule: 1 },
    { rule: 1 },
  ]);
});

test('a few families named in full are listed one by one, anything else as a whole', () => {
  expect(familiesToList(settings([rule('web', 'app'), rule('web')]), {})).toEqual(['app', 'web']);
  expect(familiesToList(settings([rule('web-*')]), {})).toBeUndefined();
  expect(familiesToList(settings([rule('web'), ALL]), {})).toBeUndefined();
  expect(familiesToList(settings([ALL]), { families: ['web'] })).toEqual(['web']);
  expect(familiesToList(settings([rule('web'), { keepLatest: 1, minAgeMinutes: 60 }]), {})).toEqual(['web']);
  const fifty = Array.from({ length: 50 }, (_, place) => `f${place}`);
  expect(familiesToList(settings([rule(...fifty)]), {})).toEqual(fifty.toSorted());
  expect(familiesToList(settings([rule(...Array.from({ length: 51 }, (_, place) => `f${place}`))]), {})).toBeUndefined();
});
