import assert from 'node:assert/strict';
import { DEAD_LETTER_HEADERS, deadLetterQueueName } from '../dead-letter';
import type { Delivery } from '../delivery';
import type { MessagingProvider } from '../messaging-provider';
import { type ConformanceCase, eventually, makeGate } from './conformance-case';

/** The subscription: handlers, leases, retries, stopping. */
export const CONSUME_CASES: readonly ConformanceCase[] = [
  {
    name: 'consume handles what was there before and what comes after, in order, and acks it',
    async run({ provider, queue }) {
      const seen: unknown[] = [];
      await provider.send(queue, 1);
      await using _ = provider.consume([queue], async ({ body }) => void seen.push(body));
      await eventually(() => seen.length === 1, 'first message handled');
      await provider.sendBatch(queue, [2, 3, 4]);
      await eventually(() => seen.length === 4, 'all messages handled');
      assert.deepEqual(seen, [1, 2, 3, 4]);
      await eventually(() => isEmpty(provider, queue), 'all messages acked');
    },
  },
  {
    name: 'no more handlers run at once than asked for',
    async run({ provider, queue }) {
      let running = 0;
      let most = 0;
      let handled = 0;
      const gate = makeGate();
      await provider.sendBatch(
        queue,
        Array.from({ length: 12 }, (_, n) => n),
      );
      const handler = async (): Promise<void> => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) gate.open();
        await gate.opened;
        await new Promise(setImmediate);
        running -= 1;
        handled += 1;
      };
      await using _ = provider.consume([queue], handler, { concurrency: 3, prefetch: 6 });
      await eventually(() => handled === 12, 'all messages handled');
      assert.equal(most, 3);
    },
  },
  {
    name: 'a batch handler gets many messages and may decide each by itself',
    async run({ provider, queue }) {
      const sizes: number[] = [];
      const handler = async (deliveries: readonly Delivery[]) => {
        sizes.push(deliveries.length);
        return deliveries.map(({ body }) =>
          body === 2 ? ({ kind: 'deadLetter', reason: 'two' } as const) : ({ kind: 'ack' } as const),
        );
      };
      await using _ = provider.consume([queue], handler, { batch: { maxSize: 4 } });
      let sent = 0;
      await eventually(async () => {
        await provider.sendBatch(queue, [0, 1, 2, 3, 4]);
        sent += 1;
        await eventually(() => isEmpty(provider, queue), 'all messages settled');
        // Brokers that push may push the first message alone.
        return Math.max(...sizes) > 1;
      }, 'a batch of several');
      assert.ok(Math.max(...sizes) <= 4);
      const deadLetters = deadLetterQueueName(queue);
      await eventually(async () => (await provider.stats(deadLetters)).visibleCount === sent, 'all dead-lettered');
      const dead = await provider.receive(deadLetters, { max: sent + 1 });
      assert.deepEqual(
        dead.map(({ body }) => body),
        Array(sent).fill(2),
      );
    },
  },
  {
    name: 'a message whose handler throws is retried, and dead-lettered with its reason after its last try',
    async run({ provider, queue }) {
      const counts: number[] = [];
      const handler = async ({ receiveCount }: Delivery): Promise<void> => {
        counts.push(receiveCount);
        throw new Error('broken for good');
      };
      await provider.send(queue, 'poison');
      await using _ = provider.consume([queue], handler, { maxReceiveCount: 3, retryDelayMs: 10 });
      const dead = await firstDeadLetter(provider, queue);
      assert.deepEqual(counts, [1, 2, 3]);
      assert.match(dead.headers[DEAD_LETTER_HEADERS.reason] ?? '', /3 times.*broken for good/);
      assert.equal(dead.headers[DEAD_LETTER_HEADERS.receiveCount], '3');
    },
  },
  {
    name: 'a message that was received too often is dead-lettered without its handler',
    async run({ provider, queue }) {
      await provider.send(queue, 'crasher');
      for (let n = 0; n < 2; n++) await provider.nack(await provider.receive(queue), { requeueAfterMs: 0 });
      let called = false;
      const handler = async (): Promise<void> => {
        called = true;
      };
      await using _ = provider.consume([queue], handler, { maxReceiveCount: 2 });
      const dead = await firstDeadLetter(provider, queue);
      assert.equal(called, false);
      assert.match(dead.headers[DEAD_LETTER_HEADERS.reason] ?? '', /more than 2 times/);
    },
  },
  {
    name: 'an unparsable message is dead-lettered at once, and the next one is handled parsed',
    async run({ provider, queue }) {
      const seen: unknown[] = [];
      const parse = (body: unknown): string => {
        if (typeof body !== 'string') throw new Error('not text');
        return body.toUpperCase();
      };
      await provider.sendBatch(queue, [{ odd: 1 }, 'fine']);
      await using _ = provider.consume([queue], async ({ body }) => void seen.push(body), { parse });
      const dead = await firstDeadLetter(provider, queue);
      assert.deepEqual(dead.body, { odd: 1 });
      assert.match(dead.headers[DEAD_LETTER_HEADERS.reason] ?? '', /unparsable: not text/);
      await eventually(() => seen.length === 1, 'the next message handled');
      assert.deepEqual(seen, ['FINE']);
    },
  },
  {
    name: 'a handler may ask for its message later',
    async run({ provider, queue }) {
      const counts: number[] = [];
      await provider.send(queue, 'again');
      await using _ = provider.consume([queue], async ({ receiveCount }) => {
        counts.push(receiveCount);
        return receiveCount < 3 ? { kind: 'requeue', afterMs: 20 } : { kind: 'ack' };
      });
      await eventually(() => counts.length === 3, 'message handled thrice');
      await eventually(() => isEmpty(provider, queue), 'message acked');
      assert.deepEqual(counts, [1, 2, 3]);
    },
  },
  {
    name: 'the lease of a message is renewed while its handler runs',
    async run({ provider, queue }) {
      let calls = 0;
      const gate = makeGate();
      await provider.sendBatch(queue, ['long']);
      const handler = async (): Promise<void> => {
        calls += 1;
        await gate.opened;
      };
      await using _ = provider.consume([queue], handler, { visibilityTimeoutMs: 3_000 });
      await eventually(() => calls === 1, 'handler called');
      await outliveLease(provider, queue, 4_000);
      gate.open();
      await eventually(() => isEmpty(provider, queue), 'message acked');
      assert.equal(calls, 1);
    },
  },
  {
    name: 'a message whose renewed lease ended before its handler could run comes again, though nobody polls',
    async run({ provider, queue }) {
      const seen = new Set<unknown>();
      await provider.sendBatch(queue, [1, 2]);
      const handler = async ({ body }: Delivery): Promise<void> => {
        if (seen.size === 0) {
          await outliveLease(provider, queue, 1_500);
          // Keeps the process from renewing the leases again, as a stall does.
          for (const endMs = performance.now() + 1_500; performance.now() < endMs; );
        }
        seen.add(body);
      };
      const options = { mode: 'poll', fastPollIntervalMs: 3_600_000, prefetch: 3, visibilityTimeoutMs: 1_000 } as const;
      await using _ = provider.consume([queue], handler, options);
      await eventually(() => seen.size === 2, 'both handled');
    },
  },
  {
    name: 'stop lets running handlers finish and hands the others back',
    async run({ provider, queue }) {
      const gate = makeGate();
      const handled: unknown[] = [];
      let started = 0;
      await provider.sendBatch(queue, [1, 2, 3]);
      const handler = async ({ body }: Delivery): Promise<void> => {
        started += 1;
        await gate.opened;
        handled.push(body);
      };
      const subscription = provider.consume([queue], handler, { prefetch: 3 });
      await eventually(() => started === 1, 'handler called');
      const stopped = subscription.stop();
      await eventually(async () => (await provider.stats(queue)).visibleCount === 2, 'the others handed back');
      gate.open();
      await Promise.all([stopped, subscription.stop()]);
      assert.deepEqual(handled, [1]);
      await eventually(async () => {
        const { visibleCount, invisibleCount } = await provider.stats(queue);
        return visibleCount === 2 && invisibleCount === 0;
      }, 'only the others are left');
    },
  },
  {
    name: 'stop aborts handlers that outstay its deadline',
    async run({ provider, queue }) {
      let reason: unknown;
      let started = false;
      await provider.send(queue, 1);
      const subscription = provider.consume(
        [queue],
        (_delivery, { signal }) =>
          new Promise((_resolve, reject) => {
            started = true;
            signal.addEventListener('abort', () => {
              reason = signal.reason;
              reject(signal.reason);
            });
          }),
        { stopTimeoutMs: 50, retryDelayMs: 0 },
      );
      await eventually(() => started, 'handler called');
      await subscription.stop();
      assert.equal((reason as { code?: string }).code, 'PROVIDER_STOPPED');
      await eventually(async () => (await provider.stats(queue)).visibleCount === 1, 'handed back');
    },
  },
  {
    name: 'one subscription serves several queues',
    async run({ provider, queue }) {
      const other = `${queue}_b`;
      await provider.ensureQueues([other]);
      const seen = new Set<string>();
      await using _ = provider.consume([queue, other], async (delivery) => void seen.add(delivery.queue));
      await provider.send(other, 1);
      await provider.send(queue, 1);
      await eventually(() => seen.size === 2, 'both queues served');
    },
  },
  {
    name: 'competing consumers lose nothing and handle nothing twice',
    async run({ provider, queue }) {
      const total = 300;
      const counts = new Map<unknown, number>();
      const options = { concurrency: 4, prefetch: 8 };
      const handler = async ({ body }: Delivery): Promise<void> => void counts.set(body, (counts.get(body) ?? 0) + 1);
      await using _a = provider.consume([queue], handler, options);
      await using _b = provider.consume([queue], handler, options);
      await using _c = provider.consume([queue], handler, { ...options, mode: 'poll' });
      for (let from = 0; from < total; from += 50) {
        await provider.sendBatch(
          queue,
          Array.from({ length: 50 }, (_, n) => from + n),
        );
      }
      // Only then the queue, which seems empty too while the last messages are on their way to a consumer.
      await eventually(() => counts.size === total, 'all messages handled');
      await eventually(() => isEmpty(provider, queue), 'all messages acked');
      assert.ok([...counts.values()].every((count) => count === 1));
    },
  },
];

async function isEmpty(provider: MessagingProvider, queue: string): Promise<boolean> {
  const { visibleCount, invisibleCount } = await provider.stats(queue);
  return visibleCount + invisibleCount === 0;
}

async function firstDeadLetter(provider: MessagingProvider, queue: string): Promise<Delivery> {
  const name = deadLetterQueueName(queue);
  await provider.ensureQueues([name]);
  return eventually(async () => (await provider.receive(name))[0], 'message dead-lettered');
}

/** Waits until a message delayed by more than the lease time has become visible on the broker's own clock. */
async function outliveLease(provider: MessagingProvider, queue: string, forMs: number): Promise<void> {
  const clock = `${queue}_clock`;
  await provider.ensureQueues([clock]);
  await provider.send(clock, 'tick', { delayMs: forMs });
  await eventually(async () => (await provider.receive(clock)).length === 1, 'the broker clock moved on');
  await provider.deleteQueue(clock);
}
