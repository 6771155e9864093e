import * as fc from 'fast-check';

/**
 * How many hostile inputs are made in all, over every parser. A failure prints seed and path:
 * `HOSTILE_SEED=… HOSTILE_PATH=… npx jest test/security/hostile -t '…'` plays it again.
 */
export const HOSTILE = Number(process.env.HOSTILE ?? 5_000);

/** Runs of a property that gets this share of all inputs. */
export function parameters(share: number): fc.Parameters<unknown> {
  return {
    seed: Number(process.env.HOSTILE_SEED ?? 20261125),
    numRuns: Math.ceil(HOSTILE * share),
    ...(process.env.HOSTILE_PATH === undefined ? {} : { path: process.env.HOSTILE_PATH }),
  };
}

/** What a name or a sentence must never do to whoever reads it, each as one character. */
const STEERING = ['\u0000', '\u0007', '\n', '\r', '\u001b[2J\u001b]0;owned\u0007', '\u009b31m', '\u0085', '\u202e', '\u2066'];
const UNSEEN = ['\u2028', '\u2029', '\u200b', '\ufeff', '\ud800', '\udfff', '\u{e0041}', '\u00ad'];
const LOOK_ALIKES = ['а', 'ａ', '：', '∕', '⁎', '١', 'K', 'ſ'];
const PIECES = [
  '"',
  '\\',
  "'",
  '`',
  '$(id)',
  '; id',
  '<script>',
  '%00',
  '../',
  '*',
  ':',
  '/',
  '{{',
  '__proto__',
  'constructor',
];

export const piece = fc.constantFrom(...STEERING, ...UNSEEN, ...LOOK_ALIKES, ...PIECES);

/** Sometimes a long run of one thing, which is where patterns that take for ever are found. */
const long = fc
  .record({
    of: fc.constantFrom('a', '-', '*', ':', '/', '9', '.', 'a-', '*a', '\u202e', '\ud800'),
    times: fc.constantFrom(256, 5_000, 100_000),
  })
  .map(({ of, times }) => of.repeat(times / of.length));

/** Any text at all. `unit: 'binary'` tells the same, but lists all of Unicode first, which takes most of a second. */
export const anyText = (lengths: { readonly minLength?: number; readonly maxLength: number }) =>
  fc.string({ unit: codePoint, ...lengths });
