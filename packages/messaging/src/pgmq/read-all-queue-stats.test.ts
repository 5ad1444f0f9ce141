import { Pool } from 'pg';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { PgmqProvider } from './pgmq-provider';
import { readAllQueueStats } from './read-all-queue-stats';

let database: ThrowAwayDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('one round trip counts every queue, what cannot be received now apart, and gives the age of the oldest', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  await provider.ensureQueues(['busy', 'empty']);
  await provider.sendBatch('busy', [1, 2]);
  await provider.send('busy', 3, { delayMs: 60_000 });
  await pool.query("update pgmq.q_busy set enqueued_at = enqueued_at - interval '1 hour' where message = '1'");

  const [busy, empty, ...others] = await readAllQueueStats(pool);
  expect(busy).toEqual({
    queue: 'busy',
    visibleCount: 2,
    invisibleCount: 1,
    totalCount: 3,
    oldestAgeMs: expect.any(Number),
  });
  expect(busy?.oldestAgeMs).toBeGreaterThanOrEqual(3_600_000);
  expect(empty).toEqual({ queue: 'empty', visibleCount: 0, invisibleCount: 0, totalCount: 0, oldestAgeMs: null });
  expect(others).toEqual([]);
});
