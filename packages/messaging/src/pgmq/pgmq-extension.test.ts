import { Client } from 'pg';
import { runProviderConformance } from '../conformance';
import { createThrowAwayDatabase, type ThrowAwayDatabase } from '../testing/throw-away-database';
import { installPgmq } from './install-pgmq';
import { PgmqProvider } from './pgmq-provider';

let database: ThrowAwayDatabase;

/** Does something with a session of the database. */
async function withClient<Value>(use: (client: Client) => Promise<Value>): Promise<Value> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return use(client).finally(() => client.end());
}

if (process.env.TASKER_TEST_HAS_PGMQ === 'true') {
  beforeAll(async () => {
    database = await createThrowAwayDatabase();
    await withClient((client) => client.query('create extension pgmq'));
  });
  afterAll(() => database.drop());

  runProviderConformance({
    name: 'pgmq by the real extension',
    create: () => new PgmqProvider({ connectionString: database.url, poolSize: 4 }),
    api: { describe, test },
  });

  test('after all of this the queues are still those of the extension', async () => {
    expect(await withClient(installPgmq)).toBe('extension');
  });
} else {
  test.skip('pgmq by the real extension: this server does not offer it', () => {}); // only its administrator can add it; our own SQL passes the same suite
}
