import { installPgmq } from '@tasker/messaging/pgmq';
import { Client } from 'pg';
import { MigrationError } from './errors';
import { type Migration, readMigrations } from './read-migrations';

/** What {@link migrate} did. */
export interface MigrationReport {
  /** Names of the migrations applied by this call, in order; empty when the database was current. */
  readonly applied: readonly string[];
  /** How many the database has now. */
  readonly total: number;
  /** Where PGMQ comes from: the server's extension, our SQL installed just now, or our SQL that was there. */
  readonly pgmq: 'extension' | 'installed' | 'present';
}

async function prepare(client: Client): Promise<Map<number, string>> {
  await client.query('create schema if not exists tasker');
  await client.query(`create table if not exists tasker.schema_migrations (
    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  const { rows } = await client.query('select version, checksum from tasker.schema_migrations');
  return new Map((rows as { version: number; checksum: string }[]).map((row) => [row.version, row.checksum]));
}

function refuseDrift(recorded: ReadonlyMap<number, string>, known: readonly Migration[]): void {
  for (const version of recorded.keys()) {
    if (!known.some((migration) => migration.version === version)) {
      throw new MigrationError(
        `the database has migration ${version}, which this version of Tasker does not know: upgrade Tasker before you use it`,
      );
    }
  }
  for (const migration of known) {
    const checksum = recorded.get(migration.version);
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new MigrationError(
        `migration ${migration.name} was applied with other content: the database belongs to another version of Tasker`,
      );
    }
  }
}

/**
 * Brings a database to the schema of this version: PGMQ first, then our migrations, all in one transaction.
 *
 * @param connectionString - a direct connection; the role needs CREATE on the database
 * @throws {MigrationError} when the database is newer than this code, or its history is not ours
 *
 * Safe from several processes at once: an advisory lock lets them through one by one, and the later ones find nothing to do.
 */
export async function migrate(connectionString: string): Promise<MigrationReport> {
  const client = new Client({ connectionString, application_name: 'tasker-migrate' });
  await client.connect();
  try {
    const pgmq = await installPgmq(client);
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtextextended('tasker.migrate', 0))");
    const recorded = await prepare(client);
    const known = readMigrations();
    refuseDrift(recorded, known);
    const pending = known.filter((migration) => !recorded.has(migration.version));
    for (const { version, name, checksum, text } of pending) {
      await client.query('insert into tasker.schema_migrations (version, name, checksum) values ($1, $2, $3)', [
        version,
        name,
        checksum,
      ]);
      await client.query(text);
    }
    await client.query('commit');
    return { applied: pending.map((migration) => migration.name), total: known.length, pgmq };
  } finally {
    await client.end();
  }
}
