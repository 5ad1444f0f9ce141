import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from './migrate';
import { requireSchema } from './require-schema';
import { createEmptyDatabase, createTestDatabase } from './testing/test-database';

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('several processes may migrate at once: one does the work, all succeed', async () => {
  await using database = await createEmptyDatabase();
  const reports = await Promise.all([1, 2, 3].map(() => migrate(database.connectionString)));
  const applied = reports.map((report) => report.applied.length).sort((a, b) => a - b);
  expect(applied).toEqual([0, 0, reports[0]!.total]);
});

test('a second call finds nothing to do', async () => {
  await using database = await createEmptyDatabase();
  await migrate(database.connectionString);
  expect(await migrate(database.connectionString)).toMatchObject({ applied: [], pgmq: 'present' });
});

test('a database that is newer than the code is refused', async () => {
  await using database = await createEmptyDatabase();
  await migrate(database.connectionString);
  await withClient(database.connectionString, (client) =>
    client.query("insert into tasker.schema_migrations (version, name, checksum) values (999, '999-later', 'x')"),
  );
  await expect(migrate(database.connectionString)).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    message: expect.stringContaining('migration 999'),
  });
});

test('a migration that was applied with other content is refused', async () => {
  await using database = await createEmptyDatabase();
  await migrate(database.connectionString);
  await withClient(database.connectionString, (client) =>
    client.query("update tasker.schema_migrations set checksum = 'other' where version = 1"),
  );
  await expect(migrate(database.connectionString)).rejects.toThrow(/001-states was applied with other content/);
});

test('a service finds out at start that a database is not migrated, or not far enough', async () => {
  await using database = await createEmptyDatabase();
  const check = () => withClient(database.connectionString, (client) => requireSchema(client));
  await expect(check()).rejects.toMatchObject({
    code: 'SCHEMA_MISSING',
    message: expect.stringContaining('tasker migrate'),
  });
  await migrate(database.connectionString);
  await check();
  await withClient(database.connectionString, (client) =>
    client.query('delete from tasker.schema_migrations where version = 2'),
  );
  await expect(check()).rejects.toThrow(/lacks 1 of \d+ migrations/);
});

test('every statement of sql/ prepares against the migrated schema', async () => {
  await using database = await createTestDatabase();
  const directory = join(__dirname, '..', 'sql');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const name = file.replace('.sql', '').replaceAll(/\W/g, '_');
    await database.pool.query(`prepare ${name} as ${readFileSync(join(directory, file), 'utf8')}`);
  }
});