const codePoint = fc
  .oneof(
    { weight: 1, arbitrary: fc.nat({ max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
  )
  .map((point) => String.fromCodePoint(point));

export const hostileText = fc.oneof(
  { weight: 8, arbitrary: piece },
  { weight: 4, arbitrary: fc.array(piece, { minLength: 2, maxLength: 8 }).map((pieces) => pieces.join('')) },
  { weight: 4, arbitrary: anyText({ maxLength: 40 }) },
  { weight: 1, arbitrary: long },
);

interface Cut {
  readonly at: number;
  readonly removed: number;
  readonly put: string;
}

/** A text that was right, with one to three pieces put into it, or taken out. */
export function spoiltText(right: readonly string[]): fc.Arbitrary<string> {
  const cut: fc.Arbitrary<Cut> = fc.record({
    at: fc.nat(1_000).map((thousandths) => thousandths / 1_000),
    removed: fc.constantFrom(0, 0, 1, 4, 1_000),
    put: fc.oneof({ weight: 3, arbitrary: hostileText }, { weight: 1, arbitrary: fc.constant('') }),
  });
  const cuts = fc.array(cut, { minLength: 0, maxLength: 3 });
  return fc.tuple(fc.constantFrom(...right), cuts).map(([text, list]) =>
    list.reduce((done, { at, removed, put }) => {
      const from = Math.floor(at * (done.length + 1));
      return done.slice(0, from) + put + done.slice(from + removed);
    }, text),
  );
}

/** Values of every type, in the place of one that was right. */
const OTHERS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  '',
  ' ',
  '0',
  '-1',
  '1e3',
  '0x10',
  'Infinity',
  'NaN',
  'true',
  'PLAN',
  'DEREGISTER',
  [],
  {},
  [[]],
  [null],
  [{}],
  { length: 1 },
  { toString: 1, valueOf: 1 },
  { toJSON: 'x' },
];

type Json = unknown;
type Holder = Record<string, Json>;

const change = fc.record({
  where: fc.nat(10_000),
  kind: fc.constantFrom('swap', 'swap', 'text', 'text', 'insert', 'remove', 'add', 'prototype', 'deep', 'many', 'twice'),
  other: fc.constantFrom(...OTHERS),
  text: hostileText,
  deep: fc.constantFrom<number[]>(10, 100, 500, 500, 20_000),
});
type Change = typeof change extends fc.Arbitrary<infer Made> ? Made : never;

/** A document that was right, with one to three things done to it. */
export function spoilt(right: readonly Json[]): fc.Arbitrary<Json> {
  return fc
    .tuple(fc.constantFrom(...right), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([document, changes]) => readable(changes).reduce(changed, { root: structuredClone(document) } as Holder).root);
}

/** What is deep and stands there three hundred times has millions of places, which no answer has room for. */
function readable(changes: readonly Change[]): readonly Change[] {
  const isMany = changes.some(({ kind }) => kind === 'many');
  return isMany ? changes.map((one) => ({ ...one, deep: Math.min(one.deep, 100) })) : changes;
}

/** Every place in a document: who holds it, and under which name. */
function placesIn(root: Holder): [Holder, string][] {
  const found: [Holder, string][] = [];
  const waiting: Holder[] = [root];
  for (let holder = waiting.pop(); holder && found.length < 500; holder = waiting.pop()) {
    for (const name of Object.keys(holder)) {
      found.push([holder, name]);
      const value = holder[name];
      if (typeof value === 'object' && value !== null) waiting.push(value as Holder);
    }
  }
  return found;
}

function isObject(value: Json): value is Holder {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changed(root: Holder, { where, kind, other: shared, text, deep }: Change): Holder {
  // Its own copy: a later change may be made inside it.
  const other = structuredClone(shared);
  const places = placesIn(root);
  const [holder, name] = places[where % places.length] as [Holder, string];
  const value = holder[name];
  // A list of JSON has no members with names.
  const object = [value, holder, root.root].find(isObject) ?? {};
  switch (kind) {
    case 'swap':
      holder[name] = other;
      break;
    case 'text':
      holder[name] = text;
      break;
    case 'insert': {
      const at = where % (String(typeof value === 'string' ? value : '').length + 1);
      if (typeof value === 'string') holder[name] = value.slice(0, at) + text + value.slice(at);
      break;
    }
    case 'remove':
      // A list of JSON has no holes.
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else if (holder !== root) delete holder[name];
      break;
    case 'add':
      own(object, text, other);
      break;
    case 'prototype':
      for (const one of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty']) {
        own(object, one, { polluted: true, mode: 'DEREGISTER', keepLatest: 1 });
      }
      break;
    case 'deep':
      holder[name] = nested(value, deep);
      break;
    case 'many':
      holder[name] = Array.isArray(value) ? Array.from({ length: 300 }, () => value[0]) : Array(300).fill(value);
      break;
    default:
      root.root = twice(root.root, name, other);
  }
  return root;
}

/** As `JSON.parse` makes members: own ones, whatever their name. */
function own(object: Holder, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function nested(value: Json, times: number): Json {
  let made = value;
  for (let time = 0; time < times; time += 1) made = time % 2 === 0 ? [made] : { deeper: made };
  return made;
}

/** The same member a second time, as only a text can have it: the last one counts. */
function twice(document: Json, name: string, value: Json): Json {
  try {
    const text = JSON.stringify(document);
    if (!text?.startsWith('{') || text === '{}') return document;
    return JSON.parse(`${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`);
  } catch {
    return document;
  }
}

/** What must not stand in a text that is shown to people. */
export const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** An error is one of the documented kinds, short, and says nothing that steers. */
export function faultsOfError(error: unknown, ...kinds: readonly (new (...given: never[]) => Error)[]): string[] {
  if (!kinds.some((kind) => error instanceof kind)) return [`an error of another kind: ${String(error)}`];
  const { message } = error as Error;
  const found: string[] = [];
  if (message.length > LONGEST_ERROR) found.push(`an error of ${message.length} characters`);
  if (STEERS.test(message)) found.push(`an error that steers: ${JSON.stringify(message)}`);
  return found;
}

/** Twenty faults of two shown values each, every character spelt out. */
const LONGEST_ERROR = 32_000;

const MEMBERS = Object.getOwnPropertyNames(Object.prototype).sort().join();

/** Whether anything has been added to what all objects share. */
export function isPolluted(): boolean {
  return (
    ({} as { polluted?: unknown }).polluted !== undefined ||
    Object.getOwnPropertyNames(Object.prototype).sort().join() !== MEMBERS ||
    ([] as { polluted?: unknown }).polluted !== undefined
  );
}
