import { createHash } from 'node:crypto';
import { type Client, escapeIdentifier } from 'pg';
import { withAdminConnection, withDatabase } from './create-database';

async function isReady(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1 and datistemplate', [name]);
  return rowCount === 1;
}

/**
 * Gives the name of a template database that `prepare` has filled, once per `key` and server.
 *
 * Several processes may ask at once: one prepares under an advisory lock, the others wait. A preparation that failed or
 * was interrupted is started again from nothing. The finished database takes no connections, so that
 * `create database … template …` always finds it free. Use a key that changes with the content, such as a hash.
 */
export async function ensureTemplateDatabase(
  adminUrl: string,
  key: string,
  prepare: (connectionString: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256').update(key).digest();
  const name = `tasker_template_${digest.toString('hex').slice(0, 24)}`;
  return withAdminConnection(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [digest.readBigInt64BE().toString()]);
    if (await isReady(client, name)) return name;
    const quoted = escapeIdentifier(name);
    await client.query(`drop database if exists ${quoted} with (force)`);
    await client.query(`create database ${quoted}`);
    await prepare(withDatabase(adminUrl, name));
    await client.query(`alter database ${quoted} with allow_connections false`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await client.query(`alter database ${quoted} with is_template true`);
    return name;
  });
}
