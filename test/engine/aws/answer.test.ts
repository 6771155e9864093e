import {
  asked,
  besideResult,
  chunks,
  ENOUGH,
  everyArn,
  everyPage,
  type ListAction,
  optionalList,
  optionalText,
  optionalTime,
  page,
  record,
  text,
} from '../../../engine/aws/answer';
import { IncompleteScan } from '../../../engine/incomplete-scan';
import { refusal, scripted } from '../scripted-call';

const clusters = (answer: (time: number) => unknown) => scripted({ ListClusters: (_, time) => answer(time) });

describe('a list', () => {
  test('P-05: is read to its last page, over empty pages that have a successor', async () => {
    const pages = [
      { clusterArns: [], nextToken: 'a' },
      { clusterArns: ['x'], nextToken: 'b' },
      { clusterArns: [], nextToken: 'c' },
      { clusterArns: ['y'] },
    ];
    const { call, asked } = clusters((time) => pages[time - 1]);
    expect(await everyArn(call, 'ListClusters', { maxResults: 100 })).toEqual(['x', 'y']);
    expect(asked.map(({ input }) => input.nextToken)).toEqual([undefined, 'a', 'b', 'c']);
  });

  test.each([[['a', 'a']], [['a', 'b', 'a']]])('P-05: whose page tokens are %j is incomplete', async (tokens) => {
    const { call } = clusters((time) => ({ clusterArns: [], nextToken: tokens[time - 1] }));
    await expect(everyArn(call, 'ListClusters', {})).rejects.toThrow('ListClusters: the same page token came twice');
  });

  test.each([undefined, null, 1, 'text', [], {}, { clusterArns: null }, { clusterArns: {} }, { clusterarns: [] }])(
    'P-07: answered with %j is incomplete, never empty',
    async (answer) => {
      await expect(everyArn(clusters(() => answer).call, 'ListClusters', {})).rejects.toThrow(IncompleteScan);
    },
  );

  test.each([1, {}, true])('P-07: whose page token is %j is incomplete', async (nextToken) => {
    const { call } = clusters(() => ({ clusterArns: [], nextToken }));
    await expect(everyArn(call, 'ListClusters', {})).rejects.toThrow("'nextToken' is no text");
  });

  test.each([null, 7, '', {}])('P-07: of names that holds %j is incomplete', async (item) => {
    await expect(everyArn(clusters(() => ({ clusterArns: ['x', item] })).call, 'ListClusters', {})).rejects.toThrow(
      IncompleteScan,
    );
  });

  test('P-06: that ECS refuses names the call, what it was for, and ECS’s own code', async () => {
    const { call } = scripted({ ListServices: () => refusal('ListServices', 'AccessDeniedException') });
    await expect(everyArn(call, 'ListServices', {}, 'cluster blue')).rejects.toMatchObject({
      message: 'ListServices (cluster blue): AccessDeniedException: no',
      code: 'AccessDeniedException',
    });
  });

  test.each<[ListAction, string]>([
    ['ListTaskDefinitions', 'taskDefinitionArns'],
    ['ListClusters', 'clusterArns'],
    ['ListServices', 'serviceArns'],
    ['DescribeServices', 'services'],
    ['ListServiceDeployments', 'serviceDeployments'],
    ['DescribeServiceDeployments', 'serviceDeployments'],
    ['DescribeServiceRevisions', 'serviceRevisions'],
    ['ListTasks', 'taskArns'],
    ['DescribeTasks', 'tasks'],
  ])('P-07: of %s is its %s, and nothing else stands in for it', async (action, member) => {
    const answers = (answer: unknown) => page(scripted({ [action]: () => answer }).call, action, {});
    expect(await answers({ [member]: ['x'], other: [] })).toEqual({
      items: ['x'],
      failures: [],
      answer: { [member]: ['x'], other: [] },
    });
    await expect(answers({ other: ['x'], items: ['x'] })).rejects.toThrow(`${action}: the answer has no list '${member}'`);
  });

  test.each([undefined, null, ''])('P-05: whose page token is %j ends there', async (nextToken) => {
    const { call, asked } = clusters(() => ({ clusterArns: ['x'], nextToken }));
    expect(await everyArn(call, 'ListClusters', { maxResults: 7 })).toEqual(['x']);
    expect(asked).toEqual([{ action: 'ListClusters', input: { maxResults: 7 } }]);
    expect('nextToken' in (await page(call, 'ListClusters', {}))).toBe(false);
  });

  test('is asked for each further page with all that the first was asked with', async () => {
    const { call, asked } = clusters((time) => ({ clusterArns: [], ...(time < 3 ? { nextToken: `t${time}` } : {}) }));
    await everyArn(call, 'ListClusters', { maxResults: 7 });
    expect(asked.map(({ input }) => input)).toEqual([
      { maxResults: 7 },
      { maxResults: 7, nextToken: 't1' },
      { maxResults: 7, nextToken: 't2' },
    ]);
  });

  test.each<[string, unknown, string]>([
    ['is no object', [], 'the answer is no object'],
    ['has no list', {}, "the answer has no list 'clusterArns'"],
    ['has a token that is no text', { clusterArns: [], nextToken: 1 }, "the answer's 'nextToken' is no text"],
    ['repeats a token', { clusterArns: [], nextToken: 'a' }, 'the same page token came twice'],
    ['has failures that are no list', { clusterArns: [], failures: 'x' }, 'a list in the answer is of another type'],
  ])('P-06: of which an answer %s fails by the name of the call and of what it was for', async (_, answer, why) => {
    const { call } = clusters(() => answer);
    const everyItem = (where?: string) => everyArn(call, 'ListClusters', {}, where);
    await expect(everyItem()).rejects.toMatchObject({ message: `ListClusters: ${why}`, call: 'ListClusters' });
    await expect(everyItem('blue')).rejects.toMatchObject({
      message: `ListClusters (blue): ${why}`,
      call: 'ListClusters (blue)',
    });
    // One page alone, called without saying what for.
    if (why !== 'the same page token came twice') {
      await expect(page(call, 'ListClusters', {})).rejects.toMatchObject({ message: `ListClusters: ${why}` });
    }
  });

  test('P-05: that comes to its end is read once, however many of its pages a reader takes nothing of', async () => {
    const { call, asked } = clusters((time) => ({ clusterArns: [time], ...(time < 3 ? { nextToken: `t${time}` } : {}) }));
    const taken: unknown[] = [];
    await everyPage(call, 'ListClusters', {}, '', (items) => void taken.push(...items));
    expect([taken, asked.length]).toEqual([[1, 2, 3], 3]);
  });

  test.each([undefined, 'more'])(
    'P-08: that says some failed is incomplete, with page token %j and whoever takes it',
    async (nextToken) => {
      const answer = { clusterArns: ['x'], failures: [{ arn: 'y', reason: 'MISSING' }], nextToken };
      const read = everyPage(clusters(() => answer).call, 'ListClusters', {}, 'blue', () => ENOUGH);
      await expect(read).rejects.toMatchObject({ message: 'ListClusters (blue): y: MISSING', call: 'ListClusters (blue)' });
    },
  );

  test('is left when its reader has enough', async () => {
    const { call, asked } = clusters(() => ({ clusterArns: ['x'], nextToken: 'more' }));
    await everyPage(call, 'ListClusters', {}, '', () => ENOUGH);
    expect(asked).toHaveLength(1);
  });
});

