import { parseQueueName, QUEUE_NAME_MAX_LENGTH, type QueueName } from './queue-name';
import { shortenName } from './shorten-name';

const SUFFIX = '_dlq';

/** The headers that a dead-lettered message gains, beside those it had. */
export const DEAD_LETTER_HEADERS = {
  /** Why it was given up. */
  reason: 'x-dead-letter-reason',
  /** The queue it came from. */
  queue: 'x-dead-letter-queue',
  /** Its message id there. */
  messageId: 'x-dead-letter-message-id',
  /** How often it had been received there, in decimal. */
  receiveCount: 'x-dead-letter-receive-count',
} as const;

/** The longest reason that is kept, in characters. */
export const DEAD_LETTER_REASON_MAX_LENGTH = 1_000;

/**
 * Gives the dead-letter queue of a queue: `<queue>_dlq`. A name of more than 43 characters is shortened to its head
 * and a hash first, so that two long queues never share one.
 *
 * @throws {InvalidQueueNameError} for an invalid queue name.
 */
export function deadLetterQueueName(queue: string): QueueName {
  return parseQueueName(shortenName(parseQueueName(queue), QUEUE_NAME_MAX_LENGTH - SUFFIX.length) + SUFFIX);
}
