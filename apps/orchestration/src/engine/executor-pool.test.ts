import { createExecutorPool, type ExecutorPoolSettings } from './executor-pool';

const SETTINGS: ExecutorPoolSettings = {
  min_executors: 1,
  max_executors: 3,
  queue_high_watermark: 10,
  queue_low_watermark: 2,
};

/** Work that ends when it is told. */
function createWork() {
  let end = () => {};
  let hasStarted = false;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    run: () => {
      hasStarted = true;
      return done;
    },
    end: () => end(),
    get hasStarted() {
      return hasStarted;
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('no more than the limit runs at once; the rest follows in order', async () => {
  const pool = createExecutorPool({ ...SETTINGS, min_executors: 2 });
  const works = [createWork(), createWork(), createWork()];
  const all = works.map((work) => pool.run(work.run));
  await settle();
  expect(works.map((work) => work.hasStarted)).toEqual([true, true, false]);
  expect(pool.active).toBe(2);
  works[1]?.end();
  await settle();
  expect(works[2]?.hasStarted).toBe(true);
  for (const work of works) work.end();
  await Promise.all(all);
  expect(pool.active).toBe(0);
});

test('work that fails frees its executor and rejects', async () => {
  const pool = createExecutorPool(SETTINGS);
  await expect(pool.run(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  expect(pool.active).toBe(0);
  expect(await pool.run(async () => 7)).toBe(7);
});

test('the pool grows by one while more waits than the high watermark, up to its most', () => {
  const pool = createExecutorPool(SETTINGS);
  for (const limit of [2, 3, 3]) {
    pool.noteDepth(11);
    expect(pool.limit).toBe(limit);
  }
});

test('it shrinks by one when less waits than the low watermark, and stays in between', () => {
  const pool = createExecutorPool(SETTINGS);
  pool.noteDepth(11);
  pool.noteDepth(11);
  pool.noteDepth(5);
  expect(pool.limit).toBe(3);
  for (const limit of [2, 1, 1]) {
    pool.noteDepth(1);
    expect(pool.limit).toBe(limit);
  }
});

test('growing starts work that waits', async () => {
  const pool = createExecutorPool(SETTINGS);
  const works = [createWork(), createWork()];
  const all = works.map((work) => pool.run(work.run));
  await settle();
  expect(works[1]?.hasStarted).toBe(false);
  pool.noteDepth(11);
  await settle();
  expect(works[1]?.hasStarted).toBe(true);
  for (const work of works) work.end();
  await Promise.all(all);
});

test('it is overloaded when it cannot grow any more, and until little waits', () => {
  const pool = createExecutorPool(SETTINGS);
  pool.noteDepth(11);
  pool.noteDepth(11);
  expect(pool.isOverloaded).toBe(false);
  pool.noteDepth(11);
  expect(pool.isOverloaded).toBe(true);
  pool.noteDepth(2);
  expect(pool.isOverloaded).toBe(true);
  pool.noteDepth(1);
  expect(pool.isOverloaded).toBe(false);
});

test('with a low watermark of zero it is overloaded until nothing waits', () => {
  const pool = createExecutorPool({ ...SETTINGS, max_executors: 1, queue_low_watermark: 0 });
  pool.noteDepth(11);
  pool.noteDepth(1);
  expect(pool.isOverloaded).toBe(true);
  pool.noteDepth(0);
  expect(pool.isOverloaded).toBe(false);
});
