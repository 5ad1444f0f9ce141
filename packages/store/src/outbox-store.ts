import type { JsonValue } from '@tasker/workflow';
import { type Database, selectRow, selectRows } from './database';
import { sqlStatement } from './load-sql';
import { ORCHESTRATION_QUEUES } from './queue-names';

/** A message that waits to be published. */
export interface OutboxMessage {
  readonly queue: string;
  /** Unique within its queue. */
  readonly id: string;
  readonly body: JsonValue;
  readonly headers: Readonly<Record<string, string>>;
}

/** What one call of {@link OutboxStore.exchange} hands over and asks for. */
export interface OutboxExchange {
  /** Messages that the broker has confirmed: they are deleted. */
  readonly published: readonly Pick<OutboxMessage, 'queue' | 'id'>[];
  /** Where to look; null: all queues of workers and of orchestration. That of finalization requests is never looked at. */
  readonly queues: readonly string[] | null;
  /** Queues to leave alone. */
  readonly exceptQueues: readonly string[];
  /** Messages of each queue at the most. */
  readonly max: number;
  /** Milliseconds for which nobody else is given what this call gives. */
  readonly holdMs: number;
}

/**
 * The queue tables as the outbox of a message broker: stages write their messages there, in their own transactions, and somebody
 * publishes them. Every call is one round trip and one transaction.
 */
export interface OutboxStore {
  /** Deletes what is published, and gives what is to be published next, the oldest of each queue first. */
  exchange(exchange: OutboxExchange): Promise<readonly OutboxMessage[]>;
  /**
   * Sends again what the broker seems to have lost: messages of steps that have been enqueued, or reported, for longer than
   * `olderMs`, to those of `emptyQueues` whose outbox is empty as well; up to `max` steps per queue. Gives how many it sent.
   */
  resendLost(options: {
    readonly emptyQueues: readonly string[];
    readonly olderMs: number;
    readonly max: number;
  }): Promise<number>;
}

interface OutboxRow {
  queue_name: string;
  msg_id: string;
  message: JsonValue;
  headers: Readonly<Record<string, unknown>> | null;
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const toMessage = ({ queue_name, msg_id, message, headers }: OutboxRow): OutboxMessage => ({
  queue: queue_name,
  id: msg_id,
  body: message,
  headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, toText(value)])),
});

function idsByQueue(messages: OutboxExchange['published']): Readonly<Record<string, readonly string[]>> {
  const ids: Record<string, string[]> = {};
  for (const { queue, id } of messages) {
    ids[queue] ??= [];
    ids[queue].push(id);
  }
  return ids;
}

/** Gives the outbox over a pool (or one client). */
export function createOutboxStore(database: Database): OutboxStore {
  return {
    async exchange({ published, queues, exceptQueues, max, holdMs }) {
      const except = [...exceptQueues, ORCHESTRATION_QUEUES.finalizations];
      const values = [JSON.stringify(idsByQueue(published)), queues, except, max, holdMs];
      return (await selectRows<OutboxRow>(database, sqlStatement('exchange-outbox', values))).map(toMessage);
    },

    async resendLost({ emptyQueues, olderMs, max }) {
      if (emptyQueues.length === 0) return 0;
      const values = [emptyQueues, olderMs, max, true];
      return (await selectRow<{ sent: number }>(database, sqlStatement('resend-lost-messages', values))).sent;
    },
  };
}
