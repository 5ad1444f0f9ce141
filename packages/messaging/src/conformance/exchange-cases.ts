import assert from 'node:assert/strict';
import { type ConformanceCase, eventually, receiveNotBefore, uniqueQueueName } from './conformance-case';

const hasCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;
const INVALID_NAMES = ['', 'Upper', '1st', 'a-b', 'a.b', 'a b', 'a"b', "a'b", 'q;drop', 'é', 'a'.repeat(48), 'a\0'];

/** Queues, sending and receiving. */
export const EXCHANGE_CASES: readonly ConformanceCase[] = [
  {
    name: 'messages of a queue arrive in the order they were sent',
    async run({ provider, queue }) {
      const single = await provider.send(queue, { n: 0 });
      const batch = await provider.sendBatch(queue, [{ n: 1 }, { n: 2 }, { n: 3 }]);
      const received = await provider.receive(queue, { max: 10 });
      assert.deepEqual(
        received.map(({ body }) => body),
        [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }],
      );
      assert.deepEqual(
        received.map(({ messageId }) => messageId),
        [single, ...batch],
      );
    },
  },
  {
    name: 'every JSON value comes back as it was sent',
    async run({ provider, queue }) {
      const values = [null, true, 0, -1.5, '', 'é "quoted" \\ {}', [], {}, { a: [{ b: null }] }, ['x', ['y,z']]];
      await provider.sendBatch(queue, values);
      const received = await provider.receive(queue, { max: values.length });
      assert.deepEqual(
        received.map(({ body }) => body),
        values,
      );
    },
  },
  {
    name: 'an empty batch sends nothing',
    async run({ provider, queue }) {
      assert.deepEqual(await provider.sendBatch(queue, []), []);
      assert.equal((await provider.stats(queue)).totalCount ?? 0, 0);
    },
  },
  {
    name: 'a message that is not JSON is refused',
    async run({ provider, queue }) {
      for (const message of [undefined, () => 1, 1n]) {
        await assert.rejects(provider.send(queue, message), hasCode('INVALID_MESSAGE'));
      }
    },
  },
  {
    name: 'headers travel with each message',
    async run({ provider, queue }) {
      await provider.sendBatch(queue, [1, 2], { headers: { traceparent: '00-a-b-01', odd: '"q", {x}' } });
      await provider.send(queue, 3);
      const received = await provider.receive(queue, { max: 3 });
      const headers = { traceparent: '00-a-b-01', odd: '"q", {x}' };
      assert.deepEqual(
        received.map((delivery) => delivery.headers),
        [headers, headers, {}],
      );
    },
  },
  {
    name: 'a delayed message is invisible until its time',
    async run({ provider, queue }) {
      const sentAtMs = performance.now();
      await provider.send(queue, 'late', { delayMs: 700 });
      const late = await receiveNotBefore({ provider, queue }, sentAtMs + 700);
      assert.equal(late.body, 'late');
      assert.equal(late.receiveCount, 1);
    },
  },
  {
    name: 'a received message is invisible to others while it is held, and then counts one more receive',
    async run({ provider, queue }) {
      await provider.send(queue, 'x');
      const receivedAtMs = performance.now();
      const [first] = await provider.receive(queue, { visibilityTimeoutMs: 1_000 });
      assert.equal(first?.receiveCount, 1);
      assert.ok(first.leaseExpiresAt.getTime() > first.enqueuedAt.getTime());
      const { extendVisibility: hasLeases } = provider.capabilities;
      // Without leases at the broker, only who holds a message can end that.
      if (!hasLeases) {
        assert.deepEqual(await provider.receive(queue), []);
        await provider.nack([first], { requeueAfterMs: 0 });
      }
      const second = await receiveNotBefore({ provider, queue }, hasLeases ? receivedAtMs + 1_000 : 0);
      assert.equal(second.messageId, first.messageId);
      assert.equal(second.receiveCount, 2);
    },
  },
  {
    name: 'an invalid queue name is refused by every verb',
    async run({ provider }) {
      for (const name of INVALID_NAMES) {
        const refused = hasCode('INVALID_QUEUE_NAME');
        await assert.rejects(provider.ensureQueues([name]), refused);
        await assert.rejects(provider.deleteQueue(name), refused);
        await assert.rejects(provider.send(name, 1), refused);
        await assert.rejects(provider.sendBatch(name, [1]), refused);
        await assert.rejects(provider.receive(name), refused);
        await assert.rejects(provider.stats(name), refused);
        assert.throws(() => provider.consume([name], async () => {}), refused);
      }
    },
  },
  {
    name: 'an unknown queue is an error',
    async run({ provider }) {
      const name = uniqueQueueName();
      await assert.rejects(provider.send(name, 1), hasCode('QUEUE_NOT_FOUND'));
      await assert.rejects(provider.receive(name), hasCode('QUEUE_NOT_FOUND'));
      await assert.rejects(provider.stats(name), hasCode('QUEUE_NOT_FOUND'));
      assert.equal(await provider.deleteQueue(name), false);
    },
  },
  {
    name: 'queues are created once, listed and deleted',
    async run({ provider, queue }) {
      await Promise.all([provider.ensureQueues([queue]), provider.ensureQueues([queue, queue])]);
      assert.equal((await provider.listQueues()).filter(({ name }) => name === queue).length, 1);
      assert.equal(await provider.deleteQueue(queue), true);
      assert.equal((await provider.listQueues()).filter(({ name }) => name === queue).length, 0);
    },
  },
  {
    name: 'stats tell visible, leased and delayed messages apart',
    async run({ provider, queue }) {
      assert.equal((await provider.stats(queue)).oldestAgeMs, null);
      await provider.sendBatch(queue, [1, 2, 3]);
      await provider.send(queue, 4, { delayMs: 60_000 });
      await provider.receive(queue);
      // RabbitMQ counts nothing in a queue that does not answer it within a quarter of a second.
      const { totalCount, oldestAgeMs } = await eventually(async () => {
        const stats = await provider.stats(queue);
        return stats.visibleCount === 2 && stats.invisibleCount === 2 && stats;
      }, 'two visible, one leased and one delayed');
      assert.ok(totalCount === null || totalCount === 4);
      assert.ok(provider.capabilities.oldestAge ? oldestAgeMs !== null && oldestAgeMs >= 0 : oldestAgeMs === null);
    },
  },
  {
    name: 'an aborted signal rejects with its reason and sends nothing',
    async run({ provider, queue }) {
      const reason = new Error('given up by the caller');
      const signal = AbortSignal.abort(reason);
      await assert.rejects(provider.send(queue, 1, { signal }), (error) => error === reason);
      await assert.rejects(provider.receive(queue, { signal }), (error) => error === reason);
      assert.equal((await provider.stats(queue)).visibleCount, 0);
    },
  },
  {
    name: 'health is good while running, and stop is idempotent and final',
    async run({ provider, queue }) {
      await eventually(async () => (await provider.health()).healthy, 'healthy');
      await provider.stop();
      await provider.stop();
      assert.equal((await provider.health()).healthy, false);
      await assert.rejects(provider.send(queue, 1), hasCode('PROVIDER_STOPPED'));
    },
  },
];
