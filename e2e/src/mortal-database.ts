import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@tasker/embedded-postgres';
import { migrate } from '@tasker/store';
import { type MigratedDatabase, takeFreePort } from '@tasker/testing';
import { Pool } from 'pg';

/** A migrated database on a server of its own, which can go and come back on the same port with the same data. */
export interface MortalDatabase extends MigratedDatabase {
  /** Ends the server in good order: sessions are terminated, nobody is let in. */
  stopServer(): Promise<void>;
  /** Kills the postmaster and all its children in the middle of whatever they do. */
  killServer(): Promise<void>;
  startServer(): Promise<void>;
}

/** Without flushes to disk: what a server wrote outlives its own death, if not the machine's. */
const SETTINGS = { fsync: 'off' };

/** Starts a server with a migrated database; disposing of it ends the pool, the server and the data. */
export async function createMortalDatabase(): Promise<MortalDatabase> {
  const port = await takeFreePort();
  const dataDirectory = join(tmpdir(), `tasker-mortal-${process.pid}-${port}`);
  const start = (): Promise<PostgresServer> => startPostgres({ dataDirectory, port, settings: SETTINGS });
  let server = await start();
  await migrate(server.connectionString);
  const pool = new Pool({ connectionString: server.connectionString, max: 4, application_name: 'test' });
  pool.on('error', () => {});

  return {
    connectionString: server.connectionString,
    pool,
    stopServer: () => server.stop(),

    async killServer() {
      const { rows } = await pool.query<{ pid: number }>('select pid from pg_stat_activity');
      for (const pid of [server.pid, ...rows.map((row) => row.pid)]) killIfAlive(pid);
      // Its supervisor has ended with it; this waits for that.
      await server.stop();
    },

    async startServer() {
      server = await start();
    },

    async [Symbol.asyncDispose]() {
      await pool.end();
      await server.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
