import { createFakeClock } from '@tasker/lifecycle';
import { createWorkDepths } from './work-depths';

function createDepths() {
  const clock = createFakeClock();
  const queue = { depth: 5, isDown: false, countings: 0 };
  const depths = createWorkDepths({
    clock,
    count: {
      async task_initializer() {
        queue.countings += 1;
        if (queue.isDown) throw new Error('no connection');
        return queue.depth;
      },
      result_processor: async () => 12,
      step_enqueuer: async () => 1,
    },
  });
  return { depths, queue, clock };
}

test('depths are 0 before they are counted, and then as counted', async () => {
  const { depths } = createDepths();
  expect(depths.of('task_initializer')).toBe(0);
  await depths.refresh();
  expect([depths.of('task_initializer'), depths.of('result_processor'), depths.of('step_enqueuer')]).toEqual([
    5, 12, 1,
  ]);
});

test('they are counted every 15 seconds at the most', async () => {
  const { depths, queue, clock } = createDepths();
  await depths.refresh();
  queue.depth = 7;
  await clock.advance(14_999);
  await depths.refresh();
  expect([queue.countings, depths.of('task_initializer')]).toEqual([1, 5]);
  await clock.advance(1);
  await depths.refresh();
  expect([queue.countings, depths.of('task_initializer')]).toEqual([2, 7]);
});

test('a count that fails leaves the last one, and is not repeated before its time', async () => {
  const { depths, queue, clock } = createDepths();
  await depths.refresh();
  queue.isDown = true;
  await clock.advance(15_000);
  await expect(depths.refresh()).rejects.toThrow('no connection');
  await depths.refresh();
  expect([queue.countings, depths.of('task_initializer')]).toEqual([2, 5]);
});
