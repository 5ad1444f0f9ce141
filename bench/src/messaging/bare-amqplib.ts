import { type Channel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { afterMs, type Contender, LANES, takeInLanes } from './contender';

/** Without it every second small frame waits for the other side's acknowledgement, 40 ms on Linux. */
const NO_DELAY = { noDelay: true };
const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

function publish(channel: ConfirmChannel, queue: string, message: object): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(message)), { persistent: true }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Pushes `count` messages, acking up to every `batchSize`th at once. */
async function consume(channel: Channel, queue: string, count: number, batchSize: number): Promise<void> {
  let handledCount = 0;
  await channel.prefetch(LANES * batchSize);
  await new Promise<void>((resolve, reject) => {
    const handle = (message: ConsumeMessage | null) => {
      if (message === null) return;
      JSON.parse(message.content.toString());
      handledCount += 1;
      if (handledCount % batchSize === 0 || handledCount === count) channel.ack(message, true);
      if (handledCount === count) resolve();
    };
    channel.consume(queue, handle).catch(reject);
  });
}

/** Gives `amqplib` itself as a contender: one connection to publish over, one to consume over, as the provider has. */
export async function bareAmqplib(url: string): Promise<Contender> {
  const [publishing, consuming] = [await connect(url, NO_DELAY), await connect(url, NO_DELAY)];
  const confirms = await publishing.createConfirmChannel();
  const channel = await consuming.createChannel();

  async function getAndAck(queue: string, batchSize: number): Promise<number> {
    for (let taken = 0; taken < batchSize; taken += 1) {
      const message = await channel.get(queue);
      if (message === false) return taken;
      JSON.parse(message.content.toString());
      channel.ack(message);
    }
    return batchSize;
  }

  return {
    name: 'bare amqplib',
    createQueue: (queue) => channel.assertQueue(queue, QUORUM),
    deleteQueue: (queue) => channel.deleteQueue(queue),
    send: (queue, message) => publish(confirms, queue, message),
    sendBatch: (queue, messages) => Promise.all(messages.map((message) => publish(confirms, queue, message))),
    async consume(queue, count, batchSize) {
      const own = await consuming.createChannel();
      await consume(own, queue, count, batchSize);
      await own.close();
    },
    receive: (queue, forMs, batchSize) => takeInLanes(afterMs(forMs), () => getAndAck(queue, batchSize)),
    async [Symbol.asyncDispose]() {
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}
