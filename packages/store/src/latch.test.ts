import { createLatch } from './latch';

test('a latch that was set before is taken at once, however often it was set', async () => {
  const latch = createLatch();
  latch.set();
  latch.set();
  await latch.take();
  const taken: string[] = [];
  const second = latch.take().then(() => taken.push('second'));
  await Promise.resolve();
  expect(taken).toEqual([]);
  latch.set();
  await second;
  expect(taken).toEqual(['second']);
});

test('a latch that is set again before its waiter runs is taken once', async () => {
  const latch = createLatch();
  const first = latch.take();
  latch.set();
  latch.set();
  await first;
  let isTaken = false;
  const second = latch.take().then(() => {
    isTaken = true;
  });
  await new Promise(setImmediate);
  expect(isTaken).toBe(false);
  latch.set();
  await second;
});
