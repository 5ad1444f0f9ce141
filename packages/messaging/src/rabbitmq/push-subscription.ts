import { normalizeConsumeOptions } from '../consumer/consume-settings';
import type { ConsumerPort } from '../consumer/consumer-port';
import { ConsumerRegistry } from '../consumer/consumer-registry';
import type { QueueConsumer } from '../consumer/queue-consumer';
import type { Delivery } from '../delivery';
import type { Logger } from '../logger';
import type { MessagingProvider } from '../messaging-provider';
import { parseQueueName, type QueueName } from '../queue-name';
import type { BatchHandler, ConsumeOptions, DeliveryHandler, Subscription } from '../subscription';
import { isHeld } from './holding-channel';
import { UnparsableBody } from './message-codec';
import { PushSource, type PushSourceDeps } from './push-source';

/** What a {@link PushSubscription} needs. */
export interface PushSubscriptionDeps {
  readonly provider: Pick<MessagingProvider, 'ack' | 'nack'>;
  readonly logger: Logger;
  sourceFor(queue: QueueName): Pick<PushSourceDeps, 'connection' | 'catalog' | 'address' | 'openHolder'>;
  onStopped(subscription: PushSubscription): void;
}

/** A lease of AMQP has no end but that of its channel. */
const ENDLESS_MS = 2_147_483_647;

/** The consumer of pull brokers, fed by what RabbitMQ pushes. */
export class PushSubscription implements Subscription {
  /** The broker pushes, whatever was asked for: nothing is polled. */
  readonly mode = 'event';
  private readonly sources: ReadonlyMap<string, PushSource>;
  private readonly consumer: QueueConsumer;
  private cancelled: Promise<unknown> = Promise.resolve();
  private stopping: Promise<void> | undefined;

  /** @throws {InvalidQueueNameError | InvalidOptionsError} before anything is started. */
  constructor(
    queues: readonly string[],
    handler: DeliveryHandler | BatchHandler,
    options: ConsumeOptions,
    private readonly deps: PushSubscriptionDeps,
  ) {
    const { prefetch, parse } = normalizeConsumeOptions(options);
    const settings = {
      ...options,
      visibilityTimeoutMs: ENDLESS_MS,
      parse: (body: unknown) => parse(requireJson(body)),
    };
    this.consumer = new ConsumerRegistry(this.port(), deps.logger).start(queues, handler, settings, () => 'event');
    const sources = this.consumer.queues.map(
      (queue) => [queue, this.makeSource(parseQueueName(queue), prefetch)] as const,
    );
    this.sources = new Map(sources);
  }

  wake(queue?: string): void {
    this.consumer.wake(queue);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async stopAll(): Promise<void> {
    const sources = [...this.sources.values()];
    this.cancelled = Promise.all(sources.map((source) => source.cancel()));
    await this.consumer.stop();
    await this.cancelled;
    await Promise.all(sources.map((source) => source.close()));
    this.deps.onStopped(this);
  }

  private makeSource(queue: QueueName, prefetch: number): PushSource {
    return new PushSource({
      ...this.deps.sourceFor(queue),
      queue,
      prefetch,
      logger: this.deps.logger,
      onArrival: () => this.consumer.wake(queue),
      onLost: () => this.consumer.checkLeases(),
    });
  }

  private port(): ConsumerPort {
    const { provider } = this.deps;
    return {
      ackLingerMs: 0,
      look: async (queue, { max }) => {
        // The consumer's first look comes before there are sources.
        const source = this.sources?.get(queue);
        return { deliveries: source?.take(max) ?? [], nextVisibleInMs: source?.hasArrivals ? 0 : null };
      },
      ack: (deliveries) => provider.ack(deliveries),
      nack: async (deliveries, action) => {
        // What is handed back before the cancelling is pushed here again.
        await this.cancelled;
        return provider.nack(deliveries, action);
      },
      extendHeld: async (deliveries: readonly Delivery[]) => deliveries.filter(isHeld),
      wakeupsWork: () => true,
    };
  }
}

function requireJson(body: unknown): unknown {
  if (body instanceof UnparsableBody) throw new Error(body.problem);
  return body;
}
