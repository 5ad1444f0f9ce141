import { Pool } from 'pg';
import { runProviderConformance } from '../conformance';
import { eventually } from '../conformance/conformance-case';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { PgmqProvider } from './pgmq-provider';

let database: ThrowAwayDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  // A pool's end resolves before its sessions are gone, and dropping the database ends those.
  pool.on('error', () => {});
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const withOwnPool = (): PgmqProvider => new PgmqProvider({ connectionString: database.url, poolSize: 4 });

runProviderConformance({ name: 'pgmq with a listener', create: withOwnPool, api: { describe, test } });
runProviderConformance({ name: 'pgmq by polling', create: () => new PgmqProvider({ pool }), api: { describe, test } });

test('a pool that was passed in is not ended', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  await provider.stop();
  await expect(pool.query('select 1')).resolves.toBeDefined();
});

test('a send over the caller’s client is undone with the caller’s transaction', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  await provider.ensureQueues(['in_transaction']);
  const client = await pool.connect();
  await client.query('begin');
  await provider.send('in_transaction', 1, { client });
  await client.query('rollback');
  await client.query('begin');
  await provider.send('in_transaction', 2, { client });
  await client.query('commit');
  client.release();
  expect((await provider.receive('in_transaction', { max: 5 })).map(({ body }) => body)).toEqual([2]);
});

test('an event-driven consumer is woken by the sends of another process', async () => {
  await using consumer = withOwnPool();
  await using producer = withOwnPool();
  await consumer.start();
  await consumer.ensureQueues(['worker_a_queue']);
  const seen: unknown[] = [];
  await using _ = consumer.consume(['worker_a_queue'], async ({ body }) => void seen.push(body), { mode: 'event' });
  await eventually(async () => (await consumer.health()).delivery === 'push', 'listening');
  for (let n = 0; n < 3; n++) {
    await producer.send('worker_a_queue', n);
    await eventually(() => seen.length === n + 1, 'woken');
  }
});

test('an announced transactional send wakes an event-driven consumer', async () => {
  await using consumer = withOwnPool();
  await using producer = withOwnPool();
  await consumer.start();
  await consumer.ensureQueues(['worker_b_queue']);
  const seen: unknown[] = [];
  await using _ = consumer.consume(['worker_b_queue'], async ({ body }) => void seen.push(body), { mode: 'event' });
  await eventually(async () => (await consumer.health()).delivery === 'push', 'listening');
  await producer.send('worker_b_queue', 'x', { client: pool });
  producer.announce('worker_b_queue');
  await eventually(() => seen.length === 1, 'woken');
});

test('without a URL to listen on, hybrid says that it polls and event is refused', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  await provider.ensureQueues(['no_listener']);
  await using subscription = provider.consume(['no_listener'], async () => {});
  expect(subscription.mode).toBe('poll');
  expect(provider.capabilities.pushDelivery).toBe(false);
  expect(() => provider.consume(['no_listener'], async () => {}, { mode: 'event' })).toThrow(/listenUrl/);
});

test('a handler whose lease was taken over is told by its signal', async () => {
  await using provider = new PgmqProvider({ pool });
  await provider.start();
  await provider.ensureQueues(['taken_over']);
  await provider.send('taken_over', 1);
  let reason: unknown;
  await using _ = provider.consume(
    ['taken_over'],
    async (_delivery, { signal }) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await pool.query('update pgmq.q_taken_over set read_ct = read_ct + 1');
      await aborted;
      reason = signal.reason;
    },
    { visibilityTimeoutMs: 1_000 },
  );
  await eventually(() => reason, 'handler aborted');
  expect(reason).toMatchObject({ code: 'LEASE_LOST' });
});

test('a start that cannot reach the server rejects', async () => {
  await using provider = new PgmqProvider({ connectionString: 'postgres://127.0.0.1:1/none' });
  await expect(provider.start()).rejects.toThrow();
});
