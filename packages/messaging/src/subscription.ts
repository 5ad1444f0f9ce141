import type { Delivery } from './delivery';

/** A handler's word on a message; returning nothing means `ack`. */
export type Disposition =
  | { readonly kind: 'ack' }
  | { readonly kind: 'requeue'; readonly afterMs: number }
  | { readonly kind: 'deadLetter'; readonly reason: string };

/** What a handler gets beside its messages. */
export interface HandlerContext {
  /** Aborts when a lease is lost or the stop deadline has passed; its reason is an Error that says which. */
  readonly signal: AbortSignal;
}

/** Handles one message. */
export type DeliveryHandler = (
  delivery: Delivery,
  context: HandlerContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing acks
) => Promise<Disposition | void>;

/** Handles up to `batch.maxSize` messages of one queue; one disposition for all, or one for each in order. */
export type BatchHandler = (
  deliveries: readonly Delivery[],
  context: HandlerContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing acks
) => Promise<Disposition | readonly Disposition[] | void>;

/**
 * How a subscription learns of messages.
 * - `hybrid`: wake-ups, polling rarely while they work and often while they do not.
 * - `event`: wake-ups only, plus one look at start, after each reconnect and at known due times.
 * - `poll`: polling only.
 */
export type ConsumeMode = 'hybrid' | 'event' | 'poll';

/** How to consume. */
export interface ConsumeOptions {
  /** @default 1 — handler calls that run at once, 1 … 1_000. */
  readonly concurrency?: number;
  /** @default concurrency × batch size — messages held at once, running ones included; at least the default. */
  readonly prefetch?: number;
  /** @default 30_000 — milliseconds of lease, at least 1_000; renewed after every third of it. */
  readonly visibilityTimeoutMs?: number;
  /** Makes the handler a {@link BatchHandler} of at most this many messages, 1 … 1_000. */
  readonly batch?: { readonly maxSize: number };
  /** @default 'hybrid' */
  readonly mode?: ConsumeMode;
  /** @default 10 — times a message is handed out before it is dead-lettered, at least 1. */
  readonly maxReceiveCount?: number;
  /** @default 1_000 — milliseconds until a message whose handler threw is handed out again. */
  readonly retryDelayMs?: number;
  /** Checks and converts the body; a message for which it throws is dead-lettered as unparsable. @default keeps it */
  readonly parse?: (body: unknown) => unknown;
  /** @default 5_000 — milliseconds between looks while wake-ups work, ±20 %. */
  readonly pollIntervalMs?: number;
  /** @default 250 — milliseconds between looks without wake-ups, ±20 %; it doubles while the queues are empty. */
  readonly fastPollIntervalMs?: number;
  /** @default 1_000 — milliseconds up to which `fastPollIntervalMs` doubles; not above that one, it stays as it is. */
  readonly slowestFastPollIntervalMs?: number;
  /** @default 30_000 — milliseconds that `stop` waits for running handlers before it aborts their signals. */
  readonly stopTimeoutMs?: number;
}

/** A running consumer. */
export interface Subscription extends AsyncDisposable {
  /** The mode that is in effect, which is `poll` when wake-ups are not configured. */
  readonly mode: ConsumeMode;
  /** Looks at a queue now, or at all of them. */
  wake(queue?: string): void;
  /** Takes no more messages, lets running handlers finish, hands the others back. Idempotent. */
  stop(): Promise<void>;
}
