import { boundedInteger } from '../consumer/consume-settings';
import { ConsumerRegistry } from '../consumer/consumer-registry';
import { DEAD_LETTER_HEADERS, DEAD_LETTER_REASON_MAX_LENGTH, deadLetterQueueName } from '../dead-letter';
import type { Delivery, MessageId } from '../delivery';
import { encodeMessage } from '../encode-message';
import { ProviderStoppedError, QueueNotFoundError } from '../errors';
import { type Logger, silentLogger } from '../logger';
import type {
  MessagingProvider,
  NackAction,
  ProviderHealth,
  QueueInfo,
  QueueStats,
  ReceiveOptions,
  SendOptions,
} from '../messaging-provider';
import { parseQueueName } from '../queue-name';
import type { BatchHandler, ConsumeOptions, DeliveryHandler, Subscription } from '../subscription';
import { MemoryQueue } from './memory-queue';

/** How to make a {@link MemoryProvider}. */
export interface MemoryProviderOptions {
  readonly logger?: Logger;
}

/** Queues in this process, for tests and single-process use; they behave like the durable ones and end with it. */
export class MemoryProvider implements MessagingProvider {
  readonly name = 'memory';
  readonly capabilities = {
    transactionalSend: false,
    delayedSend: true,
    extendVisibility: true,
    pushDelivery: true,
    needsFallbackPolling: false,
    oldestAge: true,
  };
  private readonly queues = new Map<string, MemoryQueue>();
  private readonly consumers: ConsumerRegistry;
  private stopped = false;

  constructor(options: MemoryProviderOptions = {}) {
    this.consumers = new ConsumerRegistry(
      {
        ackLingerMs: 5,
        look: async (name, { max, visibilityTimeoutMs }) => {
          const queue = this.getQueue(name);
          return { deliveries: queue.take(max, visibilityTimeoutMs), nextVisibleInMs: queue.nextVisibleInMs() };
        },
        ack: (deliveries) => this.ack(deliveries),
        nack: (deliveries, action) => this.nack(deliveries, action),
        extendHeld: async (deliveries, visibilityTimeoutMs) => this.hideHeld(deliveries, visibilityTimeoutMs),
        wakeupsWork: () => true,
      },
      options.logger ?? silentLogger,
    );
  }

  async start(signal?: AbortSignal): Promise<void> {
    this.requireRunning(signal);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.consumers.stopAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async ensureQueues(names: readonly string[]): Promise<void> {
    for (const name of names.map(parseQueueName)) {
      if (!this.queues.has(name)) this.queues.set(name, new MemoryQueue(name));
    }
  }

  async deleteQueue(name: string): Promise<boolean> {
    return this.queues.delete(parseQueueName(name));
  }

  async listQueues(): Promise<readonly QueueInfo[]> {
    const infos = [...this.queues].map(([name, { createdAt }]) => ({ name, createdAt }));
    return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async send(queue: string, message: unknown, options?: SendOptions): Promise<MessageId> {
    const [id] = await this.sendBatch(queue, [message], options);
    return id as MessageId;
  }

  async sendBatch(
    queueName: string,
    messages: readonly unknown[],
    options: SendOptions = {},
  ): Promise<readonly MessageId[]> {
    this.requireRunning(options.signal);
    const queue = this.getQueue(queueName);
    const delayMs = boundedInteger('delayMs', options.delayMs ?? 0, 0);
    const texts = messages.map((message) => encodeMessage(queueName, message));
    const ids = texts.map((text) => queue.add(text, options.headers ?? {}, delayMs));
    this.consumers.wake(queueName);
    return ids;
  }

  async receive(queueName: string, options: ReceiveOptions = {}): Promise<readonly Delivery[]> {
    options.signal?.throwIfAborted();
    const max = boundedInteger('max', options.max ?? 1, 1, 1_000);
    const visibilityTimeoutMs = boundedInteger('visibilityTimeoutMs', options.visibilityTimeoutMs ?? 30_000, 1);
    return this.getQueue(queueName).take(max, visibilityTimeoutMs);
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    return deliveries.filter((delivery) => this.getQueue(delivery.queue).removeHeld(delivery)).length;
  }

  async nack(deliveries: readonly Delivery[], action: NackAction): Promise<number> {
    if ('deadLetter' in action) {
      return deliveries.filter((delivery) => this.deadLetter(delivery, action.deadLetter)).length;
    }
    const afterMs = boundedInteger('requeueAfterMs', action.requeueAfterMs, 0);
    const requeued = this.hideHeld(deliveries, afterMs);
    for (const { queue } of requeued) this.consumers.wake(queue);
    return requeued.length;
  }

  async extend(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<number> {
    return this.hideHeld(deliveries, boundedInteger('visibilityTimeoutMs', visibilityTimeoutMs, 1)).length;
  }

  consume(queues: readonly string[], handler: DeliveryHandler, options?: ConsumeOptions): Subscription;
  consume(
    queues: readonly string[],
    handler: BatchHandler,
    options: ConsumeOptions & { readonly batch: { readonly maxSize: number } },
  ): Subscription;
  consume(
    queues: readonly string[],
    handler: DeliveryHandler | BatchHandler,
    options: ConsumeOptions = {},
  ): Subscription {
    this.requireRunning();
    return this.consumers.start(queues, handler, options, (mode) => mode);
  }

  async stats(queue: string): Promise<QueueStats> {
    return this.getQueue(queue).stats();
  }

  async health(): Promise<ProviderHealth> {
    const problem = this.stopped ? 'stopped' : null;
    return { healthy: !this.stopped, delivery: 'memory', roundTripMs: 0, problem };
  }

  private hideHeld(deliveries: readonly Delivery[], forMs: number): Delivery[] {
    return deliveries.filter((delivery) => this.getQueue(delivery.queue).hideHeld(delivery, forMs));
  }

  private deadLetter(delivery: Delivery, reason: string): boolean {
    const message = this.getQueue(delivery.queue).removeHeld(delivery);
    if (!message) return false;
    const target = deadLetterQueueName(delivery.queue);
    const queue = this.queues.get(target) ?? new MemoryQueue(target);
    this.queues.set(target, queue);
    const headers = {
      ...message.headers,
      [DEAD_LETTER_HEADERS.reason]: reason.slice(0, DEAD_LETTER_REASON_MAX_LENGTH),
      [DEAD_LETTER_HEADERS.queue]: delivery.queue,
      [DEAD_LETTER_HEADERS.messageId]: delivery.messageId,
      [DEAD_LETTER_HEADERS.receiveCount]: String(delivery.receiveCount),
    };
    queue.add(message.text, headers, 0);
    this.consumers.wake(target);
    return true;
  }

  private getQueue(name: string): MemoryQueue {
    const queue = this.queues.get(parseQueueName(name));
    if (!queue) throw new QueueNotFoundError(name);
    return queue;
  }

  private requireRunning(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.stopped) throw new ProviderStoppedError('the memory provider');
  }
}
