import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import type { Look } from '../consumer/consumer-port';
import type { QueueName } from '../queue-name';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { installPgmq } from './install-pgmq';
import { QueueReader } from './queue-reader';

const QUEUE = 'jobs' as QueueName;
const LEASE_MS = 30_000;

let database: ThrowAwayDatabase;
let pool: Pool;
let other: Client;
let reader: QueueReader;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  pool.on('error', () => {});
  other = new Client({ connectionString: database.url });
  await other.connect();
  await installPgmq(pool);
});

beforeEach(async () => {
  await pool.query('select pgmq.create($1)', [QUEUE]);
  reader = new QueueReader(pool);
});

afterEach(async () => {
  await other.query('rollback');
  await pool.query('select pgmq.drop_queue($1)', [QUEUE]);
});

afterAll(async () => {
  await other.end();
  await pool.end();
  await database.drop();
});

const send = (client: Pool | Client, count: number, delaySeconds = 0) =>
  client.query(
    `select pgmq.send_batch($1, array_agg(to_jsonb(n)), $3::integer) from generate_series(1, $2::integer) n`,
    [QUEUE, count, delaySeconds],
  );
const look = (max: number) => reader.look(QUEUE, { max, visibilityTimeoutMs: LEASE_MS, asksNext: true });
const idsOf = ({ deliveries }: Look) => deliveries.map(({ messageId }) => Number(messageId));

describe('a message that becomes visible below those already claimed', () => {
  test('is found at once when there is no full batch above it', async () => {
    await other.query('begin');
    await send(other, 1);
    await send(pool, 3);
    expect(idsOf(await look(2))).toEqual([2, 3]);
    await other.query('commit');
    const found = [...idsOf(await look(2)), ...idsOf(await look(2))];
    expect(found.sort()).toEqual([1, 4]);
  });

  test('is found at once when there is nothing above it', async () => {
    await other.query('begin');
    await send(other, 1);
    await send(pool, 2);
    expect(idsOf(await look(2))).toEqual([2, 3]);
    await other.query('commit');
    expect(idsOf(await look(2))).toEqual([1]);
  });

  test('does not wait for the end of a backlog', async () => {
    await other.query('begin');
    await send(other, 1);
    await send(pool, 500);
    expect(idsOf(await look(2))).toEqual([2, 3]);
    await other.query('commit');
    await sleep(150); // longer than a reader may pass by what is below
    expect(idsOf(await look(2))).toEqual([1, 4]);
  });
});

test('what a full batch leaves is claimed in order, and nothing twice', async () => {
  await send(pool, 1_200);
  const ids: number[] = [];
  for (let found = await look(500); found.deliveries.length > 0; found = await look(500)) ids.push(...idsOf(found));
  expect(ids).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
});

test('two readers at once share no message and leave none', async () => {
  await send(pool, 2_000);
  const otherReader = new QueueReader(other);
  const ids: number[] = [];
  const drain = async (one: QueueReader) => {
    for (;;) {
      const found = idsOf(await one.look(QUEUE, { max: 50, visibilityTimeoutMs: LEASE_MS, asksNext: true }));
      if (found.length === 0) return;
      ids.push(...found);
    }
  };
  await Promise.all([drain(reader), drain(otherReader)]);
  expect(ids.sort((one, two) => one - two)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
});

test('what was handed back below those already claimed does not wait for the end of a backlog', async () => {
  await send(pool, 500);
  expect(idsOf(await look(2))).toEqual([1, 2]);
  await other.query('update pgmq.q_jobs set vt = clock_timestamp() where msg_id = 1');
  await sleep(150);
  expect(idsOf(await look(2))).toEqual([1, 3]);
});

describe('the next message', () => {
  test('of an empty queue is unknown', async () => {
    expect(await look(1)).toEqual({ deliveries: [], nextVisibleInMs: null });
  });

  test('is not asked for when the batch is full', async () => {
    await send(pool, 2);
    expect((await look(1)).nextVisibleInMs).toBe(LEASE_MS);
  });

  test('is the delayed one that is due first', async () => {
    await send(pool, 1, 20);
    await send(pool, 1, 10);
    const { deliveries, nextVisibleInMs } = await look(1);
    expect(deliveries).toEqual([]);
    expect(nextVisibleInMs).toBeGreaterThan(0);
    expect(nextVisibleInMs).toBeLessThanOrEqual(10_000);
  });

  test('is one of those just claimed when their leases end first', async () => {
    await send(pool, 1);
    await send(pool, 1, 3_600);
    expect((await look(2)).nextVisibleInMs).toBe(LEASE_MS);
  });

  test('is there already when somebody else is about to claim it, and may fail to', async () => {
    await send(pool, 1);
    await other.query('begin');
    await other.query('select from pgmq.q_jobs for update');
    expect(await look(1)).toEqual({ deliveries: [], nextVisibleInMs: 0 });
    await other.query('rollback');
    expect(idsOf(await look(1))).toEqual([1]);
  });

  test('is looked for again soon when there are more than can be asked', async () => {
    await send(pool, 10_000, 3_600);
    expect((await look(1)).nextVisibleInMs).toBe(1_000);
  });
});
