import type { Look, LookOptions } from '../consumer/consumer-port';
import type { Delivery, MessageHeaders } from '../delivery';
import type { QueueName } from '../queue-name';
import type { SqlClient } from './install-pgmq';
import { runOn, table, WITHOUT_FLUSH } from './run-on-queue';

/** How many of the oldest messages are asked when they become visible, and when to look again if there are more. */
const ASKED_COUNT = 10_000;
const ASK_AGAIN_MS = 1_000;

/**
 * Claims up to `max` visible messages from `fromId` upwards. When that is all there is and the caller asks for it, one
 * more row tells when the first of the other messages becomes visible: 0 for one that somebody else is claiming.
 *
 * What is locked is found again by its id, which holds in a partitioned queue too. Instants travel as whole
 * milliseconds, since the driver takes long to read a date.
 */
function claimStatement(queue: QueueName): string {
  return `
with claimed as (
  update ${table(queue)}
  set vt = clock_timestamp() + make_interval(secs => $1::double precision / 1000),
      read_ct = read_ct + 1,
      last_read_at = clock_timestamp()
  where msg_id = any (array(
    select msg_id from ${table(queue)}
    where msg_id >= $2::bigint and vt <= clock_timestamp() and ${WITHOUT_FLUSH}
    order by msg_id
    limit $3::integer
    for update skip locked
  ))
  returning msg_id, read_ct, message, headers, enqueued_at, vt
),
others as (
  select greatest(vt, clock_timestamp()) as visible_at
  from (select msg_id, vt from ${table(queue)} order by msg_id limit ${ASKED_COUNT}) oldest
  where $4::boolean
    and (select count(*) from claimed) < $3
    and not exists (select from claimed where claimed.msg_id = oldest.msg_id)
)
select msg_id::text as message_id, read_ct, message, headers,
  (date_part('epoch', enqueued_at) * 1000)::bigint as enqueued_at_ms, (date_part('epoch', vt) * 1000)::bigint as vt_ms,
  null::double precision as next_ms
from claimed
union all
select null, count(*)::integer, null, null, null, null,
  ceil(date_part('epoch', min(visible_at) - clock_timestamp()) * 1000)
from others having count(*) > 0`;
}

/** Claims up to `max` visible messages with an id of at least `fromId`, oldest first. */
export async function claimMessages(
  client: SqlClient,
  queue: QueueName,
  fromId: bigint,
  { max, visibilityTimeoutMs, asksNext }: LookOptions,
): Promise<Look> {
  const rows = await runOn(client, queue, claimStatement(queue), [visibilityTimeoutMs, String(fromId), max, asksNext]);
  const deliveries: Delivery[] = [];
  const nextMs: number[] = [];
  let otherCount = 0;
  for (const row of rows) {
    if (row.message_id !== null) {
      deliveries.push(toDelivery(queue, row));
      continue;
    }
    otherCount = Number(row.read_ct);
    nextMs.push(Math.max(0, Number(row.next_ms)));
  }
  if (otherCount + deliveries.length >= ASKED_COUNT) nextMs.push(ASK_AGAIN_MS);
  if (deliveries.length > 0) nextMs.push(visibilityTimeoutMs);
  return { deliveries: deliveries.sort(byId), nextVisibleInMs: nextMs.length > 0 ? Math.min(...nextMs) : null };
}

function byId(one: Delivery, other: Delivery): number {
  return one.messageId.length - other.messageId.length || (one.messageId < other.messageId ? -1 : 1);
}

function toDelivery(queue: QueueName, row: Record<string, unknown>): Delivery {
  return {
    queue,
    messageId: String(row.message_id),
    receiveCount: Number(row.read_ct),
    enqueuedAt: new Date(Number(row.enqueued_at_ms)),
    leaseExpiresAt: new Date(Number(row.vt_ms)),
    body: row.message,
    headers: parseHeaders(row.headers),
  };
}

function parseHeaders(value: unknown): MessageHeaders {
  if (typeof value !== 'object' || value === null) return {};
  const texts = Object.entries(value).map(([name, entry]) => [
    name,
    typeof entry === 'string' ? entry : JSON.stringify(entry),
  ]);
  return Object.fromEntries(texts);
}
