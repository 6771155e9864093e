import type { FaultKind } from './fault-menu';
import type { Input } from './input';
import type { Random } from './random';
import { SimulatedError } from './simulated-error';

/** A call that a fault is about to strike. */
export interface Moment {
  readonly action: string;
  readonly input: Input;
  readonly answer: () => Promise<unknown>;
  /** To be told when the fault makes a difference. */
  readonly hit: () => void;
  readonly clock: { sleep(ms: number): Promise<void>; advance(ms: number): void };
  readonly random: Random;
  readonly skewMs: number;
  /** The member with a page's token. */
  readonly token: string;
  /** The member of an answer that the call is for. */
  readonly resultOf: (answer: Input) => string;
  /** The ARN of a revision for an unknown field to name, if one is known. */
  readonly mention: () => string | undefined;
  /** What the same call was answered not long ago. */
  readonly stale: () => unknown;
  /** A token that leads to the page that this call asks for. */
  readonly tokenTo: (name: string) => string;
}

/** What a fault makes of a call: answers in its place, throws, or lets it through. */
export type Effect = (moment: Moment) => Promise<unknown>;

export function effectOf(kind: FaultKind): Effect {
  return EFFECTS[kind];
}

const refuse =
  (code: string, message: string, status = 400): Effect =>
  async ({ hit }) => {
    hit();
    throw new SimulatedError(code, message, status);
  };

const say =
  (what: unknown): Effect =>
  async ({ hit }) => {
    hit();
    return what;
  };

/** Changes an answer that is as it should be; `undefined` where there is nothing for this fault to change. */
const change =
  (make: (answer: Input, moment: Moment) => Input | undefined): Effect =>
  async (moment) => {
    const given = await moment.answer();
    if (typeof given !== 'object' || given === null) return given;
    const changed = make(given as Input, moment);
    if (changed === undefined) return given;
    moment.hit();
    return changed;
  };

/** Changes the list that the call is for. */
const changeList = (make: (items: readonly unknown[], moment: Moment) => unknown): Effect =>
  change((answer, moment) => {
    const member = moment.resultOf(answer);
    const items = answer[member];
    if (!Array.isArray(items)) return undefined;
    const made = make(items, moment);
    return made === undefined ? undefined : { ...answer, [member]: made };
  });

/** Only lists have pages; the others of ECS's answers have no token. */
const turnPage = (token: (moment: Moment, answer: Input) => unknown, items?: readonly unknown[]): Effect =>
  change((answer, moment) => {
    const member = moment.resultOf(answer);
    if (!moment.action.startsWith('List') || !Array.isArray(answer[member])) return undefined;
    return { ...answer, ...(items ? { [member]: items } : {}), [moment.token]: token(moment, answer) };
  });

/** As services call it. */
const PAGE_SIZES = ['maxResults', 'MaxResults', 'Limit'] as const;

