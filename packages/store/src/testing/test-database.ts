import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, ensureTemplateDatabase } from '@tasker/embedded-postgres';
import { Pool } from 'pg';
import { migrate } from '../migrate';

/** A migrated database of one test file, and pools on it. */
export interface TestDatabase extends AsyncDisposable {
  readonly connectionString: string;
  readonly pool: Pool;
}

function serverUrl(): string {
  const url = process.env.TASKER_TEST_DATABASE_URL;
  if (url === undefined) throw new Error('TASKER_TEST_DATABASE_URL is not set: run the tests through jest');
  return url;
}

function contentKey(): string {
  const packages = join(__dirname, '..', '..', '..');
  return ['store/migrations', 'messaging/sql']
    .flatMap((directory) => readdirSync(join(packages, directory)).map((file) => join(packages, directory, file)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** Gives a clone of the migrated template database; disposing of it ends the pool and drops the clone. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = await ensureTemplateDatabase(serverUrl(), contentKey(), async (url) => {
    await migrate(url);
  });
  const database = await createDatabase(serverUrl(), { template });
  const pool = new Pool({ connectionString: database.connectionString, max: 10 });
  let isDropped = false;
  // An ended pool does not wait for its connections to close, so the forced drop may meet some and terminate them.
  pool.on('error', (error) => {
    if (!isDropped) throw error;
  });
  return {
    connectionString: database.connectionString,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      isDropped = true;
      await database.drop();
    },
  };
}

/** Gives an empty database. */
export async function createEmptyDatabase() {
  return createDatabase(serverUrl());
}
