import { isFamilyPattern, matchesFamily } from '../../../lib/contract/family-pattern';

test.each([
  ['a', 1],
  ['*', 1],
  ['A-Z_0-9*', 1],
  ['', 0],
  ['f'.repeat(255), 1],
  ['f'.repeat(256), 0],
  [' a', 0],
  ['a ', 0],
  ['a\n', 0],
  ['a.b', 0],
  ['a/b', 0],
  ['a?', 0],
  ['ä', 0],
])('%j names families: %i', (text, names) => {
  expect(isFamilyPattern(text)).toBe(names === 1);
});

test.each([
  ['*', ['a', 'ab', 'aba', 'b']],
  ['a', ['a']],
  ['a*', ['a', 'ab', 'aba']],
  ['*a', ['a', 'aba']],
  ['*b*', ['ab', 'aba', 'b']],
  ['a*a', ['aba']],
  ['a*b', ['ab']],
  ['ab*ba', []],
  ['a**a', ['aba']],
  ['*a*a', ['aba']],
  ['*a*b*a*', ['aba']],
  ['b*a', []],
  ['*bb*', []],
  ['*ba*a', []],
  ['', []],
])('P-20: %s names these families and no others: %j', (pattern, matched) => {
  expect(['a', 'ab', 'aba', 'b'].filter((family) => matchesFamily(pattern, family))).toEqual(matched);
});
