import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { runProviderConformance } from '../conformance';
import { eventually, makeGate } from '../conformance/conformance-case';
import { DEAD_LETTER_HEADERS, deadLetterQueueName } from '../dead-letter';
import type { Delivery } from '../delivery';
import { TidyRabbitMqProvider, uniquePrefix } from '../testing/test-broker-provider';
import type { RabbitMqProviderOptions } from './rabbitmq-options';
import { RabbitMqProvider } from './rabbitmq-provider';

const broker = testBrokerUrl();
const url = broker ?? '';
const prefix = uniquePrefix();
const describeWithBroker = broker === null ? describe.skip : describe;

const make = (options: Partial<RabbitMqProviderOptions> = {}): RabbitMqProvider =>
  new TidyRabbitMqProvider({ url, prefix, ...options });

/** Gives a started provider and its queue. */
async function startWith(queue: string, options?: Partial<RabbitMqProviderOptions>): Promise<RabbitMqProvider> {
  const provider = make(options);
  await provider.start();
  await provider.ensureQueues([queue]);
  return provider;
}

/** Sends again while it is refused, as a queue that was just declared may do on a slow machine. */
function sendUntilTaken<T>(send: () => Promise<T>) {
  const tryOnce = () =>
    send().catch((error: { code?: string }) => {
      if (error.code !== 'PUBLISH_REFUSED') throw error;
      return null;
    });
  return eventually(tryOnce, 'taken by the broker');
}

runProviderConformance({ name: 'rabbitmq', create: () => make(), api: { describe: describeWithBroker, test } });

