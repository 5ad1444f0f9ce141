import { buildInstallStatement, PGMQ_SQL_REVISION, parseVersionComment, readInstallSql } from './install-sql';

/** The one method that is needed of a database client; a `Client`, `PoolClient` or `Pool` of `pg` fits. */
export interface SqlClient {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/**
 * Whose queue schema a database holds.
 * - `extension`: the pgmq extension; `version` is its own.
 * - `own`: the SQL of this package; `version` is `<API release>+<revision>`.
 * - `foreign`: a schema `pgmq` that somebody else installed from SQL; `version` is null.
 * - `absent`: none, or an empty schema of that name.
 */
export interface PgmqPresence {
  readonly kind: 'extension' | 'own' | 'foreign' | 'absent';
  readonly version: string | null;
}

/** The database has a queue schema that is not ours and lacks functions that we call. */
export class PgmqIncompleteError extends Error {
  readonly code = 'PGMQ_INCOMPLETE';
  readonly retryable = false;

  constructor(
    presence: PgmqPresence,
    /** Signatures of the functions that are not there. */
    readonly missingFunctions: readonly string[],
  ) {
    super(
      `the pgmq ${presence.kind === 'extension' ? `extension ${presence.version}` : 'schema'} of this database lacks ` +
        `${missingFunctions.join(', ')}: update it to release 1.8 or later`,
    );
    this.name = 'PgmqIncompleteError';
  }
}

const DETECT = `
select
  (select extversion from pg_extension where extname = 'pgmq') as extension_version,
  obj_description(to_regclass('pgmq.meta'), 'pg_class') as meta_comment,
  to_regclass('pgmq.meta') is not null
    or exists (select from pg_proc where pronamespace = to_regnamespace('pgmq')) as has_objects`;

/**
 * Tells whose queue schema the database holds, by one catalog query. Takes no lock.
 */
export async function detectPgmq(client: SqlClient): Promise<PgmqPresence> {
  return (await inspectPgmq(client)).presence;
}

async function inspectPgmq(client: SqlClient): Promise<{ presence: PgmqPresence; revision: number }> {
  const { rows } = await client.query(DETECT);
  const extensionVersion = textOrNull(rows[0]?.extension_version);
  if (extensionVersion !== null) {
    return { presence: { kind: 'extension', version: extensionVersion }, revision: 0 };
  }
  const own = parseVersionComment(textOrNull(rows[0]?.meta_comment));
  if (own !== null) return { presence: { kind: 'own', version: own.version }, revision: own.revision };
  return { presence: { kind: rows[0]?.has_objects === true ? 'foreign' : 'absent', version: null }, revision: 0 };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * Makes sure that the database has a queue schema, and tells where it comes from.
 *
 * - `extension`: the pgmq extension is created in this database and is used.
 * - `installed`: our SQL was missing or older, and was installed in one transaction. Several processes may call this
 *   at once; all of them resolve when the schema is complete, and those that waited say `installed` too.
 * - `present`: our SQL is there in this revision or a newer one, or somebody else's with all functions that we need.
 *   Costs one query for ours, two for a foreign one.
 *
 * A server that offers the extension without it being created in this database gets our SQL: who prefers the extension
 * runs `create extension pgmq` first. The role needs CREATE on the database, nothing more.
 *
 * @throws {PgmqIncompleteError} when the extension or a foreign schema lacks functions that we call.
 */
export async function installPgmq(client: SqlClient): Promise<'extension' | 'installed' | 'present'> {
  const { presence, revision } = await inspectPgmq(client);
  switch (presence.kind) {
    case 'extension':
      await requireFunctions(client, presence);
      return 'extension';
    case 'foreign':
      await requireFunctions(client, presence);
      return 'present';
    case 'own':
      if (revision >= PGMQ_SQL_REVISION) return 'present';
      break;
    case 'absent':
      break;
  }
  await client.query(buildInstallStatement(await readInstallSql(), PGMQ_SQL_REVISION));
  return 'installed';
}

/** What the provider and the engine call, and what SQL beside them may. The last came with release 1.10, as did the column `last_read_at`. */
const REQUIRED_FUNCTIONS = [
  'pgmq.create(text)',
  'pgmq.drop_queue(text)',
  'pgmq.list_queues()',
  'pgmq.send(text,jsonb,jsonb,integer)',
  'pgmq.send_batch(text,jsonb[])',
  'pgmq.send_batch(text,jsonb[],jsonb[],integer)',
  'pgmq.send_batch(text,jsonb[],jsonb[],timestamp with time zone)',
  'pgmq.read(text,integer,integer,jsonb)',
  'pgmq.pop(text,integer)',
  'pgmq.delete(text,bigint[])',
  'pgmq.archive(text,bigint[])',
  'pgmq.purge_queue(text)',
  'pgmq.metrics(text)',
  'pgmq.set_vt(text,bigint[],timestamp with time zone)',
] as const;

async function requireFunctions(client: SqlClient, presence: PgmqPresence): Promise<void> {
  const { rows } = await client.query(
    'select signature from unnest($1::text[]) as signature where to_regprocedure(signature) is null',
    [REQUIRED_FUNCTIONS],
  );
  if (rows.length > 0) {
    throw new PgmqIncompleteError(
      presence,
      rows.map((row) => String(row.signature)),
    );
  }
}
