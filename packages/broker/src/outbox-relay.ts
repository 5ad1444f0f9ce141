import { type Clock, createDrivenLoop, type DrivenLoop, type Round, systemClock } from '@tasker/lifecycle';
import type { MessagingProvider } from '@tasker/messaging';
import type { OutboxMessage, OutboxStore } from '@tasker/store';
import { createPublisher } from './create-publisher';

/** What {@link createOutboxRelay} works with. */
export interface OutboxRelayOptions {
  readonly outbox: Pick<OutboxStore, 'exchange'>;
  readonly provider: Pick<MessagingProvider, 'ensureQueues' | 'sendBatch'>;
  /** Which queues to relay; null: all of workers and of orchestration. */
  readonly queues: readonly string[] | null;
  /** How long to rest when nobody wakes it, in milliseconds; then it looks for what others have left. */
  readonly idleMs: () => number;
  /** Told how many messages the broker has confirmed. */
  onPublished?(count: number): void;
  /** Told of each failure, and how many there were in a row; the relay tries again. */
  onError(error: unknown, failures: number): void;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/**
 * Publishes what stages have left in the queue tables. Wake it after each of them. `stop` publishes what is left first, as far as
 * the broker takes it; what is not is left to others.
 */
export type OutboxRelay = DrivenLoop;

/** Messages of each queue in one round: enough that the statements cost nothing. */
const BATCH_SIZE = 500;
/** Longer than a publish takes; after that somebody else may try. */
const HOLD_MS = 15_000;

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Gives the relay: it takes messages from the outbox, publishes them, and deletes those that the broker has confirmed. It never
 * drops one: what was not confirmed is published again, by this process or, when it has died, by another one. So a message may
 * come twice, and one that arrives late is harmless. A queue that the broker refuses does not hold up the others.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { outbox, queues, clock = systemClock } = options;
  const publish = createPublisher(options.provider);
  let published: readonly OutboxMessage[] = [];
  let refused: readonly OutboxMessage[] = [];
  let failures = 0;
  let retryAtMs = Number.NEGATIVE_INFINITY;

  async function tryToPublish(messages: readonly OutboxMessage[]): Promise<readonly OutboxMessage[]> {
    const sent = await publish(messages);
    published = [...published, ...sent.confirmed];
    if (sent.confirmed.length > 0) options.onPublished?.(sent.confirmed.length);
    if (sent.error === null) return [];
    failures += 1;
    options.onError(sent.error, failures);
    retryAtMs = clock.monotonicMs() + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    return sent.refused;
  }

  async function retryRefused(): Promise<void> {
    if (refused.length === 0 || clock.monotonicMs() < retryAtMs) return;
    refused = await tryToPublish(refused);
    if (refused.length === 0) failures = 0;
  }

  async function round(): Promise<Round> {
    await retryRefused();
    const done = published;
    const exceptQueues = [...new Set(refused.map(({ queue }) => queue))];
    const messages = await outbox.exchange({ published: done, queues, exceptQueues, max: BATCH_SIZE, holdMs: HOLD_MS });
    published = published.slice(done.length);
    if (messages.length > 0) refused = [...refused, ...(await tryToPublish(messages))];
    const nextMs = refused.length === 0 ? null : Math.max(0, retryAtMs - clock.monotonicMs());
    return { again: messages.length > 0, nextMs };
  }

  const loop = createDrivenLoop({ ...options, name: 'outbox relay', round });
  return {
    ...loop,

    async stop() {
      await loop.stop();
      for (let again = true; again; ) {
        ({ again } = await round().catch((error: unknown) => {
          options.onError(error, 1);
          return { again: false };
        }));
      }
    },
  };
}
