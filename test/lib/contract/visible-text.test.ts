import { InputError, shown, shownName } from '../../../lib/contract/fault';
import { visibleText } from '../../../lib/contract/visible-text';

test.each([
  ['a line break', 'a\nb', 'a\\u{a}b'],
  ['an escape', '\u001b[31mred', '\\u{1b}[31mred'],
  ['an escape of one character', '\u009b31m', '\\u{9b}31m'],
  ['a turn of the reading direction', 'a\u202eb', 'a\\u{202e}b'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ['nothing wide', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['half a pair', 'a\ud83d', 'a\\u{d83d}'],
  ['what can be seen', 'wéb – 日本 😀 "\\\'', 'wéb – 日本 😀 "\\\''],
])('X-08: %s is spelt out, or stays if it can be seen', (_, text, expected) => {
  expect(visibleText(text)).toBe(expected);
});

test('a text is cut before it is spelt out, also in the middle of a pair', () => {
  expect(visibleText('abcdefgh', 8)).toBe('abcdefgh');
  expect(visibleText('abcdefghi', 8)).toBe('abcde...');
  expect(visibleText('abcd😀efgh', 8)).toBe('abcd\\u{d83d}...');
});

describe('X-12: a fault shows', () => {
  test('in one short line what has no text of its own: nested too deep, in a circle, no number of JSON', () => {
    let deep: unknown = 1;
    for (let time = 0; time < 100_000; time += 1) deep = [deep];
    const circle: { inner?: unknown } = {};
    circle.inner = circle;
    expect([shown(deep), shown(circle), shown(1n)]).toEqual(
      ['object', 'object', 'bigint'].map((type) => `a value of type ${type}`),
    );
    expect(shown(() => 1)).toContain('=> 1');
  });

  test('of a long text what fits, and of a name the same', () => {
    expect(shown('x'.repeat(1_000_000))).toHaveLength(80);
    expect(shown({ a: 'x'.repeat(1_000_000) })).toHaveLength(80);
    expect(shownName('x'.repeat(1_000_000))).toHaveLength(80);
    expect(shown('\u202e')).toBe('"\\u{202e}"');
  });

  test('of very many faults twenty, and how many more there are', () => {
    const faults = Array.from({ length: 5_000 }, (_, place) => ({ path: `p${place}`, rule: 'must not be', got: '1' }));
    const error = new InputError('no', faults);
    expect(error.message).toContain("'p19' must not be, got: 1; and 4980 more");
    expect(error.message).not.toContain("'p20'");
    expect(error.faults).toHaveLength(5_000);
  });
});
