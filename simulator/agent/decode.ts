/** A request as the agent has read it. */
export interface ProtectionRequest {
  readonly enabled: boolean | undefined;
  /** As ECS will be asked: cut to 32 bits, so that 4294967356 becomes 60. */
  readonly minutes: number | undefined;
}

const FIELDS: ReadonlyMap<string, keyof ProtectionRequest> = new Map([
  ['protectionenabled', 'enabled'],
  ['expiresinminutes', 'minutes'],
]);

const SPACE = /[ \t\r\n]/;
const INT_64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/**
 * Reads a body as Go's decoder does when it knows two fields and refuses others: the first JSON value counts and what follows
 * it is ignored, names fit in any case, the last of several counts, `null` is nothing at all.
 *
 * @returns `undefined` when it can not be decoded
 * @see https://pkg.go.dev/encoding/json
 */
export function decode(body: string): ProtectionRequest | undefined {
  const value = firstValue(body);
  if (value === 'null') return { enabled: undefined, minutes: undefined };
  if (!value?.startsWith('{') || !isJson(value)) return undefined;
  const request: { -readonly [field in keyof ProtectionRequest]: ProtectionRequest[field] } = {
    enabled: undefined,
    minutes: undefined,
  };
  for (const [name, written] of members(value)) {
    const field = FIELDS.get(folded(name));
    if (field === 'enabled' && /^(true|false|null)$/.test(written)) {
      request.enabled = written === 'null' ? undefined : written === 'true';
    } else if (field === 'minutes' && isInteger(written)) {
      request.minutes = written === 'null' ? undefined : Number(BigInt.asIntN(32, BigInt(written)));
    } else {
      return undefined;
    }
  }
  return request;
}

/** Go folds the long s as well. */
function folded(name: string): string {
  return name.replaceAll('ſ', 's').toLowerCase();
}

/** By how it is written: 60.0 and 1e2 are no integers. */
function isInteger(written: string): boolean {
  if (written === 'null') return true;
  if (!/^-?\d+$/.test(written)) return false;
  const value = BigInt(written);
  return value >= INT_64.least && value <= INT_64.most;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function firstValue(body: string): string | undefined {
  const start = skipSpace(body, 0);
  const end = endOfValue(body, start);
  return end === undefined ? undefined : body.slice(start, end);
}

/** The members of a valid object, with their values as they are written. */
function* members(object: string): Generator<[name: string, written: string]> {
  let place = skipSpace(object, 1);
  while (object[place] === '"') {
    const endOfName = endOfValue(object, place) ?? object.length;
    const start = skipSpace(object, skipSpace(object, endOfName) + 1);
    const end = endOfValue(object, start) ?? object.length;
    yield [JSON.parse(object.slice(place, endOfName)) as string, object.slice(start, end)];
    place = skipSpace(object, skipSpace(object, end) + 1);
  }
}

function skipSpace(text: string, from: number): number {
  let place = from;
  while (place < text.length && SPACE.test(text[place] as string)) place += 1;
  return place;
}

/** Where the value that begins here is over; `undefined` when the text ends before. */
function endOfValue(text: string, from: number): number | undefined {
  let depth = 0;
  for (let place = from; place < text.length; place += 1) {
    const sign = text[place];
    if (sign === '"') {
      const quote = endOfString(text, place);
      if (quote === undefined) return undefined;
      place = quote;
      if (depth === 0) return place + 1;
    } else if (sign === '{' || sign === '[') {
      depth += 1;
    } else if (sign === '}' || sign === ']') {
      depth -= 1;
      if (depth === 0) return place + 1;
    } else if (depth === 0) {
      const [literal = ''] = /^[-+.\w]*/.exec(text.slice(place)) ?? [];
      return literal === '' ? undefined : place + literal.length;
    }
  }
  return undefined;
}

function endOfString(text: string, from: number): number | undefined {
  for (let place = from + 1; place < text.length; place += 1) {
    if (text[place] === '\\') place += 1;
    else if (text[place] === '"') return place;
  }
  return undefined;
}
