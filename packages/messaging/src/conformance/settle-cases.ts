import assert from 'node:assert/strict';
import { DEAD_LETTER_HEADERS, deadLetterQueueName } from '../dead-letter';
import { type ConformanceCase, eventually, receiveNotBefore } from './conformance-case';

/** Ack, nack, extend and dead-lettering by hand. */
export const SETTLE_CASES: readonly ConformanceCase[] = [
  {
    name: 'an acked message is gone',
    async run({ provider, queue }) {
      await provider.sendBatch(queue, [1, 2]);
      const deliveries = await provider.receive(queue, { max: 2 });
      assert.equal(await provider.ack(deliveries), 2);
      assert.equal(await provider.ack(deliveries), 0);
      assert.equal(await provider.ack([]), 0);
      const { visibleCount, invisibleCount } = await provider.stats(queue);
      assert.equal(visibleCount + invisibleCount, 0);
    },
  },
  {
    name: 'a message handed back at once is received again at once',
    async run({ provider, queue }) {
      await provider.send(queue, 1);
      const first = await provider.receive(queue);
      assert.equal(await provider.nack(first, { requeueAfterMs: 0 }), 1);
      const [again] = await provider.receive(queue);
      assert.equal(again?.receiveCount, 2);
    },
  },
  {
    name: 'a message handed back with a delay is invisible until then',
    async run({ provider, queue }) {
      await provider.send(queue, 1);
      const first = await provider.receive(queue);
      const nackedAtMs = performance.now();
      assert.equal(await provider.nack(first, { requeueAfterMs: 500 }), 1);
      await receiveNotBefore({ provider, queue }, nackedAtMs + 500);
    },
  },
  {
    name: 'an extended lease outlives its first end',
    async run({ provider, queue }) {
      await provider.sendBatch(queue, ['kept', 'let go']);
      const kept = await eventually(async () => {
        const [delivery] = await provider.receive(queue, { visibilityTimeoutMs: 1_000 });
        // On a machine that stalls the lease may be over before it is extended.
        return delivery && (await provider.extend([delivery], 60_000)) === 1 ? delivery : null;
      }, 'extended in time');
      assert.equal(kept.body, 'kept');
      const other = await provider.receive(queue, { visibilityTimeoutMs: 1_000 });
      if (!provider.capabilities.extendVisibility) await provider.nack(other, { requeueAfterMs: 0 });
      const redelivered = await eventually(async () => (await provider.receive(queue))[0], 'the other one redelivered');
      assert.equal(redelivered.body, 'let go');
      assert.equal(await provider.ack([kept]), 1);
    },
  },
  {
    name: 'a late ack, nack or extension leaves the message to who holds it now',
    async run({ provider, queue }) {
      await provider.send(queue, 1);
      const late = await provider.receive(queue);
      await provider.nack(late, { requeueAfterMs: 0 });
      const current = await provider.receive(queue);
      assert.equal(await provider.ack(late), 0);
      assert.equal(await provider.nack(late, { requeueAfterMs: 0 }), 0);
      assert.equal(await provider.nack(late, { deadLetter: 'late' }), 0);
      assert.equal(await provider.extend(late, 1_000), 0);
      assert.deepEqual(await provider.receive(queue), []);
      assert.equal(await provider.ack(current), 1);
    },
  },
  {
    name: 'a dead-lettered message keeps its body and headers and gains its reason and origin',
    async run({ provider, queue }) {
      const messageId = await provider.send(queue, { a: 1 }, { headers: { own: 'kept' } });
      const deliveries = await provider.receive(queue);
      assert.equal(await provider.nack(deliveries, { deadLetter: "can't be done" }), 1);
      const [dead] = await provider.receive(deadLetterQueueName(queue));
      assert.deepEqual(dead?.body, { a: 1 });
      assert.deepEqual(dead?.headers, {
        own: 'kept',
        [DEAD_LETTER_HEADERS.reason]: "can't be done",
        [DEAD_LETTER_HEADERS.queue]: queue,
        [DEAD_LETTER_HEADERS.messageId]: messageId,
        [DEAD_LETTER_HEADERS.receiveCount]: '1',
      });
      assert.equal((await provider.stats(queue)).invisibleCount, 0);
    },
  },
  {
    name: 'queues with the longest names have dead-letter queues of their own',
    async run({ provider, queue }) {
      const names = ['x', 'y'].map((last) => `${queue.padEnd(46, '_')}${last}`);
      await provider.ensureQueues(names);
      for (const name of names) {
        await provider.send(name, name);
        await provider.nack(await provider.receive(name), { deadLetter: 'test' });
      }
      for (const name of names) {
        const dead = await provider.receive(deadLetterQueueName(name), { max: 2 });
        assert.deepEqual(
          dead.map(({ body }) => body),
          [name],
        );
        await provider.deleteQueue(name);
        await provider.deleteQueue(deadLetterQueueName(name));
      }
    },
  },
];
