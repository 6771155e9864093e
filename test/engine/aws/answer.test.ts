import { ENOUGH, everyArn, everyPage, optionalList, optionalTime, page } from '../../../engine/aws/answer';
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

test('a nested list may be left out, but not be anything else', () => {
  expect([optionalList(undefined, 'x'), optionalList(null, 'x')]).toEqual([[], []]);
  for (const wrong of ['', 0, {}, [1], [null]]) expect(() => optionalList(wrong, 'x')).toThrow(IncompleteScan);
});

test.each([undefined, null, 'yesterday', 0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a time of %p is no time', (value) => {
  expect(optionalTime(value)).toBeUndefined();
});
