import { type PostgresServer, startPostgres } from '@tasker/embedded-postgres';
import { Client } from 'pg';

/** Segments of the write-ahead log of 16 MiB each: what `min_wal_size` keeps. */
const SEGMENTS = 128;

/**
 * Starts a throw-away PostgreSQL with durable settings, as fast as one that has run for a while: such a server writes its log into segments
 * that it has used before. A new one fills each with zeros first, and all commits wait meanwhile: a tenth of the throughput.
 */
export async function startBenchPostgres(): Promise<PostgresServer> {
  const server = await startPostgres({ settings: { min_wal_size: '2GB', max_wal_size: '4GB' } });
  const client = new Client({ connectionString: server.connectionString });
  try {
    await client.connect();
    for (let segment = 0; segment < SEGMENTS; segment += 1) {
      await client.query("select pg_logical_emit_message(false, 'bench', '')");
      await client.query('select pg_switch_wal()');
    }
    // Hands them over to be used again.
    await client.query('checkpoint');
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await client.end();
  }
}
