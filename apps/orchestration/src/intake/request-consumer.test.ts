import { MemoryProvider } from '@tasker/messaging/memory';
import { until } from '@tasker/testing';
import { OverloadedError } from './errors';
import { createRequestConsumer } from './request-consumer';
import type { SubmitOutcome } from './task-intake';

const QUEUE = 'orchestration_task_requests';
const REQUEST = { namespace: 'shop', name: 'order', context: {} };
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const DUPLICATE = { kind: 'duplicate', existingTaskUuid: 't' } as SubmitOutcome;

/** A consumer of one request, each submission of which is answered by `answer`, given how many came before. */
async function consume(answer: (earlier: number) => SubmitOutcome) {
  const provider = new MemoryProvider();
  await provider.start();
  await provider.ensureQueues([QUEUE]);
  await provider.send(QUEUE, REQUEST);
  const log = { submissions: 0 };
  const consumer = createRequestConsumer({
    provider,
    logger: SILENT,
    concurrency: 1,
    prefetch: 1,
    visibilityTimeoutMs: 1_000,
    maxReceiveCount: 1,
    intake: {
      async submit() {
        log.submissions += 1;
        return answer(log.submissions - 1);
      },
    },
  });
  consumer.start();
  const length = async (queue = QUEUE) => {
    const { visibleCount, invisibleCount } = await provider.stats(queue);
    return visibleCount + invisibleCount;
  };
  return { provider, consumer, log, length };
}

test('a request that is refused for a while waits, and is not dead-lettered for it', async () => {
  const { provider, consumer, log, length } = await consume((earlier) => {
    if (earlier < 3) throw new OverloadedError(400);
    return DUPLICATE;
  });
  await until('the request is taken off the queue', async () => (await length()) === 0);
  expect(log.submissions).toBe(4);
  expect(await provider.listQueues()).toHaveLength(1);
  await consumer.stop();
  await provider.stop();
});

test('a request that still waits when the consumer stops goes back at once', async () => {
  const { provider, consumer, log } = await consume(() => {
    throw new OverloadedError(1_000_000);
  });
  await until('the request was refused', () => log.submissions > 0);
  await consumer.stop();
  const [delivery] = await provider.receive(QUEUE, { max: 1, visibilityTimeoutMs: 1_000 });
  expect(delivery?.body).toEqual(REQUEST);
  await provider.stop();
});

test('a request that fails for another cause uses up its deliveries', async () => {
  const { provider, consumer, length } = await consume(() => {
    throw new Error('no such column');
  });
  await until('the request is dead-lettered', async () => (await length()) === 0);
  expect(await length(`${QUEUE}_dlq`)).toBe(1);
  await consumer.stop();
  await provider.stop();
});
