import { InvalidOptionsError } from '../errors';
import type { Logger } from '../logger';
import { parseQueueName } from '../queue-name';
import type { BatchHandler, ConsumeMode, ConsumeOptions, DeliveryHandler } from '../subscription';
import { normalizeConsumeOptions } from './consume-settings';
import type { ConsumerPort } from './consumer-port';
import { QueueConsumer } from './queue-consumer';

/** The consumers of one provider in this process. */
export class ConsumerRegistry {
  private readonly consumers = new Set<QueueConsumer>();

  constructor(
    private readonly port: ConsumerPort,
    private readonly logger: Logger,
  ) {}

  /**
   * Starts a consumer. `effectiveMode` gives the mode that the provider can serve for the one that was asked.
   *
   * @throws {InvalidQueueNameError | InvalidOptionsError} before anything is started.
   */
  start(
    queues: readonly string[],
    handler: DeliveryHandler | BatchHandler,
    options: ConsumeOptions,
    effectiveMode: (asked: ConsumeMode) => ConsumeMode,
  ): QueueConsumer {
    const names = [...new Set(queues.map(parseQueueName))];
    if (names.length === 0) throw new InvalidOptionsError('consume needs at least one queue');
    const asked = normalizeConsumeOptions(options);
    const settings = { ...asked, mode: effectiveMode(asked.mode) };
    const batchHandler = options.batch ? (handler as BatchHandler) : eachByItself(handler as DeliveryHandler);
    const consumer = new QueueConsumer(names, batchHandler, settings, this.port, this.logger, () =>
      this.consumers.delete(consumer),
    );
    this.consumers.add(consumer);
    return consumer;
  }

  /** Wakes who consumes the queue; false when nobody does, or only who is stopping. */
  wake(queue: string): boolean {
    let found = false;
    for (const consumer of this.consumers) {
      if (consumer.isStopping || !consumer.queues.includes(queue)) continue;
      consumer.wake(queue);
      found = true;
    }
    return found;
  }

  wakeAll(): void {
    for (const consumer of this.consumers) consumer.wake();
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.stop()));
  }
}

function eachByItself(handler: DeliveryHandler): BatchHandler {
  return async ([delivery], context) => (delivery ? handler(delivery, context) : undefined);
}
