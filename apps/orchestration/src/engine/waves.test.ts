import { createExecutorPool } from './executor-pool';
import { createWaves } from './waves';

/** A queue of `length` pieces of work, taken ten at a time, and how many pulls ran at once. */
function createQueue(length: number) {
  let left = length;
  let running = 0;
  const queue = {
    most: 0,
    async pull() {
      running += 1;
      queue.most = Math.max(queue.most, running);
      const taken = Math.min(10, left);
      left -= taken;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return taken;
    },
  };
  return queue;
}

const newPool = (min = 1) =>
  createExecutorPool({ min_executors: min, max_executors: 4, queue_high_watermark: 9, queue_low_watermark: 2 });

test('little work is taken by one pull', async () => {
  const queue = createQueue(7);
  const wave = createWaves({ pool: newPool(2), pull: queue.pull, batchSize: 10, maxPerPoll: Infinity });
  expect(await wave()).toEqual({ taken: 7, again: false });
  expect(queue.most).toBe(1);
});

test('much work is taken by more and more pulls at once, as the pool grows', async () => {
  const queue = createQueue(95);
  const pool = newPool();
  const wave = createWaves({ pool, pull: queue.pull, batchSize: 10, maxPerPoll: Infinity });
  const taken: number[] = [];
  for (let again = true; again; ) {
    const found = await wave();
    taken.push(found.taken);
    again = found.again;
  }
  expect(taken).toEqual([10, 20, 30, 35]);
  expect(queue.most).toBe(4);
});

test('a poll takes no more than its share', async () => {
  const queue = createQueue(100);
  const wave = createWaves({ pool: newPool(), pull: queue.pull, batchSize: 10, maxPerPoll: 25 });
  expect(await wave()).toEqual({ taken: 10, again: true });
  expect(await wave()).toEqual({ taken: 20, again: false });
  expect(await wave()).toEqual({ taken: 10, again: true });
});

test('a pull that fails fails the wave, after the others have ended', async () => {
  let calls = 0;
  const pool = newPool(2);
  const wave = createWaves({
    pool,
    batchSize: 10,
    maxPerPoll: Infinity,
    async pull() {
      calls += 1;
      if (calls === 2) throw new Error('no database');
      return 10;
    },
  });
  await wave();
  await expect(wave()).rejects.toThrow('no database');
  expect(pool.active).toBe(0);
});
