import { createDatabase } from '@tasker/embedded-postgres';
import { migrate } from '@tasker/store';
import { Pool } from 'pg';

/** A migrated database for one test file, and a pool on it. */
export interface MigratedDatabase extends AsyncDisposable {
  readonly connectionString: string;
  readonly pool: Pool;
}

/**
 * Gives a migrated database on the server of `TASKER_TEST_DATABASE_URL`; disposing of it ends the pool and drops it.
 * @throws when the variable is not set: jest's global setup does that
 */
export async function createMigratedDatabase(): Promise<MigratedDatabase> {
  const serverUrl = process.env.TASKER_TEST_DATABASE_URL;
  if (serverUrl === undefined) throw new Error('TASKER_TEST_DATABASE_URL is not set: run the tests through jest');
  const database = await createDatabase(serverUrl);
  await migrate(database.connectionString);
  const pool = new Pool({ connectionString: database.connectionString, max: 4, application_name: 'test' });
  // A connection may still be closing when the database is dropped by force.
  pool.on('error', () => {});
  return {
    connectionString: database.connectionString,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database.drop();
    },
  };
}
