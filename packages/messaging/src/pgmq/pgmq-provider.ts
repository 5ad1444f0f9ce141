import { boundedInteger } from '../consumer/consume-settings';
import { ConsumerRegistry } from '../consumer/consumer-registry';
import type { Delivery, MessageId } from '../delivery';
import { encodeMessage } from '../encode-message';
import { InvalidOptionsError, ProviderStoppedError } from '../errors';
import { type Logger, silentLogger } from '../logger';
import type {
  MessagingProvider,
  NackAction,
  ProviderHealth,
  QueueInfo,
  QueueStats,
  ReceiveOptions,
} from '../messaging-provider';
import { parseQueueName, type QueueName } from '../queue-name';
import type { BatchHandler, ConsumeMode, ConsumeOptions, DeliveryHandler, Subscription } from '../subscription';
import { withDeadline } from '../with-deadline';
import { installPgmq, type SqlClient } from './install-pgmq';
import { ListenerSlot } from './listener-slot';
import { type PgmqProviderOptions, type PgmqSendOptions, poolOf } from './pgmq-options';
import { deleteHeld, hideHeld, moveHeldToDeadLetters, readQueueStats, sendMessages } from './queue-operations';
import { QueueReader } from './queue-reader';
import { SendBatcher } from './send-batcher';
import { WakeupNotifier } from './wakeup-notifier';

const HEALTH_TIMEOUT_MS = 3_000;

/** Queues in PostgreSQL, by the functions of PGMQ. */
export class PgmqProvider implements MessagingProvider {
  readonly name = 'pgmq';
  readonly capabilities: MessagingProvider['capabilities'];
  private readonly sql: SqlClient;
  private readonly endOwnPool: () => Promise<void>;
  private readonly consumers: ConsumerRegistry;
  private readonly listener: ListenerSlot;
  private readonly notifier: WakeupNotifier;
  private readonly reader: QueueReader;
  private readonly sends: SendBatcher;
  private readonly logger: Logger;
  private readonly install: boolean;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  /** @throws {InvalidOptionsError | DriverMissingError} when it cannot be made of these options. */
  constructor(options: PgmqProviderOptions) {
    this.logger = options.logger ?? silentLogger;
    this.install = options.install ?? true;
    const { sql, end } = poolOf(options, this.logger);
    this.sql = sql;
    this.endOwnPool = end;
    this.notifier = new WakeupNotifier({ client: sql, logger: this.logger });
    this.reader = new QueueReader(sql);
    this.sends = new SendBatcher(sql);
    this.consumers = new ConsumerRegistry(
      {
        ackLingerMs: 5,
        look: (queue, lookOptions) => this.reader.look(parseQueueName(queue), lookOptions),
        ack: (deliveries) => this.ack(deliveries),
        nack: (deliveries, action) => this.nack(deliveries, action),
        extendHeld: (deliveries, forMs) => this.extendHeld(deliveries, forMs),
        wakeupsWork: () => this.listener.working,
      },
      this.logger,
    );
    this.listener = new ListenerSlot({
      listenUrl: options.listenUrl ?? options.connectionString ?? null,
      fallbackThresholdMs: options.fallbackThresholdMs ?? 1_000,
      logger: this.logger,
      onWakeup: (queue) => void this.consumers.wake(queue),
      onDrain: () => this.consumers.wakeAll(),
    });
    this.capabilities = {
      transactionalSend: true,
      delayedSend: true,
      extendVisibility: true,
      pushDelivery: this.listener.available,
      needsFallbackPolling: true,
      oldestAge: true,
    };
  }

  start(signal?: AbortSignal): Promise<void> {
    this.starting ??= this.prepare(signal);
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
    const queues = [...new Set(names.map(parseQueueName))].sort();
    if (queues.length === 0) return;
    await this.sql.query('select pgmq.create(queue_name => name) from unnest($1::text[]) as name', [queues]);
  }

  async deleteQueue(name: string): Promise<boolean> {
    const { rows } = await this.sql.query('select pgmq.drop_queue(queue_name => $1) as dropped', [
      parseQueueName(name),
    ]);
    return rows[0]?.dropped === true;
  }

  async listQueues(): Promise<readonly QueueInfo[]> {
    const { rows } = await this.sql.query('select queue_name, created_at from pgmq.list_queues() order by queue_name');
    return rows.map((row) => ({ name: String(row.queue_name), createdAt: row.created_at as Date }));
  }

  async send(queue: string, message: unknown, options?: PgmqSendOptions): Promise<MessageId> {
    const [id] = await this.sendBatch(queue, [message], options);
    return id as MessageId;
  }

  async sendBatch(
    queueName: string,
    messages: readonly unknown[],
    options: PgmqSendOptions = {},
  ): Promise<readonly MessageId[]> {
    this.requireRunning(options.signal);
    const queue = parseQueueName(queueName);
    const delayMs = boundedInteger('delayMs', options.delayMs ?? 0, 0);
    const texts = messages.map((message) => encodeMessage(queue, message));
    if (texts.length === 0) return [];
    const headers = options.headers ? JSON.stringify(options.headers) : null;
    const { client } = options;
    if (client !== undefined) return sendMessages(client, queue, texts, headers, delayMs);
    const ids = await this.sends.send({ queue, headers, delayMs }, texts);
    this.wakeAfterSend(queue, delayMs);
    return ids;
  }

