import { createDatabase, startPostgres } from '@tasker/embedded-postgres';
import { Pool } from 'pg';
import type { StackService } from './read-stack';

/** An empty database for one rehearsal. Disposing of it removes it. */
export interface RehearsalDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: Pool;
  /** Where it is, in words. */
  readonly description: string;
}

/** Chosen for a server of 8 GB; and what is thrown away need not reach the disk. */
const SETTINGS_OF_THIS_MACHINE = { shared_buffers: '128MB', fsync: 'off' };

/** The settings that the service gives to its server: `-c name=value`. */
function readSettings({ command = [] }: StackService): Readonly<Record<string, string>> {
  const pairs = command.filter((_, index) => command[index - 1] === '-c').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

function describe(url: string, description: string, remove: () => Promise<void>): RehearsalDatabase {
  const pool = new Pool({ connectionString: url, max: 2, application_name: 'rehearsal' });
  // A connection may still be closing when the database is removed.
  pool.on('error', () => {});
  const close = async () => {
    await pool.end();
    await remove();
  };
  return { url, pool, description, [Symbol.asyncDispose]: close };
}

/** Gives a new database on the server that is given, else on a throw-away one with the settings of the service. */
export async function openDatabase(service: StackService, serverUrl: string | undefined): Promise<RehearsalDatabase> {
  if (serverUrl !== undefined) {
    const database = await createDatabase(serverUrl, { prefix: 'tasker_rehearsal' });
    const { connectionString, name } = database;
    return describe(connectionString, `the database ${name} on the server that is given`, () => database.drop());
  }
  const server = await startPostgres({ settings: { ...readSettings(service), ...SETTINGS_OF_THIS_MACHINE } });
  const { connectionString, source, version } = server;
  return describe(connectionString, `${source} PostgreSQL ${version}, thrown away afterwards`, () => server.stop());
}
