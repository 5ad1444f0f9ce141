import { MemoryProvider } from '@tasker/messaging/memory';
import { type DrainOptions, drainQueue } from './drain-queue';

let from: MemoryProvider;
let to: MemoryProvider;
beforeEach(async () => {
  from = new MemoryProvider();
  to = new MemoryProvider();
  await from.ensureQueues(['orders']);
});

const drain = (options: Partial<DrainOptions> = {}) =>
  drainQueue({ from, to, queue: 'orders', patienceMs: 0, ...options });
const received = async () => (await to.receive('orders', { max: 1_000 })).map(({ body, headers }) => [body, headers]);

test('everything is moved, with its headers, and nothing is left', async () => {
  await from.send('orders', 1, { headers: { traceparent: 'x' } });
  await from.sendBatch('orders', [2, 3]);
  expect(await drain()).toEqual({ queue: 'orders', moved: 3, left: 0 });
  expect(await received()).toEqual([
    [1, { traceparent: 'x' }],
    [2, {}],
    [3, {}],
  ]);
  expect(await from.receive('orders')).toEqual([]);
});

test('more than one batch is moved, and each is told of', async () => {
  await from.sendBatch(
    'orders',
    Array.from({ length: 250 }, (_, number) => number),
  );
  const counts: number[] = [];
  expect(await drain({ onMoved: (count) => counts.push(count) })).toMatchObject({ moved: 250 });
  expect(counts).toEqual([100, 100, 50]);
  expect((await received()).map(([body]) => body)).toEqual(Array.from({ length: 250 }, (_, number) => number));
});

test('a queue that is empty, or not there, is drained; none is created for it', async () => {
  expect(await drain()).toEqual({ queue: 'orders', moved: 0, left: 0 });
  expect(await drain({ queue: 'unknown' })).toEqual({ queue: 'unknown', moved: 0, left: 0 });
  expect(await to.listQueues()).toEqual([]);
});

test('what somebody holds is waited for, and moved when it is given back', async () => {
  await from.send('orders', 1);
  const held = await from.receive('orders', { visibilityTimeoutMs: 60_000 });
  const drained = drain({ patienceMs: 60_000 });
  await from.nack(held, { requeueAfterMs: 0 });
  expect(await drained).toEqual({ queue: 'orders', moved: 1, left: 0 });
});

test('what is held for longer is told of', async () => {
  await from.send('orders', 1);
  await from.receive('orders', { visibilityTimeoutMs: 60_000 });
  expect(await drain()).toEqual({ queue: 'orders', moved: 0, left: 1 });
});

test('what cannot be sent stays where it is', async () => {
  await from.send('orders', 1);
  const refusing = { ensureQueues: async () => {}, sendBatch: () => Promise.reject(new Error('full')) };
  await expect(drain({ to: refusing })).rejects.toThrow('full');
  expect(await from.stats('orders')).toMatchObject({ invisibleCount: 1 });
});

test('a drain that is given up moves nothing more', async () => {
  await from.send('orders', 1);
  await expect(drain({ signal: AbortSignal.abort(new Error('given up')) })).rejects.toThrow('given up');
  expect(await from.stats('orders')).toMatchObject({ visibleCount: 1 });
});
