import { MemoryProvider } from '@tasker/messaging/memory';
import { Inbox, type InboxMessage, type InboxOptions } from './inbox';

const QUEUES = ['worker_shop_queue', 'worker_stock_queue'] as const;
const [SHOP, STOCK] = QUEUES;
const stepId = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const messageOf = (number: number) => ({ step_uuid: stepId(number) });

let provider: MemoryProvider;
let inbox: Inbox;
let held: InboxMessage[];
let arrivals: string[];
let onArrival: () => void;

beforeEach(async () => {
  provider = new MemoryProvider();
  await provider.start();
  await provider.ensureQueues(QUEUES);
});
afterEach(async () => {
  for (const message of held) message.settle();
  await inbox.stop();
  await provider.stop();
});

function open(options: Partial<InboxOptions> = {}): void {
  held = [];
  arrivals = [];
  onArrival = () => {};
  inbox = new Inbox({
    provider,
    queues: QUEUES,
    prefetch: 10,
    maxReceiveCount: 3,
    onArrival(queue) {
      arrivals.push(queue);
      onArrival();
    },
    ...options,
  });
  inbox.start();
}

function take(queue: string, max: number): readonly InboxMessage[] {
  const taken = inbox.take(queue, max);
  held.push(...taken);
  return taken;
}

const arrival = () =>
  new Promise<void>((resolve) => {
    onArrival = resolve;
  });
const counts = async (queue: string) => {
  const { visibleCount, invisibleCount } = await provider.stats(queue);
  return { visibleCount, invisibleCount };
};
/** Waits until what was settled has reached the broker. */
async function untilCounts(queue: string, expected: Awaited<ReturnType<typeof counts>>): Promise<void> {
  while (JSON.stringify(await counts(queue)) !== JSON.stringify(expected)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('messages are given out by queue, the oldest first, and acknowledged when they are settled', async () => {
  open();
  const arrived = arrival();
  await provider.sendBatch(SHOP, [messageOf(1), messageOf(2), messageOf(3)]);
  await arrived;
  const taken = take(SHOP, 2);
  expect(taken.map(({ stepUuid }) => stepUuid)).toEqual([stepId(1), stepId(2)]);
  expect(take(STOCK, 2)).toEqual([]);
  expect(take('worker_unknown_queue', 2)).toEqual([]);
  expect(await counts(SHOP)).toEqual({ visibleCount: 0, invisibleCount: 3 });
  for (const message of taken) message.settle();
  await untilCounts(SHOP, { visibleCount: 0, invisibleCount: 1 });
});

test('what arrives at once is announced once, by queue', async () => {
  open();
  const arrived = arrival();
  await provider.sendBatch(STOCK, [messageOf(1), messageOf(2)]);
  await arrived;
  expect(arrivals).toEqual([STOCK]);
});

test('no more than the prefetch is held, and more comes as it is settled', async () => {
  open({ prefetch: 2 });
  const arrived = arrival();
  await provider.sendBatch(SHOP, [messageOf(1), messageOf(2), messageOf(3)]);
  await arrived;
  const taken = take(SHOP, 10);
  expect(taken).toHaveLength(2);
  const next = arrival();
  taken[0]?.settle();
  await next;
  expect(take(SHOP, 10).map(({ stepUuid }) => stepUuid)).toEqual([stepId(3)]);
});

test('what is given back is the first to be taken again', async () => {
  open();
  const arrived = arrival();
  await provider.sendBatch(SHOP, [messageOf(1), messageOf(2), messageOf(3)]);
  await arrived;
  const taken = take(SHOP, 2);
  inbox.giveBack(taken);
  expect(take(SHOP, 3).map(({ stepUuid }) => stepUuid)).toEqual([stepId(1), stepId(2), stepId(3)]);
});

test('a message that names no step is dead-lettered', async () => {
  open();
  await provider.sendBatch(SHOP, [{ step_uuid: 'seven' }, 17, null]);
  const dlq = async () => (await provider.listQueues()).some(({ name }) => name === `${SHOP}_dlq`);
  while (!(await dlq()) || (await counts(`${SHOP}_dlq`)).visibleCount < 3) await new Promise((r) => setImmediate(r));
  expect(take(SHOP, 10)).toEqual([]);
});

test('a message that everybody gives back is dead-lettered after its last delivery', async () => {
  open({ maxReceiveCount: 2 });
  for (const _ of [1, 2]) {
    const arrived = arrival();
    if (arrivals.length === 0) await provider.send(SHOP, messageOf(1));
    await arrived;
    for (const message of take(SHOP, 1)) message.handBack();
  }
  const isDead = async () => (await provider.listQueues()).some(({ name }) => name === `${SHOP}_dlq`);
  while (!(await isDead()) || (await counts(`${SHOP}_dlq`)).visibleCount < 1) await new Promise((r) => setImmediate(r));
  await untilCounts(SHOP, { visibleCount: 0, invisibleCount: 0 });
});

test('stopping hands back what nobody took, and waits for what was taken', async () => {
  open();
  const arrived = arrival();
  await provider.sendBatch(SHOP, [messageOf(1), messageOf(2)]);
  await arrived;
  const [first] = take(SHOP, 1);
  const stopped = inbox.stop();
  await untilCounts(SHOP, { visibleCount: 1, invisibleCount: 1 });
  first?.settle();
  await stopped;
  expect(await counts(SHOP)).toEqual({ visibleCount: 1, invisibleCount: 0 });
});

test('what is given back after the stop goes to the broker', async () => {
  open();
  const arrived = arrival();
  await provider.send(SHOP, messageOf(1));
  await arrived;
  const taken = take(SHOP, 1);
  const stopped = inbox.stop();
  inbox.giveBack(taken);
  await stopped;
  expect(await counts(SHOP)).toEqual({ visibleCount: 1, invisibleCount: 0 });
});
