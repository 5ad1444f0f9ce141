import type { Settings } from '@tasker/settings';
import { createPool, type MeasuredLoad, measureLoad, requireSchema, SchemaMissingError } from '@tasker/store';
import { CliError, EXIT_CODES, messageOf } from '../errors';

/** Measures the load of a database. @throws {CliError} when it cannot be reached, or was never migrated */
export async function measureDatabase(url: string, settings: Settings, windowSeconds: number): Promise<MeasuredLoad> {
  const pool = createPool({
    settings: { ...settings.database, url, min_connections: 0 },
    maxConnections: 1,
    applicationName: 'tasker-capacity',
    onIdleLost: () => {},
  });
  try {
    await requireSchema(pool);
    return await measureLoad(pool, windowSeconds);
  } catch (cause) {
    const isMissing = cause instanceof SchemaMissingError;
    const [exitCode, code] = isMissing
      ? ([EXIT_CODES.failed, 'SCHEMA_MISSING'] as const)
      : ([EXIT_CODES.unreachable, 'UNREACHABLE'] as const);
    throw new CliError(`the database cannot be measured: ${messageOf(cause)}`, exitCode, code, undefined, { cause });
  } finally {
    await pool.end();
  }
}