describeWithBroker('the rabbitmq provider', () => {
  let connection: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    connection = await connect(url);
    channel = await connection.createChannel();
  });

  afterAll(() => connection.close());

  test('a missing broker makes start reject, and a later start may succeed', async () => {
    await using provider = make({ url: 'amqp://someone:secret@127.0.0.1:1' });
    const failure = await provider.start().catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'BROKER_UNAVAILABLE', retryable: true });
    expect(await provider.health()).toMatchObject({ healthy: false, roundTripMs: null });
  });

  test('no error and no log line holds the credentials', async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object): void => void lines.push(message + JSON.stringify(fields));
    const logger = { debug: note, info: note, warn: note, error: note };
    const withPassword = new URL(url);
    Object.assign(withPassword, { username: 'someone', password: 'hunter2' });
    await using provider = make({ url: withPassword.href, logger, confirmTimeoutMs: 50 });
    const failures = await Promise.all(
      [provider.start(), provider.send('q', 1)].map((work) => work.catch((error: Error) => error)),
    );
    const shown = [...failures.map((error) => `${error} ${(error as Error).stack}`), ...lines].join();
    expect(shown).toContain('ACCESS');
    expect(shown).not.toContain('hunter2');
    expect(() => make({ url: 'http://someone:hunter2@host' })).toThrow(/^(?!.*hunter2)/);
  });

  test('messages beyond the length of a queue are refused by a typed error', async () => {
    await using provider = await startWith('full', { maxQueueLength: 3 });
    const fill = async (): Promise<never> => {
      for (;;) await provider.send('full', 1);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'PUBLISH_REFUSED', retryable: true });
    await provider.ack(await provider.receive('full', { max: 1_000 }));
    await sendUntilTaken(() => provider.send('full', 2));
  });

  test('a queue with other arguments is reported as drift and left as it is', async () => {
    await channel.assertQueue(`${prefix}.drifted`, { durable: true, arguments: { 'x-queue-type': 'classic' } });
    channel.sendToQueue(`${prefix}.drifted`, Buffer.from('1'));
    await using provider = make();
    await provider.start();
    await expect(provider.ensureQueues(['drifted'])).rejects.toMatchObject({
      code: 'QUEUE_DRIFT',
      message: expect.stringMatching(/drifted.*x-/),
    });
    await eventually(
      async () => (await channel.checkQueue(`${prefix}.drifted`)).messageCount === 1,
      'the message is there',
    );
  });

  test('a queue that was deleted behind its consumer is declared and consumed again', async () => {
    await using provider = await startWith('deleted_consumed');
    const seen: unknown[] = [];
    await using _ = provider.consume(['deleted_consumed'], async ({ body }) => void seen.push(body));
    await provider.send('deleted_consumed', 1);
    await eventually(() => seen.length === 1, 'consumed');
    await channel.deleteQueue(`${prefix}.deleted_consumed`);
    await eventually(() => provider.stats('deleted_consumed').catch(() => null), 'declared again');
    await sendUntilTaken(() => provider.send('deleted_consumed', 2));
    await eventually(() => seen.includes(2), 'consumed again');
  });

  test('a handler is told by its signal when the queue of its message is deleted', async () => {
    await using provider = await startWith('deleted_held');
    const reason = new Promise((resolve) => {
      provider.consume(['deleted_held'], async (_delivery, { signal }) => {
        await new Promise((abort) => signal.addEventListener('abort', abort));
        resolve(signal.reason);
      });
    });
    await provider.send('deleted_held', 1);
    await eventually(async () => (await provider.stats('deleted_held')).invisibleCount === 1, 'held');
    await channel.deleteQueue(`${prefix}.deleted_held`);
    expect(await reason).toMatchObject({ code: 'LEASE_LOST' });
  });

  test('a send to a queue that was deleted declares it again, and one to a queue of nobody does not', async () => {
    await using provider = await startWith('deleted_sent');
    await channel.deleteQueue(`${prefix}.deleted_sent`);
    const ids = await sendUntilTaken(() => provider.sendBatch('deleted_sent', [1, 2]));
    // Of a batch that was refused a part may be there.
    const received = (await provider.receive('deleted_sent', { max: 1_000 })).filter((one) =>
      ids.includes(one.messageId),
    );
    expect(received.map(({ body }) => body)).toEqual([1, 2]);
    await expect(provider.send('of_nobody', 1)).rejects.toMatchObject({
      code: 'QUEUE_NOT_FOUND',
      cause: expect.objectContaining({ code: 'UNROUTABLE' }),
    });
  });

  test('what is delayed survives the loss of the queue that delays it', async () => {
    await using provider = await startWith('delay_lost');
    await provider.send('delay_lost', 'first', { delayMs: 100 });
    await eventually(async () => (await provider.receive('delay_lost')).length === 1, 'the first came');
    await channel.deleteQueue(`${prefix}.delay_lost.delay.100`);
    await sendUntilTaken(() => provider.send('delay_lost', 'second', { delayMs: 100 }));
    const second = await eventually(async () => (await provider.receive('delay_lost'))[0], 'the second came');
    expect(second.body).toBe('second');
  });

  test('an unknown queue costs nobody their messages', async () => {
    await using provider = await startWith('kept');
    await provider.send('kept', 1);
    const held = await provider.receive('kept');
    await expect(provider.receive('missing_here')).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    await expect(provider.stats('missing_here')).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    expect(await provider.ack(held)).toBe(1);
  });

  test('a foreign message that is not JSON is dead-lettered as it is, with its reason', async () => {
    await using provider = await startWith('foreign');
    let called = false;
    await using _ = provider.consume(['foreign'], async () => {
      called = true;
    });
    channel.sendToQueue(`${prefix}.foreign`, Buffer.from('{oops'), { headers: { own: 'kept', count: 7 } });
    const dead = await eventually(async () => (await provider.receive('foreign_dlq'))[0], 'dead-lettered');
    expect(dead).toMatchObject({ body: '{oops', headers: { own: 'kept', count: '7' } });
    expect(dead.headers[DEAD_LETTER_HEADERS.reason]).toMatch(/^unparsable: /);
    expect(called).toBe(false);
  });

  test('receives are counted over delays, hand-backs and lost channels', async () => {
    const counts: number[] = [];
    const queue = 'counted';
    await using provider = new RabbitMqProvider({ url, prefix });
    await provider.start();
    await provider.ensureQueues([queue]);
    const receiveOne = async (): Promise<readonly Delivery[]> => {
      const [delivery] = await eventually(async () => {
        const list = await provider.receive(queue);
        return list.length > 0 ? list : null;
      }, 'received');
      counts.push((delivery as Delivery).receiveCount);
      return [delivery as Delivery];
    };
    await provider.send(queue, 1);
    await provider.nack(await receiveOne(), { requeueAfterMs: 0 });
    await provider.nack(await receiveOne(), { requeueAfterMs: 100 });
    await provider.nack(await receiveOne(), { requeueAfterMs: 0 });
    await provider.nack(await receiveOne(), { requeueAfterMs: 100 });
    await receiveOne();
    await provider.stop();
    await using other = await startWith(queue);
    const [last] = await eventually(async () => {
      const list = await other.receive(queue);
      return list.length > 0 ? list : null;
    }, 'received by another');
    expect([...counts, last?.receiveCount]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('dead-letter queues are declared with their queues and listed', async () => {
    await using provider = await startWith('listed', { prefix: uniquePrefix() });
    const names = (await provider.listQueues()).map(({ name }) => name);
    expect(names).toEqual(['listed', deadLetterQueueName('listed')]);
    expect(await provider.receive(deadLetterQueueName('listed'))).toEqual([]);
  });

  test('a batch larger than the window is sent as a whole, in order', async () => {
    await using provider = await startWith('windowed', { confirmWindow: 7 });
    const bodies = Array.from({ length: 100 }, (_, n) => n);
    const ids = await provider.sendBatch('windowed', bodies);
    const received = await provider.receive('windowed', { max: 100 });
    expect(received.map(({ body }) => body)).toEqual(bodies);
    expect(received.map(({ messageId }) => messageId)).toEqual(ids);
  });

  test('acks of some messages leave the one between them to who holds it', async () => {
    await using provider = await startWith('acks_around');
    await provider.sendBatch('acks_around', [0, 1, 2, 3, 4]);
    const held = new Map<unknown, Delivery>();
    await eventually(async () => {
      for (const delivery of await provider.receive('acks_around', { max: 5 })) held.set(delivery.body, delivery);
      return held.size === 5;
    }, 'all are held');
    const only = (...bodies: number[]) => bodies.map((body) => held.get(body) as Delivery);
    expect(await provider.ack(only(4, 1, 0, 3))).toBe(4);
    expect(await provider.ack(only(0))).toBe(0);
    expect(await provider.nack(only(2), { requeueAfterMs: 0 })).toBe(1);
    await eventually(async () => {
      const [again] = await provider.receive('acks_around');
      return again?.body === 2 && (await provider.ack([again])) === 1;
    }, 'it comes again');
    expect((await provider.stats('acks_around')).visibleCount).toBe(0);
  });

  test('acks do not wait for others, whatever the prefetch', async () => {
    await using provider = await startWith('prompt');
    const gate = makeGate();
    await provider.sendBatch('prompt', [1, 2]);
    await using _ = provider.consume(['prompt'], async ({ body }) => (body === 2 ? gate.opened : undefined), {
      concurrency: 2,
    });
    await eventually(async () => (await provider.stats('prompt')).invisibleCount === 1, 'the first is acked');
    gate.open();
  });
});