  /** Wakes the consumers of a queue, here or elsewhere; for the commit of a send over the caller's own client. */
  announce(queue: string): void {
    if (!this.consumers.wake(parseQueueName(queue))) this.notifier.notify(queue);
  }

  async receive(queueName: string, options: ReceiveOptions = {}): Promise<readonly Delivery[]> {
    options.signal?.throwIfAborted();
    const queue = parseQueueName(queueName);
    const max = boundedInteger('max', options.max ?? 1, 1, 1_000);
    const visibilityTimeoutMs = boundedInteger('visibilityTimeoutMs', options.visibilityTimeoutMs ?? 30_000, 1);
    return (await this.reader.look(queue, { max, visibilityTimeoutMs, asksNext: false })).deliveries;
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    return sumByQueue(deliveries, (queue, own) => deleteHeld(this.sql, queue, own));
  }

  nack(deliveries: readonly Delivery[], action: NackAction): Promise<number> {
    if ('deadLetter' in action) {
      return sumByQueue(deliveries, (queue, own) => moveHeldToDeadLetters(this.sql, queue, own, action.deadLetter));
    }
    const afterMs = boundedInteger('requeueAfterMs', action.requeueAfterMs, 0);
    return sumByQueue(deliveries, async (queue, own) => {
      const requeued = await hideHeld(this.sql, queue, own, afterMs);
      this.wakeAfterSend(queue, afterMs);
      return requeued.size;
    });
  }

  extend(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<number> {
    const forMs = boundedInteger('visibilityTimeoutMs', visibilityTimeoutMs, 1);
    return sumByQueue(deliveries, async (queue, own) => (await hideHeld(this.sql, queue, own, forMs)).size);
  }

  /** @throws {InvalidOptionsError} also for mode `event` without a URL to listen on. */
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
    const consumer = this.consumers.start(queues, handler, options, (mode) => this.effectiveMode(mode));
    if (consumer.mode !== 'poll') this.listener.listenFor(consumer.queues);
    return consumer;
  }

  async stats(queue: string): Promise<QueueStats> {
    return readQueueStats(this.sql, parseQueueName(queue));
  }

  async health(): Promise<ProviderHealth> {
    const delivery = this.listener.working ? 'push' : 'poll';
    const askedAtMs = performance.now();
    try {
      this.requireRunning();
      const late = (): Error => new Error(`no answer within ${HEALTH_TIMEOUT_MS} ms`);
      await withDeadline(this.sql.query('select 1'), HEALTH_TIMEOUT_MS, late);
      return { healthy: true, delivery, roundTripMs: performance.now() - askedAtMs, problem: this.listener.problem };
    } catch (error) {
      return {
        healthy: false,
        delivery,
        roundTripMs: null,
        problem: error instanceof Error ? error.message : 'failed',
      };
    }
  }

  private async prepare(signal?: AbortSignal): Promise<void> {
    this.requireRunning(signal);
    if (this.install) await installPgmq(this.sql);
    else await this.sql.query('select 1');
    signal?.throwIfAborted();
  }

  private async stopAll(): Promise<void> {
    await this.starting?.catch(() => {});
    await this.consumers.stopAll();
    await this.sends.drain();
    await this.listener.stop();
    await this.notifier.stop();
    await this.endOwnPool();
  }

  private wakeAfterSend(queue: QueueName, delayMs: number): void {
    if (!this.consumers.wake(queue) && delayMs === 0) this.notifier.notify(queue);
  }

  private async extendHeld(deliveries: readonly Delivery[], forMs: number): Promise<readonly Delivery[]> {
    const queue = parseQueueName(deliveries[0]?.queue);
    const held = await hideHeld(this.sql, queue, deliveries, forMs);
    return deliveries.filter(({ messageId }) => held.has(messageId));
  }

  private effectiveMode(asked: ConsumeMode): ConsumeMode {
    if (asked === 'poll' || this.listener.available) return asked;
    if (asked === 'event') throw new InvalidOptionsError("mode 'event' needs the option listenUrl of the provider");
    this.logger.warn('consuming by polling: no listenUrl was given');
    return 'poll';
  }

  private requireRunning(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.stopping) throw new ProviderStoppedError('the pgmq provider');
  }
}

async function sumByQueue(
  deliveries: readonly Delivery[],
  work: (queue: QueueName, own: readonly Delivery[]) => Promise<number>,
): Promise<number> {
  const byQueue = new Map<QueueName, Delivery[]>();
  for (const delivery of deliveries) {
    const queue = parseQueueName(delivery.queue);
    const own = byQueue.get(queue) ?? [];
    byQueue.set(queue, own);
    own.push(delivery);
  }
  let count = 0;
  for (const [queue, own] of byQueue) count += await work(queue, own);
  return count;
}
