import { Client, Pool } from 'pg';
import { eventually } from '../conformance/conformance-case';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import type { SqlClient } from './install-pgmq';
import { PgmqProvider } from './pgmq-provider';
import { WakeupNotifier } from './wakeup-notifier';

let database: ThrowAwayDatabase;
let pool: Pool;
let heard: string[];
let ear: Client;

beforeAll(async () => {
  database = await createThrowAwayDatabase();
  pool = new Pool({ connectionString: database.url });
  // A pool's end resolves before its sessions are gone, and dropping the database ends those.
  pool.on('error', () => {});
  ear = new Client({ connectionString: database.url });
  await ear.connect();
  await ear.query(
    'listen "pgmq_message_ready.a"; listen "pgmq_message_ready.b"; listen "pgmq_message_ready.c"; listen "pgmq_message_ready.d"',
  );
  ear.on('notification', ({ payload }) => void heard.push(payload ?? ''));
});

beforeEach(() => {
  heard = [];
});

afterAll(async () => {
  await ear.end();
  await pool.end();
  await database.drop();
});

function counted() {
  const statements: (readonly unknown[] | undefined)[] = [];
  const client: SqlClient = {
    query(text, values) {
      statements.push(values);
      return pool.query(text, values as unknown[]);
    },
  };
  return { statements, client };
}

test('the first wake-up goes at once, and those after it go together in one statement', async () => {
  const { statements, client } = counted();
  await using notifier = new WakeupNotifier({ client });
  notifier.notify('worker_a_queue');
  expect(statements).toHaveLength(1);
  for (let n = 0; n < 1_000; n++) {
    notifier.notify('worker_a_queue');
    notifier.notify('worker_b_queue');
  }
  expect(statements).toHaveLength(1);
  await eventually(() => heard.length === 3, 'notifications heard');
  // Who listens may hear of a statement before its sender has the answer.
  await notifier.flush();
  expect(statements).toHaveLength(2);
  expect(heard.sort()).toEqual(['worker_a_queue', 'worker_a_queue', 'worker_b_queue']);
  expect(notifier.sentCount).toBe(3);
});

test('a trickle is announced every ten milliseconds, a flood every hundred, and after it a trickle as before', () => {
  jest.useFakeTimers();
  try {
    const sentAtMs: number[] = [];
    const client: SqlClient = {
      async query() {
        sentAtMs.push(Date.now());
        return { rows: [] };
      },
    };
    const notifier = new WakeupNotifier({ client });
    /** Announces `calls` messages in each millisecond; gives the milliseconds between the last two statements. */
    const send = (calls: number, forMs: number) => {
      for (let ms = 0; ms < forMs; ms++) {
        for (let call = 0; call < calls; call++) notifier.notify('worker_a_queue');
        jest.advanceTimersByTime(1);
      }
      const [before, last] = sentAtMs.slice(-2);
      return (last ?? 0) - (before ?? 0);
    };
    const trickle = () => {
      let gapMs = 0;
      for (let step = 0; step < 100; step++) {
        send(1, 1);
        gapMs = send(0, 4);
      }
      return gapMs;
    };
    expect(trickle()).toBe(10);
    expect(send(5, 1_000)).toBe(100);
    expect(trickle()).toBe(10);
  } finally {
    jest.useRealTimers();
  }
});

test('flush sends what is pending', async () => {
  await using notifier = new WakeupNotifier({ client: pool as SqlClient, minWindowMs: 60_000, maxWindowMs: 60_000 });
  notifier.notify('worker_a_queue');
  notifier.notify('worker_b_queue');
  await notifier.flush();
  expect(notifier.sentCount).toBe(2);
});

test('a wake-up that cannot be sent is dropped and counted', async () => {
  const client: SqlClient = { query: () => Promise.reject(new Error('no database')) };
  await using notifier = new WakeupNotifier({ client });
  notifier.notify('worker_a_queue');
  await notifier.flush();
  expect(notifier.droppedCount).toBe(1);
});

test('a stopped notifier ignores wake-ups, and invalid names are refused', async () => {
  const { statements, client } = counted();
  const notifier = new WakeupNotifier({ client });
  expect(() => notifier.notify('Not a queue')).toThrow(expect.objectContaining({ code: 'INVALID_QUEUE_NAME' }));
  await notifier.stop();
  notifier.notify('worker_a_queue');
  await notifier.flush();
  expect(statements).toHaveLength(0);
});

test('a send inside the caller’s transaction notifies nobody, even after its commit', async () => {
  await using provider = new PgmqProvider({ pool: pool as SqlClient });
  await provider.start();
  await provider.ensureQueues(['worker_c_queue', 'worker_d_queue']);
  const client = await pool.connect();
  await client.query('begin');
  await provider.send('worker_c_queue', 1, { client });
  await client.query('commit');
  client.release();
  await provider.send('worker_d_queue', 1);
  await eventually(() => heard.includes('worker_d_queue'), 'notification of the other send');
  expect(heard).not.toContain('worker_c_queue');
});
