import { createFakeClock } from '@tasker/lifecycle';
import { MemoryProvider } from '@tasker/messaging/memory';
import type { OutboxMessage } from '@tasker/store';
import { createOutboxRelay, type OutboxRelayOptions } from './outbox-relay';
import { relayAfter } from './relay-after';

const SHOP = 'worker_shop_queue';
const STOCK = 'worker_stock_queue';
const message = (queue: string, id: number, headers = {}): OutboxMessage => ({
  queue,
  id: String(id),
  body: { id },
  headers,
});

/** An outbox in memory: what is in it is handed out until it is published, save what was handed out once. */
function createOutbox(...messages: readonly OutboxMessage[]) {
  const rows = new Map(messages.map((one) => [`${one.queue} ${one.id}`, one]));
  const held = new Set<OutboxMessage>();
  const exceptQueues: (readonly string[])[] = [];
  return {
    rows,
    exceptQueues,
    exchange: async (request: Parameters<OutboxRelayOptions['outbox']['exchange']>[0]) => {
      for (const { queue, id } of request.published) rows.delete(`${queue} ${id}`);
      exceptQueues.push(request.exceptQueues);
      const next = [...rows.values()].filter((row) => !held.has(row) && !request.exceptQueues.includes(row.queue));
      for (const row of next) held.add(row);
      return next;
    },
  };
}

let provider: MemoryProvider;
beforeEach(async () => {
  provider = new MemoryProvider();
  await provider.start();
});
afterEach(() => provider.stop());

const bodies = async (queue: string) => (await provider.receive(queue, { max: 100 })).map(({ body }) => body);

/** A relay that is stopped again when it has come to rest. */
async function relay(
  options: Pick<OutboxRelayOptions, 'outbox'> & Partial<OutboxRelayOptions>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const loop = createOutboxRelay({
      provider,
      queues: null,
      idleMs() {
        setImmediate(() => loop.stop().then(resolve, reject));
        return Number.POSITIVE_INFINITY;
      },
      onError: (error) => problems.push(String((error as Error).message)),
      ...options,
    });
    loop.start().catch(reject);
  });
  return problems;
}

test('what is in the outbox is published, in order and with its headers, then deleted; missing queues are created', async () => {
  const outbox = createOutbox(
    message(SHOP, 1),
    message(STOCK, 1),
    message(SHOP, 2),
    message(SHOP, 3, { traceparent: 'x' }),
  );
  const counts: number[] = [];
  expect(await relay({ outbox, onPublished: (count) => counts.push(count) })).toEqual([]);
  expect(outbox.rows.size).toBe(0);
  expect(counts).toEqual([4]);
  const shop = await provider.receive(SHOP, { max: 100 });
  expect(shop.map(({ body, headers }) => [body, headers])).toEqual([
    [{ id: 1 }, {}],
    [{ id: 2 }, {}],
    [{ id: 3 }, { traceparent: 'x' }],
  ]);
  expect(await bodies(STOCK)).toEqual([{ id: 1 }]);
});

test('a queue that the broker refuses keeps its messages, and does not hold up the others', async () => {
  await provider.ensureQueues([SHOP, STOCK]);
  const refusing: OutboxRelayOptions['provider'] = {
    ensureQueues: (names) => provider.ensureQueues(names),
    sendBatch: (queue, messages, options) =>
      queue === SHOP ? Promise.reject(new Error('the queue is full')) : provider.sendBatch(queue, messages, options),
  };
  const outbox = createOutbox(message(SHOP, 1), message(STOCK, 1));
  expect(await relay({ outbox, provider: refusing })).toEqual(['the queue is full']);
  expect([...outbox.rows.values()]).toEqual([message(SHOP, 1)]);
  expect(outbox.exceptQueues.at(-1)).toEqual([SHOP]);
});

test('refused messages are tried again after a back-off, and published when the broker is back', async () => {
  await provider.ensureQueues([SHOP]);
  const clock = createFakeClock();
  let failuresLeft = 2;
  const failing: OutboxRelayOptions['provider'] = {
    ensureQueues: (names) => provider.ensureQueues(names),
    sendBatch: (queue, messages, options) => {
      failuresLeft -= 1;
      return failuresLeft >= 0 ? Promise.reject(new Error('away')) : provider.sendBatch(queue, messages, options);
    },
  };
  const outbox = createOutbox(message(SHOP, 1));
  const failures: number[] = [];
  const loop = createOutboxRelay({
    outbox,
    provider: failing,
    queues: null,
    idleMs: () => Number.POSITIVE_INFINITY,
    onError: (_, count) => failures.push(count),
    clock,
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };
  await loop.start();
  await until(() => failures.length === 1);
  loop.wake();
  await clock.advance(99);
  expect(failures).toEqual([1]);
  await clock.advance(1);
  loop.wake();
  await until(() => failures.length === 2);
  await clock.advance(200);
  loop.wake();
  await until(() => outbox.rows.size === 0);
  await loop.stop();
  expect(failures).toEqual([1, 2]);
  expect(await bodies(SHOP)).toEqual([{ id: 1 }]);
});

test('stopping publishes what nobody has asked for yet, and leaves to others what cannot be', async () => {
  const outbox = createOutbox();
  const options = { queues: null, idleMs: () => Number.POSITIVE_INFINITY, onError: () => {} };
  const loop = createOutboxRelay({ ...options, outbox, provider });
  await loop.start();
  outbox.rows.set('late', message(SHOP, 1));
  await loop.stop();
  expect(await bodies(SHOP)).toEqual([{ id: 1 }]);
  const broken = { exchange: () => Promise.reject(new Error('the database is away')) };
  await createOutboxRelay({ ...options, outbox: broken, provider }).stop();
});

test('the relay is woken after each call of a store, also when it failed', async () => {
  let wakeCount = 0;
  const store = relayAfter(
    { send: async (value: number) => value, fail: async () => Promise.reject(new Error('away')) },
    () => {
      wakeCount += 1;
    },
  );
  expect(await store.send(7)).toBe(7);
  await expect(store.fail()).rejects.toThrow('away');
  expect(wakeCount).toBe(2);
});
