import { ActQueue } from '../../../engine/revisions/act-queue';

const web = (revision: number) => ({ family: 'web', revision });
const order = (count: number) => Array.from({ length: count }, (_, index) => web(index + 1));
const next = (queue: ActQueue) => queue.next()?.map(({ revision }) => revision);

test('thirty are told ahead, and no more of the order is made than that', () => {
  let made = 0;
  const due = {
    length: 100,
    *[Symbol.iterator]() {
      for (const one of order(100)) {
        made += 1;
        yield one;
      }
    },
  };
  const queue = new ActQueue(due);
  expect(made).toBe(0);
  expect([queue.next()?.length, queue.next()?.length, made]).toEqual([30, 30, 30]);
  queue.settle();
  expect([next(queue)?.[0], queue.next()?.length, made]).toEqual([2, 29, 30]);
});

test('what is put back comes after all others, as often as it is put back, and remains until it is settled', () => {
  const queue = new ActQueue(order(3));
  queue.next();
  queue.putBack();
  expect([next(queue), queue.remaining]).toEqual([[2, 3], 3]);
  queue.settle();
  queue.settle();
  expect([next(queue), queue.remaining]).toEqual([[1], 1]);
  queue.putBack();
  expect([next(queue), queue.remaining]).toEqual([[1], 1]);
  queue.settle();
  expect([next(queue), queue.remaining]).toEqual([undefined, 0]);
});

test('what is put back with its family comes after all others, and after the rest of its family', () => {
  const queue = new ActQueue([web(1), { family: 'job', revision: 7 }, web(2), { family: 'job', revision: 8 }]);
  queue.next();
  queue.putFamilyBack('web');
  expect(next(queue)).toEqual([7, 8]);
  queue.settle();
  queue.settle();
  expect([next(queue), queue.remaining]).toEqual([[2, 1], 2]);
});

test('of those put back thirty are told ahead as well', () => {
  const queue = new ActQueue(order(40));
  for (let turn = 0; turn < 40; turn += 1) {
    queue.next();
    queue.putBack();
  }
  expect([next(queue)?.[0], queue.next()?.length, queue.remaining]).toEqual([1, 30, 40]);
});

test('nothing comes of an empty order', () => {
  expect(new ActQueue([]).next()).toBeUndefined();
});
