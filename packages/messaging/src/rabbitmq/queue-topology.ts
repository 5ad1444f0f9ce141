import type { Options } from 'amqplib';
import { deadLetterQueueName } from '../dead-letter';
import type { QueueName } from '../queue-name';

const DEAD_LETTER_SUFFIX = '_dlq';
/** Where the broker itself gives up; consumers do so before, at their `maxReceiveCount`. */
const DELIVERY_LIMIT = 10_000;
/** A dead-letter queue has no other behind it: what it gave up would be dropped. */
const DEAD_LETTER_DELIVERY_LIMIT = 1_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The delays that there are, in milliseconds: a queue for each that is used, since messages of one queue expire in their
 * order. A delay is rounded up to the next.
 */
export const DELAY_STEPS_MS: readonly number[] = [
  ...[100, 250, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR),
  ...[1, 2, 4, 7, 14].map((days) => days * DAY),
  2_147_483_647,
];

/** Gives the first step that is not below the delay. */
export function delayStepMs(delayMs: number): number {
  return DELAY_STEPS_MS.find((step) => step >= delayMs) ?? (DELAY_STEPS_MS.at(-1) as number);
}

/** Whether the queue takes what others gave up. */
export function isDeadLetterQueue(queue: QueueName): boolean {
  return queue.endsWith(DEAD_LETTER_SUFFIX);
}

/** The queues of one prefix at the broker: their names and arguments, which follow from the queue's name alone. */
export class QueueTopology {
  constructor(
    private readonly prefix: string,
    private readonly maxQueueLength: number | null,
  ) {}

  /** The queue's name at the broker, which is its routing key at the default exchange too. */
  address(queue: QueueName): string {
    return `${this.prefix}.${queue}`;
  }

  delayAddress(queue: QueueName, stepMs: number): string {
    return `${this.prefix}.${queue}.delay.${stepMs}`;
  }

  queueOptions(queue: QueueName): Options.AssertQueue {
    if (isDeadLetterQueue(queue)) return quorum({ 'x-delivery-limit': DEAD_LETTER_DELIVERY_LIMIT });
    return quorum({
      'x-delivery-limit': DELIVERY_LIMIT,
      ...deadLetteringTo(this.address(deadLetterQueueName(queue))),
      ...(this.maxQueueLength === null ? {} : { 'x-max-length': this.maxQueueLength }),
    });
  }

  delayOptions(queue: QueueName, stepMs: number): Options.AssertQueue {
    return quorum({ 'x-message-ttl': stepMs, ...deadLetteringTo(this.address(queue)) });
  }
}

function quorum(rest: Record<string, unknown>): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'quorum', ...rest } };
}

/** At least once needs that the queue refuses, rather than drops, what is too much. */
function deadLetteringTo(address: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': address,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}
