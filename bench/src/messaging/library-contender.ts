import type { Delivery, MessagingProvider } from '@tasker/messaging';
import { afterMs, type Contender, LANES, takeInLanes } from './contender';

/** Gives a started provider as a contender, through nothing but its public verbs. It ends with the provider. */
export function libraryContender(provider: MessagingProvider): Contender {
  return {
    name: provider.name,
    createQueue: (queue) => provider.ensureQueues([queue]),
    async deleteQueue(queue) {
      await provider.deleteQueue(`${queue}_dlq`);
      await provider.deleteQueue(queue);
    },
    send: (queue, message) => provider.send(queue, message),
    sendBatch: (queue, messages) => provider.sendBatch(queue, messages),
    consume: (queue, count, batchSize) => consumeAll(provider, { queue, count, batchSize }),
    receive: (queue, forMs, batchSize) =>
      takeInLanes(afterMs(forMs), async () => {
        const deliveries = await provider.receive(queue, { max: batchSize });
        return deliveries.length === 0 ? 0 : provider.ack(deliveries);
      }),
    [Symbol.asyncDispose]: () => provider.stop(),
  };
}

interface ConsumeAll {
  readonly queue: string;
  readonly count: number;
  readonly batchSize: number;
}

async function consumeAll(provider: MessagingProvider, { queue, count, batchSize }: ConsumeAll): Promise<void> {
  let handledCount = 0;
  await new Promise<void>((resolve, reject) => {
    const subscription = provider.consume(
      [queue],
      async (deliveries: readonly Delivery[]) => {
        handledCount += deliveries.length;
        // Stopping sends the acks that are still to be sent, so they are in the time that is measured.
        if (handledCount === count) setImmediate(() => subscription.stop().then(resolve, reject));
      },
      { concurrency: LANES, batch: { maxSize: batchSize } },
    );
  });
}
