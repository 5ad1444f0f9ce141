import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

/** A database that was created for one purpose. */
export interface CreatedDatabase extends AsyncDisposable {
  readonly name: string;
  readonly connectionString: string;
  /** Ends all its connections and removes it; safe to call twice. */
  drop(): Promise<void>;
}

/** The same server and user as `adminUrl`, another database. */
export function withDatabase(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.toString();
}

/** Runs `work` with a connection of its own to the server's maintenance database. */
export async function withAdminConnection<T>(adminUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Creates a database with a fresh name.
 *
 * @param options.prefix what its name begins with, at most 40 characters. @default 'tasker_test'
 * @param options.template the database to copy; it must have no connections. @default PostgreSQL's own
 */
export async function createDatabase(
  adminUrl: string,
  options: { readonly prefix?: string; readonly template?: string } = {},
): Promise<CreatedDatabase> {
  const name = `${(options.prefix ?? 'tasker_test').slice(0, 40)}_${randomBytes(6).toString('hex')}`;
  const template = options.template === undefined ? '' : ` template ${escapeIdentifier(options.template)}`;
  await withAdminConnection(adminUrl, (client) => client.query(`create database ${escapeIdentifier(name)}${template}`));
  const drop = async () => {
    await withAdminConnection(adminUrl, (client) =>
      client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`),
    );
  };
  return { name, connectionString: withDatabase(adminUrl, name), drop, [Symbol.asyncDispose]: drop };
}