const EFFECTS: Readonly<Record<FaultKind, Effect>> = {
  'access denied': (moment) =>
    refuse('AccessDeniedException', `The caller is not authorized to perform: ecs:${moment.action} on resource: *`)(moment),
  'expired credentials': refuse('ExpiredTokenException', 'The security token included in the request is expired'),
  'server error': refuse('ServerException', 'The server could not answer.', 500),
  'service unavailable': refuse('ServiceUnavailableException', 'Service Unavailable. Please try again later.', 503),
  throttle: refuse('ThrottlingException', 'Rate exceeded'),

  'empty object': say({}),
  null: say(null),
  text: say('ok'),
  'missing list': change((answer, { resultOf }) => {
    const { [resultOf(answer)]: _, ...rest } = answer;
    return rest;
  }),
  'null list': change((answer, { resultOf }) => ({ ...answer, [resultOf(answer)]: null })),
  'wrong type': change((answer, { resultOf }) => {
    const member = resultOf(answer);
    return { ...answer, [member]: typeof answer[member] === 'string' ? 7 : 'none' };
  }),
  'item of wrong type': change((answer, { random, resultOf }) => {
    const member = resultOf(answer);
    const items = answer[member];
    if (Array.isArray(items)) return { ...answer, [member]: inserted(items, random.pick([null, 7, true, {}, []]), random) };
    return isObject(items) ? { ...answer, [member]: { ...items, status: 7 } } : undefined;
  }),
  'item missing': changeList((items, { action, random }) =>
    action.startsWith('List') || items.length === 0 ? undefined : without(items, random.below(items.length)),
  ),
  failures: failing(['INTERNAL', 'ACCESS_DENIED', 'RESOURCE_NOT_AVAILABLE', '', undefined, 7]),
  MISSING: failing(['MISSING']),

  'duplicate items': changeList((items) => (items.length === 0 ? undefined : items.flatMap((item) => [item, item]))),
  'shuffled items': changeList((items, { random }) => {
    const shuffled = items.map((item) => [random.next(), item] as const).sort(([a], [b]) => a - b);
    return shuffled.every(([, item], place) => item === items[place]) ? undefined : shuffled.map(([, item]) => item);
  }),
  'short page': async ({ input, answer, hit }) => {
    for (const size of PAGE_SIZES) {
      if (!(Number(input[size]) > 1)) continue;
      input[size] = 1;
      hit();
    }
    return answer();
  },
  'empty page': turnPage(({ tokenTo, random }) => tokenTo(`empty page's ${random.hex(24)}`), []),

  'repeated token': turnPage(({ tokenTo }) => tokenTo('repeated')),
  'token cycle': turnPage(({ tokenTo, random }) => tokenTo(`${random.pick(['first', 'second', 'third'])} cyclic`)),
  'foreign token': turnPage(() => 'token-of-another-list'),
  'token of wrong type': turnPage(() => 5),

  'unknown status': change((answer) => {
    const [changed, count] = replaced(answer, /status$/i, () => 'HIBERNATING');
    return count > 0 ? changed : undefined;
  }),
  'unknown field': change((answer, { action, mention, resultOf }) => {
    if (/TaskDefinition/.test(action)) return undefined;
    const arn = mention();
    return arn === undefined ? undefined : extended(answer, resultOf(answer), { hooks: { before: [{ run: arn }] } });
  }),
  'unknown extra': change((answer, { resultOf }) =>
    extended(answer, resultOf(answer), { forecast: { mood: 'sunny', degrees: [21, null] } }),
  ),

  'lost answer': async ({ answer, hit }) => {
    await answer();
    hit();
    throw new SimulatedError('TimeoutError', 'socket hang up', 500);
  },
  'lost call': refuse('TimeoutError', 'connect ECONNREFUSED', 500),
  twice: async ({ answer, hit }) => {
    await answer();
    hit();
    return answer();
  },

  slow: async ({ answer, hit, clock, random }) => {
    hit();
    await clock.sleep(someTime(random));
    return answer();
  },
  frozen: async ({ answer, hit, clock, random }) => {
    hit();
    clock.advance(someTime(random));
    return answer();
  },
  stale: async ({ answer, hit, stale }) => {
    const earlier = stale();
    const now = await answer();
    if (earlier === undefined || JSON.stringify(earlier) === JSON.stringify(now)) return now;
    hit();
    return earlier;
  },
  'skewed dates': change((answer, { skewMs }) => {
    const isDate = (value: unknown) => typeof value === 'number';
    const [changed, count] = replaced(answer, /(At|Date|Time)$/, (value) => (value as number) + skewMs / 1000, isDate);
    return count > 0 ? changed : undefined;
  }),
};

/** What was asked for is not described, or a list says that something failed. */
function failing(reasons: readonly unknown[]): Effect {
  return change((answer, { random, resultOf }) => {
    const member = resultOf(answer);
    const items = answer[member];
    if (!Array.isArray(items)) return undefined;
    const reason = random.pick(reasons);
    const place = random.below(items.length);
    const item: unknown = items[place];
    if (!isObject(item) || answer.failures === undefined) {
      return reason === 'MISSING' ? undefined : { ...answer, failures: [{ arn: 'unnamed', reason }] };
    }
    const [, arn] = Object.entries(item).find(([name]) => /Arn$/.test(name)) ?? [];
    const failures = [...(answer.failures as unknown[]), { arn, reason }];
    return { ...answer, [member]: without(items, place), failures };
  });
}

function someTime(random: Random): number {
  return Math.round(1000 * 300 ** random.next());
}

function isObject(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(items: readonly unknown[], place: number): unknown[] {
  return items.filter((_, index) => index !== place);
}

function inserted(items: readonly unknown[], item: unknown, random: Random): unknown[] {
  return items.toSpliced(random.below(items.length + 1), 0, item);
}

/** A further field in one item of the result; where there is none, beside it. */
function extended(answer: Input, member: string, field: Input): Input {
  const items = answer[member];
  if (!Array.isArray(items) || !isObject(items[0])) return { ...answer, ...field };
  return { ...answer, [member]: [{ ...items[0], ...field }, ...items.slice(1)] };
}

/** A copy in which every member of such a name, however deep, is another. */
function replaced(
  value: Input,
  name: RegExp,
  make: (value: unknown) => unknown,
  fits: (value: unknown) => boolean = (inner) => typeof inner === 'string',
): [Input, number] {
  let count = 0;
  const copy = (inner: unknown, key: string): unknown => {
    if (name.test(key) && fits(inner)) {
      count += 1;
      return make(inner);
    }
    if (Array.isArray(inner)) return inner.map((item) => copy(item, ''));
    if (!isObject(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([at, one]) => [at, copy(one, at)]));
  };
  return [copy(value, '') as Input, count];
}
