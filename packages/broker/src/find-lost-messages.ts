import { type MessagingProvider, QueueNotFoundError } from '@tasker/messaging';
import type { OutboxStore } from '@tasker/store';

/** What {@link createLossFinder} works with. */
export interface LossFinderOptions {
  readonly outbox: Pick<OutboxStore, 'resendLost'>;
  readonly provider: Pick<MessagingProvider, 'stats' | 'ensureQueues'>;
  /** The queues of workers and that of results. */
  readonly listQueues: () => Promise<readonly string[]>;
  /** How long a step may have been waiting for its message to be taken, in milliseconds. */
  readonly olderMs: number;
}

/** What a search found. */
export interface LossReport {
  /** Messages that were sent again. */
  readonly sent: number;
  /** A queue holds messages, so that nothing can be said of it yet. */
  readonly isBusy: boolean;
}

/** Steps whose messages are sent again at once, per queue; others follow when those are taken. */
const MAX_PER_QUEUE = 500;

/**
 * Gives a function that looks for messages which the broker has lost: with a queue that somebody deleted, or with its disk. A step
 * that has waited for so long while its queue is empty has no message, or one that a consumer holds and does not get to: then
 * it is sent again, and whoever comes second finds nothing to do. Queues that are missing are created.
 */
export function createLossFinder({
  outbox,
  provider,
  listQueues,
  olderMs,
}: LossFinderOptions): () => Promise<LossReport> {
  async function isEmpty(queue: string): Promise<boolean> {
    try {
      return (await provider.stats(queue)).visibleCount === 0;
    } catch (error) {
      if (!(error instanceof QueueNotFoundError)) throw error;
      await provider.ensureQueues([queue]);
      return true;
    }
  }

  return async () => {
    const emptyQueues: string[] = [];
    let isBusy = false;
    for (const queue of await listQueues()) {
      if (await isEmpty(queue)) emptyQueues.push(queue);
      else isBusy = true;
    }
    return { sent: await outbox.resendLost({ emptyQueues, olderMs, max: MAX_PER_QUEUE }), isBusy };
  };
}
