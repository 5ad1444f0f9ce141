import { Pool } from 'pg';
import { afterMs, type Contender, SENDERS, takeInLanes } from './contender';

const LEASE_SECONDS = 30;

/** Gives `pg` itself as a contender: the statements that anyone would write, over as many connections as anything needs at once. */
export function barePg(connectionString: string): Contender {
  const pool = new Pool({ connectionString, max: SENDERS });

  const readAndDelete = async (queue: string, batchSize: number) => {
    const read = await pool.query<{ msg_id: string }>('select * from pgmq.read($1, $2, $3)', [
      queue,
      LEASE_SECONDS,
      batchSize,
    ]);
    if (read.rows.length === 0) return 0;
    const ids = read.rows.map((row) => row.msg_id);
    await pool.query('select pgmq.delete($1, $2::bigint[])', [queue, ids]);
    return ids.length;
  };
  return {
    name: 'bare pg',
    createQueue: (queue) => pool.query('select pgmq.create($1)', [queue]),
    deleteQueue: (queue) => pool.query('select pgmq.drop_queue($1)', [queue]),
    send: (queue, message) => pool.query('select pgmq.send($1, $2::jsonb)', [queue, JSON.stringify(message)]),
    sendBatch: (queue, messages) =>
      pool.query('select pgmq.send_batch($1, $2::jsonb[])', [
        queue,
        messages.map((message) => JSON.stringify(message)),
      ]),
    async consume(queue, count, batchSize) {
      await takeInLanes(
        (takenCount) => takenCount >= count,
        () => readAndDelete(queue, batchSize),
      );
    },
    receive: (queue, forMs, batchSize) => takeInLanes(afterMs(forMs), () => readAndDelete(queue, batchSize)),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
