import { boundedInteger } from '../consumer/consume-settings';
import { deadLetterQueueName } from '../dead-letter';
import type { Delivery, MessageId } from '../delivery';
import { encodeMessage } from '../encode-message';
import { ProviderStoppedError, QueueNotFoundError } from '../errors';
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
import { withDeadline } from '../with-deadline';
import { ConfirmPublisher } from './confirm-publisher';
import { HeldDeliveries } from './held-deliveries';
import { isHeld } from './holding-channel';
import { loadAmqplib } from './load-amqplib';
import { encodeDeadLetter, encodeOutgoing, encodeRetry, type OutgoingMessage, UnparsableBody } from './message-codec';
import { PushSubscription } from './push-subscription';
import { isNotFound, QueueCatalog } from './queue-catalog';
import { QueueSender } from './queue-sender';
import { QueueTopology } from './queue-topology';
import { normalizeRabbitMqOptions, type RabbitMqProviderOptions, type RabbitMqSettings } from './rabbitmq-options';
import { RecoveringConnection } from './recovering-connection';

const HEALTH_TIMEOUT_MS = 3_000;

/**
 * Queues in RabbitMQ, 3.10 or later: quorum queues, each with its dead-letter queue.
 *
 * A message is held until it is settled or its channel is lost, whatever its visibility time-out says: a broker counts
 * no leases. Delays are rounded up to one of a few dozen steps. A batch may be stored in part when sending it fails.
 */
export class RabbitMqProvider implements MessagingProvider {
  readonly name = 'rabbitmq';
  readonly capabilities = {
    transactionalSend: false,
    delayedSend: true,
    extendVisibility: false,
    pushDelivery: true,
    needsFallbackPolling: false,
    oldestAge: false,
  };
  private readonly settings: RabbitMqSettings;
  private readonly topology: QueueTopology;
  private readonly publishing: RecoveringConnection;
  private readonly consuming: RecoveringConnection;
  private readonly publisher: ConfirmPublisher;
  private readonly catalog: QueueCatalog;
  private readonly sender: QueueSender;
  private readonly holding: HeldDeliveries;
  private readonly subscriptions = new Set<PushSubscription>();
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  /** @throws {InvalidOptionsError | DriverMissingError} when it cannot be made of these options. */
  constructor(options: RabbitMqProviderOptions) {
    this.settings = normalizeRabbitMqOptions(options);
    loadAmqplib();
    const { prefix, maxQueueLength, confirmTimeoutMs, confirmWindow, logger } = this.settings;
    this.topology = new QueueTopology(prefix, maxQueueLength);
    this.publishing = new RecoveringConnection('publish', this.settings, {
      onUp: (model) => this.publisher.use(model),
      onBlocked: (reason) => this.publisher.setBlocked(reason),
    });
    this.consuming = new RecoveringConnection('consume', this.settings, { onUp: () => void this.restoreTopology() });
    this.publisher = new ConfirmPublisher({
      window: confirmWindow,
      timeoutMs: confirmTimeoutMs,
      logger,
      connectionProblem: () => this.publishing.problem,
    });
    this.catalog = new QueueCatalog(this.consuming, this.topology, confirmTimeoutMs);
    this.sender = new QueueSender(this.publisher, this.catalog, this.topology);
    this.holding = new HeldDeliveries(this.consuming, confirmTimeoutMs);
  }

