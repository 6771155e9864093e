import { DescribePipeCommand, ListPipesCommand, PipesClient } from '@aws-sdk/client-pipes';
import { REQUEST_TIMES } from '../../../engine/aws/request-times';
import { type ActionShape, type ClientOptions, SdkServiceReads, WholeReads } from '../../../engine/aws/service-reads';
import { IncompleteScan } from '../../../engine/incomplete-scan';
import type { Json } from '../../../engine/revisions/references/referrer';

const ACTIONS = {
  ListPipes: { items: 'Pipes', token: 'Token', gone: ['NotFound'] },
  ListBuses: { items: 'Buses' },
  DescribePipe: { gone: ['NotFound'] },
  DescribeBus: {},
};

/** A service as a test writes it: one answer, or error, after the other. */
function service(...answers: unknown[]) {
  const asked: [action: string, input: Json][] = [];
  const reads = new WholeReads(ACTIONS, async (action, input) => {
    asked.push([action, input]);
    const answer = answers[asked.length - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { reads, asked };
}

const refused = (code?: string) => new IncompleteScan('ListPipes', 'no', code);

describe('a list of a service', () => {
  test('P-05: is read to its last page, over empty pages, with all that the first was asked with', async () => {
    const { reads, asked } = service(
      { Pipes: [{ Name: 'a' }], Token: '1' },
      { Pipes: [], Token: '2' },
      { Pipes: [{ Name: 'b' }], Token: null },
    );
    expect(await reads.list('ListPipes', { Prefix: 'x' })).toEqual([{ Name: 'a' }, { Name: 'b' }]);
    expect(asked).toEqual([
      ['ListPipes', { Prefix: 'x' }],
      ['ListPipes', { Prefix: 'x', Token: '1' }],
      ['ListPipes', { Prefix: 'x', Token: '2' }],
    ]);
  });

  test('may be of names alone, and needs no input', async () => {
    const { reads, asked } = service({ Buses: ['default', 'shop'] });
    expect(await reads.list('ListBuses')).toEqual([{ name: 'default' }, { name: 'shop' }]);
    expect(asked).toEqual([['ListBuses', {}]]);
  });

  test.each<[string, unknown, string]>([
    ['is no object', [], 'the answer is no object'],
    ['has no list', { pipes: [] }, "the answer has no list 'Pipes'"],
    ['has a token that is no text', { Pipes: [], Token: 1 }, "the answer's 'Token' is no text"],
    ['repeats a token', { Pipes: [], Token: 'a' }, 'the same page token came twice'],
    ['holds what is neither an object nor a name', { Pipes: [{}, 7] }, 'the answer is no object'],
  ])('P-07: of which an answer %s is incomplete, never empty', async (_, answer, why) => {
    await expect(service(answer, answer).reads.list('ListPipes')).rejects.toMatchObject({ message: `ListPipes: ${why}` });
  });

  test('P-19: is empty where the service says that what it would be of is gone, be it between two pages', async () => {
    expect(await service(refused('NotFound')).reads.list('ListPipes')).toEqual([]);
    expect(await service({ Pipes: [{ Name: 'a' }], Token: '1' }, refused('NotFound')).reads.list('ListPipes')).toEqual([]);
  });

  test.each([undefined, 'AccessDeniedException', 'NotFoundException'])(
    'P-19: is not empty where the service says %s, which is not the error of this action for that',
    async (code) => {
      const error = refused(code);
      await expect(service(error).reads.list('ListPipes')).rejects.toBe(error);
      await expect(service(error).reads.list('ListBuses')).rejects.toBe(error);
    },
  );

  test('P-06: that meets a fault of our own fails with it, whatever its code', async () => {
    const fault = Object.assign(new TypeError('cannot read'), { code: 'NotFound' });
    await expect(service(fault).reads.list('ListPipes')).rejects.toBe(fault);
  });
});

describe('one thing of a service', () => {
  test('comes as it is', async () => {
    const { reads, asked } = service({ Name: 'a' });
    expect(await reads.get('DescribePipe', { Name: 'a' })).toEqual({ Name: 'a' });
    expect(asked).toEqual([['DescribePipe', { Name: 'a' }]]);
  });

  test('P-07: is an object, or the read failed', async () => {
    for (const wrong of [undefined, null, 'text', []]) {
      await expect(service(wrong).reads.get('DescribePipe', {})).rejects.toMatchObject({
        message: 'DescribePipe: the answer is no object',
      });
    }
  });

  test('P-19: is nothing where the service says so by the error of this action, and by no other', async () => {
    expect(await service(refused('NotFound')).reads.get('DescribePipe', {})).toBeUndefined();
    await expect(service(refused('NotFound')).reads.get('DescribeBus', {})).rejects.toThrow(IncompleteScan);
    await expect(service(refused('AccessDenied')).reads.get('DescribePipe', {})).rejects.toThrow(IncompleteScan);
  });
});

test('an action that nobody described is a fault, and no call', async () => {
  const { reads, asked } = service({});
  await expect(reads.list('ListAll')).rejects.toThrow('the adapter has no action ListAll');
  await expect(reads.get('GetAll', {})).rejects.toThrow('the adapter has no action GetAll');
  expect(asked).toEqual([]);
});

describe('through the SDK', () => {
  const actions: Record<string, ActionShape> = {
    ListPipes: { command: ListPipesCommand, items: 'Pipes', token: 'NextToken' },
    DescribePipe: { command: DescribePipeCommand, pace: { perSecond: 1, burst: 1 } },
  };

  /** The SDK's own client, on a clock on which waiting takes no time, with the same answer to every call. */
  function pipes(statusCode: number, answer: unknown) {
    const at: number[] = [];
    let time = 0;
    let options: ClientOptions | undefined;
    let closed = 0;
    const clock = {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
    };
    const client = (given: ClientOptions) => {
      options = given;
      return new PipesClient({
        ...given,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 's' },
        requestHandler: {
          handle: async () => {
            at.push(time);
            const body = new TextEncoder().encode(JSON.stringify(answer));
            return { response: { statusCode, headers: {}, reason: '', body } as never };
          },
          destroy: () => {
            closed += 1;
          },
        },
      });
    };
    const reads = new SdkServiceReads({ client, actions, bucket: { perSecond: 10, burst: 4 } }, clock);
    return { reads, at, options: () => options, closed: () => closed };
  }

  test('P-23: takes half of what the service allows, in a burst and after it', async () => {
    const { reads, at } = pipes(200, { Pipes: [] });
    for (let time = 0; time < 6; time += 1) await reads.list('ListPipes');
    expect(at).toEqual([0, 0, 200, 400, 600, 800]);
  });

  test('P-23: of an action with a pace of its own takes no more than that', async () => {
    const { reads, at } = pipes(200, { Name: 'a' });
    for (let time = 0; time < 3; time += 1) expect(await reads.get('DescribePipe', { Name: 'a' })).toEqual({ Name: 'a' });
    expect(at).toEqual([0, 1000, 2000]);
  });

  test('P-06: a refusal names the call, and comes with the code and the sentence of the service', async () => {
    const { reads, at } = pipes(403, { __type: 'AccessDeniedException', message: 'no pipes for you' });
    await expect(reads.list('ListPipes')).rejects.toMatchObject({
      name: 'IncompleteScan',
      call: 'ListPipes',
      code: 'AccessDeniedException',
      message: 'ListPipes: AccessDeniedException: no pipes for you',
    });
    expect(at).toHaveLength(1);
  });

  test('an action that nobody described is a fault, and no call', async () => {
    const { reads, at } = pipes(200, {});
    await expect(reads.get('GetAll', {})).rejects.toThrow('the adapter has no action GetAll');
    expect(at).toEqual([]);
  });

  test('no attempt takes for ever, and at the end its connections are let go', () => {
    const { reads, options, closed } = pipes(200, {});
    expect(options()?.requestHandler).toBe(REQUEST_TIMES);
    reads.close();
    expect(closed()).toBe(1);
  });

  describe('P-06: what the service fails is asked for eight times', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
    afterEach(() => void jest.useRealTimers());

    test('and no more, and then the read has failed', async () => {
      const { reads, at, options } = pipes(500, { message: 'broken' });
      const read = expect(reads.list('ListPipes')).rejects.toThrow('broken');
      await jest.advanceTimersByTimeAsync(200_000);
      await read;
      expect(at).toHaveLength(8);
      expect(options()?.maxAttempts).toBe(8);
    });
  });
});
