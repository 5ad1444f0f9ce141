import { InvalidQueueNameError } from './errors';

declare const queueNameBrand: unique symbol;

/** A checked queue name: safe as an SQL identifier part and as a routing key. */
export type QueueName = string & { readonly [queueNameBrand]: true };

const QUEUE_NAME = /^[a-z_][a-z0-9_]{0,46}$/;

/** The longest queue name, in characters and bytes. */
export const QUEUE_NAME_MAX_LENGTH = 47;

/**
 * Gives the value back as a {@link QueueName}.
 *
 * @throws {InvalidQueueNameError} unless it is a string of the form `^[a-z_][a-z0-9_]{0,46}$`.
 */
export function parseQueueName(value: unknown): QueueName {
  if (typeof value !== 'string' || !QUEUE_NAME.test(value)) throw new InvalidQueueNameError(value);
  return value as QueueName;
}
