import type { Database } from './database';
import { SchemaMissingError } from './errors';
import { readMigrations } from './read-migrations';

const UNDEFINED_TABLE = '42P01';

async function countApplied(database: Database): Promise<number> {
  try {
    const { rows } = await database.query({
      text: 'select count(*)::integer as applied from tasker.schema_migrations',
    });
    return (rows as { applied: number }[])[0]?.applied ?? 0;
  } catch (error) {
    if ((error as { code?: unknown }).code === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

/**
 * Resolves when the database has at least the schema of this version. Services ask at start, before they touch anything.
 *
 * @throws {SchemaMissingError} when it was never migrated, or not by this version.
 */
export async function requireSchema(database: Database): Promise<void> {
  const [applied, known] = [await countApplied(database), readMigrations().length];
  if (applied === 0) throw new SchemaMissingError('the database has no Tasker schema: run `tasker migrate` first');
  if (applied < known) {
    throw new SchemaMissingError(
      `the database lacks ${known - applied} of ${known} migrations: run \`tasker migrate\` first`,
    );
  }
}