test('P-08: what ECS did not describe comes with its reason', async () => {
  const { call } = scripted({ DescribeTasks: () => ({ tasks: [], failures: [{ arn: 'a', reason: 'MISSING' }, {}] }) });
  expect((await page(call, 'DescribeTasks', {})).failures).toEqual([
    { arn: 'a', reason: 'MISSING' },
    { arn: 'unnamed', reason: 'no reason given' },
  ]);
});

test('P-08: what ECS did not describe is told even when its name or its reason is of another type', async () => {
  const { call } = scripted({ DescribeTasks: () => ({ tasks: [], failures: [{ arn: 7, reason: '' }] }) });
  expect((await page(call, 'DescribeTasks', {})).failures).toEqual([{ arn: 'unnamed', reason: 'no reason given' }]);
});

test('P-06: a fault that is not of ECS is not taken for one', async () => {
  const fault = new TypeError('cannot read');
  const call = async () => {
    throw fault;
  };
  await expect(asked(call, 'ListClusters', {}, 'x')).rejects.toBe(fault);
});

describe('P-07: of an answer', () => {
  const NAME = 'DescribeTasks';
  const incomplete = (why: string) => new IncompleteScan(NAME, why);

  test('an object is an object, and nothing else is', () => {
    expect(record({ a: 1 }, NAME)).toEqual({ a: 1 });
    for (const wrong of [undefined, null, [], 'x', 1, true, () => ({})]) {
      expect(() => record(wrong, NAME)).toThrow(incomplete('the answer is no object'));
    }
  });

  test('a name is a text with something in it', () => {
    expect(text('x', NAME)).toBe('x');
    for (const wrong of ['', undefined, null, 7, ['x']]) {
      expect(() => text(wrong, NAME)).toThrow(incomplete('a name in the answer is missing or no text'));
    }
    expect(['x', '', 7, null].map(optionalText)).toEqual(['x', undefined, undefined, undefined]);
  });

  test('a nested list gives its objects, and says by name what else it holds', () => {
    expect(optionalList([{ a: 1 }, {}], NAME)).toEqual([{ a: 1 }, {}]);
    expect(() => optionalList({}, NAME)).toThrow(incomplete('a list in the answer is of another type'));
    expect(() => optionalList([[]], NAME)).toThrow(incomplete('the answer is no object'));
  });

  test('a time is seconds since 1970, with their fractions', () => {
    expect([optionalTime(1_772_366_400.5), optionalTime(0.001), optionalTime('1772366400')]).toEqual([
      1_772_366_400_500,
      1,
      undefined,
    ]);
  });
});

test('P-18: beside its result, of an answer is left what nobody asked for', () => {
  const answer = { services: ['x'], clusters: ['y'], nextToken: 'z' };
  expect(besideResult('DescribeServices', answer)).toEqual({ clusters: ['y'], nextToken: 'z' });
  expect(besideResult('ListTasks', answer)).toEqual(answer);
  expect(Object.keys(answer)).toHaveLength(3);
});

test('a batch is never larger than ECS takes, and every name is in one', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  expect([...chunks(names, 2)]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect([...chunks(names, 5)]).toEqual([names]);
  expect([...chunks([], 2)]).toEqual([]);
});

test('a nested list may be left out, but not be anything else', () => {
  expect([optionalList(undefined, 'x'), optionalList(null, 'x')]).toEqual([[], []]);
  for (const wrong of ['', 0, {}, [1], [null]]) expect(() => optionalList(wrong, 'x')).toThrow(IncompleteScan);
});

test.each([undefined, null, 'yesterday', 0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a time of %p is no time', (value) => {
  expect(optionalTime(value)).toBeUndefined();
});
