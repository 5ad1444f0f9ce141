import { type ClientBase, Pool } from 'pg';
import { adaptToPooler } from './adapt-to-pooler';
import { createTestDatabase, type TestDatabase } from './testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Gives the names of the statements that a session has prepared after a named one ran in it. */
async function prepareOne(onConnect: (client: ClientBase) => Promise<void>): Promise<readonly string[]> {
  const pool = new Pool({ connectionString: database.connectionString, max: 1, onConnect });
  try {
    const { rows } = await pool.query({ name: 'two', text: 'select $1::integer + 1 as two', values: [1] });
    expect(rows).toEqual([{ two: 2 }]);
    const prepared = await pool.query<{ name: string }>('select name from pg_prepared_statements');
    return prepared.rows.map(({ name }) => name);
  } finally {
    await pool.end();
  }
}

test('a direct connection keeps the names of its statements', async () => {
  expect(await prepareOne(adaptToPooler)).toEqual(['two']);
});

test('a connection whose process number is not that of the session sends statements without names', async () => {
  const asBehindPooler = async (client: ClientBase) => {
    Object.assign(client, { processID: 1 });
    await adaptToPooler(client);
  };
  expect(await prepareOne(asBehindPooler)).toEqual([]);
});
