import type { PoolClient } from 'pg';
import { createPool, type PoolSettings, warmPool } from './create-pool';
import { createTestDatabase, type TestDatabase } from './testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function open(settings: Partial<PoolSettings>, maxConnections = 3) {
  return createPool({
    settings: {
      url: database.connectionString,
      min_connections: 0,
      connection_timeout_ms: 60_000,
      idle_timeout_seconds: 60,
      max_lifetime_seconds: 600,
      ...settings,
    },
    maxConnections,
    applicationName: 'pool-under-test',
    onIdleLost: () => {},
  });
}

/** Resolves when the pool has closed a connection. */
const closed = (pool: ReturnType<typeof open>) => new Promise((resolve) => pool.once('remove', resolve));

test('a warmed pool has its least connections open, and no more than its most', async () => {
  const pool = open({ min_connections: 2 });
  await warmPool(pool);
  expect(pool).toMatchObject({ totalCount: 2, idleCount: 2 });
  await pool.end();
  const small = open({ min_connections: 9 }, 3);
  await warmPool(small);
  expect(small.totalCount).toBe(3);
  await small.end();
});

test('connections beyond the least are closed when nobody has needed them for a while', async () => {
  const pool = open({ min_connections: 1, idle_timeout_seconds: 1 });
  const clients = await Promise.all([pool.connect(), pool.connect()]);
  const removed = closed(pool);
  for (const client of clients) client.release();
  await removed;
  expect(pool.totalCount).toBe(1);
  await pool.end();
});

test('a connection is replaced when its time is over', async () => {
  const pool = open({ max_lifetime_seconds: 1 });
  const pid = async () => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;
  const replaced = closed(pool);
  const first = await pid();
  await replaced;
  expect(await pid()).not.toBe(first);
  await pool.end();
});

test('who waits too long for a connection is refused', async () => {
  const pool = open({ connection_timeout_ms: 50 }, 1);
  // Opening the connection counts as waiting as well, and may take too long at first.
  let client: PoolClient | null = null;
  while (client === null) client = await pool.connect().catch(() => null);
  await expect(pool.query('select 1')).rejects.toThrow('timeout exceeded when trying to connect');
  client.release();
  await pool.end();
});
