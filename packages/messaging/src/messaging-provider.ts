import type { Delivery, MessageHeaders, MessageId } from './delivery';
import type { BatchHandler, ConsumeOptions, DeliveryHandler, Subscription } from './subscription';

/** What a provider can do by itself; consumers never need to ask, tools and tests may. */
export interface ProviderCapabilities {
  /** A send can join the caller's own database transaction. */
  readonly transactionalSend: boolean;
  readonly delayedSend: boolean;
  /** The broker counts leases: a message comes back when its own has ended, which can be set. */
  readonly extendVisibility: boolean;
  /** `consume` is woken by the broker. */
  readonly pushDelivery: boolean;
  /** `consume` also polls in mode `hybrid`, since wake-ups may be lost. */
  readonly needsFallbackPolling: boolean;
  /** `stats` tells how old the oldest message is. */
  readonly oldestAge: boolean;
}

/** How to send. */
export interface SendOptions {
  /** @default 0 — milliseconds until the message is visible, 0 … 2_147_483_647. */
  readonly delayMs?: number;
  /** Given to every message of the call. */
  readonly headers?: MessageHeaders;
  readonly signal?: AbortSignal;
}

/** How to receive by hand. */
export interface ReceiveOptions {
  /** @default 1 — messages, 1 … 1_000. */
  readonly max?: number;
  /** @default 30_000 — milliseconds of lease, at least 1; RabbitMQ has no leases. */
  readonly visibilityTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What becomes of a message that was not handled: back after a while, or out of the way with its reason. */
export type NackAction = { readonly requeueAfterMs: number } | { readonly deadLetter: string };

/** A queue as the broker lists it. */
export interface QueueInfo {
  readonly name: string;
  /** Null when the broker does not tell. */
  readonly createdAt: Date | null;
}

/** The state of one queue at one instant. */
export interface QueueStats {
  readonly queue: string;
  /** Messages that can be received now. */
  readonly visibleCount: number;
  /** Messages in the queue that cannot: leased or delayed. Some brokers only tell of those of this process. */
  readonly invisibleCount: number;
  /** Messages ever sent to it; null when the broker does not tell. */
  readonly totalCount: number | null;
  /** Milliseconds since the oldest was sent; null for an empty queue, or when the broker does not tell. */
  readonly oldestAgeMs: number | null;
}

/** Whether the provider works, and how. */
export interface ProviderHealth {
  readonly healthy: boolean;
  /** How subscriptions learn of messages at the moment. */
  readonly delivery: 'push' | 'poll' | 'memory';
  /** Milliseconds of one round trip to the broker; null when it did not answer. */
  readonly roundTripMs: number | null;
  /** What is wrong, in words; null when nothing is. */
  readonly problem: string | null;
}

/**
 * Queues with at-least-once delivery, over any broker.
 *
 * Every name is checked before the broker is asked.
 * @throws {InvalidQueueNameError} by every verb that takes a queue.
 * @throws {QueueNotFoundError} by every verb but `ensureQueues`, `deleteQueue` and `consume` for an unknown queue.
 */
export interface MessagingProvider extends AsyncDisposable {
  readonly name: 'pgmq' | 'rabbitmq' | 'memory';
  readonly capabilities: ProviderCapabilities;
  /** Resolves when usable, rejects otherwise. Calling it again is harmless. */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops every subscription, then what the provider itself created. Idempotent, legal before start. */
  stop(): Promise<void>;
  /** Creates what is missing; safe to call from many processes at once. */
  ensureQueues(names: readonly string[]): Promise<void>;
  /** Removes the queue and its messages, not its dead-letter queue; false when there was none. */
  deleteQueue(name: string): Promise<boolean>;
  /** Every queue by name, dead-letter queues included; where brokers cannot list, those that this process knows. */
  listQueues(): Promise<readonly QueueInfo[]>;
  /** Resolves when the message is durable. @throws {InvalidMessageError} when it is not JSON. */
  send(queue: string, message: unknown, options?: SendOptions): Promise<MessageId>;
  /**
   * Sends all or none, and gives the ids in the order of the messages; an empty batch gives none. Without transactions
   * at the broker, some may have been stored when it rejects.
   */
  sendBatch(queue: string, messages: readonly unknown[], options?: SendOptions): Promise<readonly MessageId[]>;
  /** Takes up to `max` visible messages, oldest first; empty when there is none. Never waits for one. */
  receive(queue: string, options?: ReceiveOptions): Promise<readonly Delivery[]>;
  /** Removes handled messages. Gives how many were still held by these deliveries; a late ack counts as 0, harmlessly. */
  ack(deliveries: readonly Delivery[]): Promise<number>;
  /** Hands messages back, or moves them to `<queue>_dlq` (created when needed). Gives how many were still held. */
  nack(deliveries: readonly Delivery[], action: NackAction): Promise<number>;
  /** Sets the leases to end this many milliseconds from now. Gives how many were still held. */
  extend(deliveries: readonly Delivery[], visibilityTimeoutMs: number): Promise<number>;
  /**
   * Runs the handler for every message of the queues until stopped. Returning acks, see `Disposition`; throwing
   * hands the message back, or dead-letters it after `maxReceiveCount`. Leases are renewed while a handler runs.
   * @throws {InvalidOptionsError} when an option is outside its bounds or the mode is not available.
   */
  consume(queues: readonly string[], handler: DeliveryHandler, options?: ConsumeOptions): Subscription;
  consume(
    queues: readonly string[],
    handler: BatchHandler,
    options: ConsumeOptions & { readonly batch: { readonly maxSize: number } },
  ): Subscription;
  /** Counts a queue; costs a scan on some brokers, so sample it sparsely. */
  stats(queue: string): Promise<QueueStats>;
  /** Asks the broker for a sign of life; never rejects. */
  health(): Promise<ProviderHealth>;
}