  start(signal?: AbortSignal): Promise<void> {
    this.starting ??= this.connect(signal).catch((error) => {
      this.starting = undefined;
      throw error;
    });
    return this.starting;
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async ensureQueues(names: readonly string[]): Promise<void> {
    await this.catalog.ensure(names.map(parseQueueName));
  }

  async deleteQueue(name: string): Promise<boolean> {
    return this.catalog.remove(parseQueueName(name));
  }

  /** Only the queues that this process has declared or used. */
  async listQueues(): Promise<readonly QueueInfo[]> {
    return (await this.catalog.list()).map((name) => ({ name, createdAt: null }));
  }

  async send(queue: string, message: unknown, options?: SendOptions): Promise<MessageId> {
    const [id] = await this.sendBatch(queue, [message], options);
    return id as MessageId;
  }

  /** @throws {UnroutableError | PublishRefusedError | ConfirmTimeoutError | BrokerUnavailableError} */
  async sendBatch(
    queueName: string,
    messages: readonly unknown[],
    options: SendOptions = {},
  ): Promise<readonly MessageId[]> {
    this.requireRunning(options.signal);
    const queue = parseQueueName(queueName);
    const delayMs = boundedInteger('delayMs', options.delayMs ?? 0, 0);
    const texts = messages.map((message) => encodeMessage(queue, message));
    if (texts.length === 0) return [];
    let sent: readonly OutgoingMessage[] = [];
    await this.sender.send(queue, delayMs, (address) => {
      sent = texts.map((text) => encodeOutgoing(address, text, options.headers));
      return sent;
    });
    return sent.map((message) => message.options.messageId);
  }

  /** A body that is not JSON comes as its text. */
  async receive(queueName: string, options: ReceiveOptions = {}): Promise<readonly Delivery[]> {
    this.requireRunning(options.signal);
    const queue = parseQueueName(queueName);
    const max = boundedInteger('max', options.max ?? 1, 1, 1_000);
    boundedInteger('visibilityTimeoutMs', options.visibilityTimeoutMs ?? 30_000, 1);
    await this.catalog.requireKnown(queue);
    try {
      const deliveries = await this.holding.get(queue, this.topology.address(queue), max);
      return deliveries.map((delivery) =>
        delivery.body instanceof UnparsableBody ? { ...delivery, body: delivery.body.text } : delivery,
      );
    } catch (error) {
      if (isNotFound(error)) throw new QueueNotFoundError(queue, { cause: error });
      throw error;
    }
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    return this.holding.ack(deliveries);
  }

  async nack(deliveries: readonly Delivery[], action: NackAction): Promise<number> {
    if ('deadLetter' in action) {
      return this.holding.move(deliveries, (queue, taken) => {
        const target = deadLetterQueueName(queue);
        const address = this.topology.address(target);
        const messages = taken.map(([delivery, { message }]) =>
          encodeDeadLetter(message, delivery, address, action.deadLetter),
        );
        return this.sender.sendDeclaring(target, messages);
      });
    }
    const afterMs = boundedInteger('requeueAfterMs', action.requeueAfterMs, 0);
    if (afterMs === 0) return this.holding.requeue(deliveries);
    return this.holding.move(deliveries, (queue, taken) =>
      this.sender.send(queue, afterMs, (address) =>
        taken.map(([delivery, { message }]) => encodeRetry(message, delivery, address)),
      ),
    );
  }

  /** Sets nothing, since there are no leases to set: gives how many are still held. */
  async extend(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<number> {
    boundedInteger('visibilityTimeoutMs', visibilityTimeoutMs, 1);
    return deliveries.filter(isHeld).length;
  }

  /** The broker pushes in every mode. `prefetch` counts for each queue; leases and polling have no settings here. */
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
    const subscription = new PushSubscription(queues, handler, options, {
      provider: this,
      logger: this.settings.logger,
      sourceFor: (queue) => ({
        connection: this.consuming,
        catalog: this.catalog,
        address: this.topology.address(queue),
        openHolder: (name, onClosed) => this.holding.open(name, onClosed),
      }),
      onStopped: (stopped) => this.subscriptions.delete(stopped),
    });
    this.subscriptions.add(subscription);
    return subscription;
  }

  /**
   * Counts as invisible what this process holds or has delayed: the broker does not tell of others. What was just handed
   * back is counted when the broker has stored that, some milliseconds later.
   */
  async stats(queueName: string): Promise<QueueStats> {
    this.requireRunning();
    const queue = parseQueueName(queueName);
    // In the order that messages take, so that none is missed on its way.
    const heldCount = this.holding.countHeld(queue);
    const delayedCount = await this.catalog.countDelayed(queue);
    const visibleCount = await this.catalog.countReady(queue);
    return { queue, visibleCount, invisibleCount: heldCount + delayedCount, totalCount: null, oldestAgeMs: null };
  }

  async health(): Promise<ProviderHealth> {
    const askedAtMs = performance.now();
    try {
      this.requireRunning();
      const known = this.consuming.problem ?? this.publisher.problem;
      if (known !== null) throw new Error(known);
      const late = (): Error => new Error(`no answer within ${HEALTH_TIMEOUT_MS} ms`);
      const roundTrips = [this.consuming, this.publishing].map((connection) =>
        connection.withChannel(async () => {}, HEALTH_TIMEOUT_MS),
      );
      await withDeadline(Promise.all(roundTrips), HEALTH_TIMEOUT_MS, late);
      return { healthy: true, delivery: 'push', roundTripMs: performance.now() - askedAtMs, problem: null };
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'failed';
      return { healthy: false, delivery: 'push', roundTripMs: null, problem };
    }
  }

  private async connect(signal?: AbortSignal): Promise<void> {
    this.requireRunning(signal);
    await Promise.all([this.publishing.start(), this.consuming.start()]);
    signal?.throwIfAborted();
  }

  private async restoreTopology(): Promise<void> {
    try {
      await this.catalog.ensureAgain();
    } catch (error) {
      this.settings.logger.warn('declaring the queues again failed', { problem: String(error) });
    }
  }

  private async stopAll(): Promise<void> {
    await this.starting?.catch(() => {});
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    await this.publisher.stop(new ProviderStoppedError('the rabbitmq provider'));
    await Promise.all([this.publishing.stop(), this.consuming.stop()]);
  }

  private requireRunning(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.stopping) throw new ProviderStoppedError('the rabbitmq provider');
  }
}
