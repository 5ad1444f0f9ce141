import { InvalidMessageError, QueueNotFoundError } from '../errors';
import type { QueueName } from '../queue-name';
import type { SqlClient } from './install-pgmq';

export const UNDEFINED_TABLE = '42P01';
const UNTRANSLATABLE_CHARACTER = '22P05';

/**
 * A condition that always holds, and with which a statement does not wait for the disk. A crash of the server may undo
 * it; a lease or an ack that is undone is a message that comes again.
 */
export const WITHOUT_FLUSH = "(select set_config('synchronous_commit', 'off', true)) is not null";

/** Gives the table of a queue, quoted. */
export function table(queue: QueueName): string {
  return `pgmq."q_${queue}"`;
}

/**
 * Runs a statement on the table of a queue and gives its rows.
 *
 * @throws {QueueNotFoundError} when there is no such queue.
 * @throws {InvalidMessageError} when a message cannot be stored.
 */
export async function runOn(
  client: SqlClient,
  queue: QueueName,
  statement: string,
  values: readonly unknown[],
): Promise<Record<string, unknown>[]> {
  try {
    return (await client.query(statement, values)).rows;
  } catch (error) {
    const state = sqlState(error);
    if (state === UNDEFINED_TABLE) throw new QueueNotFoundError(queue, { cause: error });
    if (state === UNTRANSLATABLE_CHARACTER) {
      throw new InvalidMessageError(queue, 'it holds a NUL character', { cause: error });
    }
    throw error;
  }
}

export function sqlState(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}
