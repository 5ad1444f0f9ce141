import type { QueueStats } from '../messaging-provider';
import type { SqlClient } from './install-pgmq';

const ALL_METRICS = `
select queue_name, queue_length::double precision as length, queue_visible_length::double precision as visible,
  total_messages::double precision as total, oldest_msg_age_sec::double precision as oldest_seconds
from pgmq.metrics_all()
order by queue_name`;

interface Row {
  queue_name: string;
  length: number;
  visible: number;
  total: number;
  oldest_seconds: number | null;
}

/**
 * Gives the state of every queue, dead-letter queues included, by name, in one round trip. Ages are whole seconds.
 * It counts each queue's rows, so sample it sparsely.
 */
export async function readAllQueueStats(client: SqlClient): Promise<readonly QueueStats[]> {
  const rows = (await client.query(ALL_METRICS)).rows as unknown as Row[];
  return rows.map((row) => ({
    queue: row.queue_name,
    visibleCount: row.visible,
    invisibleCount: row.length - row.visible,
    totalCount: row.total,
    oldestAgeMs: row.oldest_seconds === null ? null : Math.max(0, row.oldest_seconds) * 1_000,
  }));
}
