import { DEAD_LETTER_HEADERS, DEAD_LETTER_REASON_MAX_LENGTH, deadLetterQueueName } from '../dead-letter';
import type { Delivery, MessageId } from '../delivery';
import type { QueueStats } from '../messaging-provider';
import type { QueueName } from '../queue-name';
import type { SqlClient } from './install-pgmq';
import { runOn, sqlState, table, UNDEFINED_TABLE, WITHOUT_FLUSH } from './run-on-queue';

// A row is only touched in the hands that hold it: read_ct grows with every claim.
const FENCE = 'unnest($1::bigint[], $2::integer[]) as held (id, claim)';
const HELD = 'msg_id = held.id and read_ct = held.claim';

/** Sends, with headers in JSON; the ids come in the order of the messages. Works inside the caller's transaction. */
export async function sendMessages(
  client: SqlClient,
  queue: QueueName,
  texts: readonly string[],
  headers: string | null,
  delayMs: number,
): Promise<MessageId[]> {
  // One JSON text is quicker to write and to read than an array of them.
  const rows = await runOn(
    client,
    queue,
    `insert into ${table(queue)} (vt, message, headers)
     select (select clock_timestamp() + make_interval(secs => $2::double precision)), message, $3::jsonb
     from jsonb_array_elements($1::jsonb) as message
     returning msg_id::text as message_id`,
    [`[${texts.join(',')}]`, delayMs / 1_000, headers],
  );
  return rows.map((row) => String(row.message_id));
}

/** Deletes what these deliveries still hold. */
export async function deleteHeld(
  client: SqlClient,
  queue: QueueName,
  deliveries: readonly Delivery[],
): Promise<number> {
  const [deleted] = await runOn(
    client,
    queue,
    `with gone as (delete from ${table(queue)} using ${FENCE} where ${HELD} returning 1)
     select count(*)::integer as count from gone where ${WITHOUT_FLUSH}`,
    fence(deliveries),
  );
  return Number(deleted?.count);
}

/** Sets when what these deliveries still hold becomes visible, and gives the ids of it. */
export async function hideHeld(
  client: SqlClient,
  queue: QueueName,
  deliveries: readonly Delivery[],
  forMs: number,
): Promise<Set<MessageId>> {
  const rows = await runOn(
    client,
    queue,
    `update ${table(queue)} set vt = clock_timestamp() + make_interval(secs => $3::double precision)
     from ${FENCE} where ${HELD} returning msg_id::text as message_id`,
    [...fence(deliveries), forMs / 1_000],
  );
  return new Set(rows.map((row) => String(row.message_id)));
}

/** Moves what these deliveries still hold to the dead-letter queue in one statement; creates that queue when missing. */
export async function moveHeldToDeadLetters(
  client: SqlClient,
  queue: QueueName,
  deliveries: readonly Delivery[],
  reason: string,
): Promise<number> {
  const target = deadLetterQueueName(queue);
  const values = [
    ...fence(deliveries),
    queue,
    [...reason.replaceAll('\0', '')].slice(0, DEAD_LETTER_REASON_MAX_LENGTH).join(''),
  ];
  try {
    return (await client.query(moveStatement(queue, target), values)).rows.length;
  } catch (error) {
    if (sqlState(error) !== UNDEFINED_TABLE) throw error;
    await client.query('select pgmq.create(queue_name => $1)', [target]);
    return (await runOn(client, queue, moveStatement(queue, target), values)).length;
  }
}

function moveStatement(queue: QueueName, target: QueueName): string {
  return `
    with moved as (
      delete from ${table(queue)} using ${FENCE} where ${HELD} returning msg_id, read_ct, message, headers
    )
    insert into ${table(target)} (vt, message, headers)
    select clock_timestamp(), message,
      case when jsonb_typeof(headers) = 'object' then headers else '{}' end || jsonb_build_object(
        '${DEAD_LETTER_HEADERS.queue}', $3::text, '${DEAD_LETTER_HEADERS.reason}', $4::text,
        '${DEAD_LETTER_HEADERS.messageId}', msg_id::text, '${DEAD_LETTER_HEADERS.receiveCount}', read_ct::text)
    from moved order by msg_id
    returning 1`;
}

/** Counts the queue. */
export async function readQueueStats(client: SqlClient, queue: QueueName): Promise<QueueStats> {
  const [counts] = await runOn(
    client,
    queue,
    `select count(*)::integer as length, count(*) filter (where vt <= clock_timestamp())::integer as visible,
       (extract(epoch from clock_timestamp() - min(enqueued_at)) * 1000)::double precision as oldest_ms,
       (select total_messages::text from pgmq.metrics(queue_name => $1)) as total
     from ${table(queue)}`,
    [queue],
  );
  const visibleCount = Number(counts?.visible);
  return {
    queue,
    visibleCount,
    invisibleCount: Number(counts?.length) - visibleCount,
    totalCount: Number(counts?.total),
    oldestAgeMs: typeof counts?.oldest_ms === 'number' ? Math.max(0, Math.round(counts.oldest_ms)) : null,
  };
}

function fence(deliveries: readonly Delivery[]): [string, string] {
  return [
    `{${deliveries.map(({ messageId }) => messageId).join(',')}}`,
    `{${deliveries.map(({ receiveCount }) => receiveCount).join(',')}}`,
  ];
}
