import { CircuitBreaker } from '@tasker/circuit-breaker';
import { Pool } from 'pg';
import { isDatabaseOutage } from './database-outage';
import { guardDatabase } from './guard-database';
import { createTaskReader } from './task-reader';
import { createTestDatabase, type TestDatabase } from './testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const createBreaker = () => new CircuitBreaker({ name: 'database', errorThreshold: 2, isFailure: isDatabaseOutage });

test('statements pass a closed breaker, in every form that the driver takes', async () => {
  const guarded = guardDatabase(database.pool, createBreaker());
  expect((await guarded.query('select $1::integer as n', [1])).rows).toEqual([{ n: 1 }]);
  expect((await guarded.query({ text: 'select 2 as n' })).rows).toEqual([{ n: 2 }]);
  expect(await createTaskReader(guarded).countOpenTasks()).toEqual([]);
});

test('the errors of statements leave the breaker closed', async () => {
  const breaker = createBreaker();
  const guarded = guardDatabase(database.pool, breaker);
  for (let count = 0; count < 3; count += 1) {
    await expect(guarded.query('select wrong')).rejects.toMatchObject({ code: '42703' });
  }
  expect(breaker.state).toBe('closed');
});

test('a session that is ended is an outage', async () => {
  const breaker = createBreaker();
  const guarded = guardDatabase(database.pool, breaker);
  for (let count = 0; count < 2; count += 1) {
    await expect(guarded.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
  }
  await expect(guarded.query('select 1')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
});

test('a pool without a free connection is an outage', async () => {
  const pool = new Pool({ connectionString: database.connectionString, max: 1 });
  const breaker = createBreaker();
  const guarded = guardDatabase(pool, breaker);
  const held = await pool.connect();
  // Only now: opening the connection may take longer.
  pool.options.connectionTimeoutMillis = 20;
  await expect(guarded.query('select 1')).rejects.toThrow('timeout exceeded');
  await expect(guarded.query('select 1')).rejects.toThrow('timeout exceeded');
  expect(breaker.state).toBe('open');
  held.release();
  await pool.end();
});

test('a server that is not there is an outage', async () => {
  const pool = new Pool({ connectionString: 'postgresql://tasker@127.0.0.1:1/tasker' });
  const breaker = createBreaker();
  const guarded = guardDatabase(pool, breaker);
  for (let count = 0; count < 2; count += 1) await expect(guarded.query('select 1')).rejects.toThrow('ECONNREFUSED');
  expect(breaker.state).toBe('open');
  await pool.end();
});
